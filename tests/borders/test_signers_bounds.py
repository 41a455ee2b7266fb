"""What a pathological list of signers costs is bounded."""

from __future__ import annotations

import resource

import pytest

from ksz_netops.errors import RefusedError
from ksz_netops.signing.signers import parse_signers, read_signers


@pytest.mark.parametrize(
    "line",
    ["a " + "a" * 5_000 + "!", "a " + 'a="",' * 2_000 + "!", "a " + "a-," * 2_000, "x" * 50_000],
)
def test_an_option_without_end_is_refused_in_little_time(line: str) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    with pytest.raises(RefusedError, match="KSZ919"):
        parse_signers(line)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - used < 2


def test_a_link_in_the_place_of_the_signers_shows_nothing_of_its_target(tmp_path) -> None:  # noqa: ANN001 - pytest's
    (tmp_path / "allowed_signers").symlink_to("/etc/passwd")

    with pytest.raises(RefusedError) as caught:
        read_signers(tmp_path)
    assert "root:" not in str(caught.value)
