"""The transaction on one hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.change.verify import undisturbed

if TYPE_CHECKING:
    from ksz_netops.change.outcome import Outcome, Verify
    from ksz_netops.platforms import Platform, Reveal, Target
    from ksz_netops.resources import DeviceState


def provision(
    platform: Platform,
    target: Target,
    intended: DeviceState,
    *,
    reveal: Reveal,
    verify: Verify = undisturbed,
    revert_in_s: int = 60,
    check: bool = False,
) -> Outcome:
    """Makes the hub hold *intended*, or leaves it as it was, and says which.

    Raises:
        UnsupportedError: If the platform cannot hold *intended*; the hub was not touched.
        SecretError: If a pre-shared key cannot be given; the hub was not changed.
    """
    raise NotImplementedError(platform, target, intended, reveal, verify, revert_in_s, check)
