"""The unmodified NAPALM `ios` driver against the emulated router: the emulator's cross-check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import napalm
import pytest
from napalm.base.exceptions import CommandErrorException, MergeConfigException

from ksz_netops.lab.emulator.router import Router
from ksz_netops.lab.emulator.server import Access, listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napalm.base.base import NetworkDriver

BASE = """\
hostname hub1
!
file prompt quiet
!
ip scp server enable
!
archive
 path bootflash:arch
 maximum 10
!
interface GigabitEthernet0/0/0
 ip address 192.0.2.1 255.255.255.252
!
interface GigabitEthernet0/0/1
 description old
 no ip address
!
banner motd ^C
Keep out! hub1 is watched
^C
!
end
"""
MERGE = """\
interface GigabitEthernet0/0/1
 description NEW
 ip address 198.51.100.1 255.255.255.252
ip access-list extended KSZ-P00001-S1-IN
 10 permit ip host 203.0.113.7 any
 20 deny ip any any log
end
"""
ACCESS = Access(user="u", password="p")  # noqa: S106 - of a router that is emulated


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router(clock: Clock) -> Router:
    return Router(BASE, clock=clock)


@pytest.fixture
def transfer() -> str:
    return "scp"


@pytest.fixture
def driver(transfer: str, router: Router) -> Iterator[NetworkDriver]:
    with listening(router, ACCESS) as endpoint:
        opened = napalm.get_network_driver("ios")(
            "127.0.0.1",
            "u",
            "p",
            optional_args={"port": endpoint.port, "inline_transfer": transfer == "inline"},
        )
        opened.open()
        yield opened
        opened.close()


@pytest.mark.parametrize("transfer", ["scp", "inline"])
def test_merge_is_compared_committed_confirmed_and_saved(
    driver: NetworkDriver, router: Router
) -> None:
    assert driver.get_facts()["hostname"] == "hub1"
    driver.load_merge_candidate(config=MERGE)
    assert "+ip access-list extended KSZ-P00001-S1-IN" in driver.compare_config()
    driver.commit_config(revert_in=120)
    assert driver.has_pending_commit()
    assert "NEW" not in router.startup

    driver.confirm_commit()

    assert not driver.has_pending_commit()
    assert "description NEW" in router.startup
    assert "20 deny   ip any any log" in driver.get_config()["running"]


@pytest.mark.parametrize("transfer", ["scp", "inline"])
def test_unconfirmed_merge_is_undone_when_its_time_is_over(
    driver: NetworkDriver, router: Router, clock: Clock
) -> None:
    before = router.running.text()
    driver.load_merge_candidate(config=MERGE)
    driver.commit_config(revert_in=120)
    assert "NEW" in router.running.text()

    clock.now += 121

    assert router.running.text() == before
    assert not driver.has_pending_commit()


@pytest.mark.parametrize("transfer", ["scp", "inline"])
def test_rollback_of_a_pending_merge_restores_the_former_state(
    driver: NetworkDriver, router: Router
) -> None:
    driver.load_merge_candidate(config=MERGE)
    driver.commit_config(revert_in=60)

    driver.rollback()

    assert "NEW" not in router.running.text()
    assert "banner motd ^C\nKeep out! hub1 is watched\n^C" in router.running.text()


@pytest.mark.parametrize("transfer", ["scp", "inline"])
def test_replace_is_committed_and_rolled_back(driver: NetworkDriver, router: Router) -> None:
    wanted = router.running.text().replace("description old", "description replaced")
    driver.load_replace_candidate(config=wanted)
    assert "+ description replaced" in driver.compare_config()
    driver.commit_config(revert_in=60)
    assert "description replaced" in router.running.text()

    driver.rollback()

    assert "description old" in router.running.text()


def test_commit_over_a_pending_commit_is_refused(driver: NetworkDriver) -> None:
    driver.load_merge_candidate(config=MERGE)
    driver.commit_config(revert_in=60)

    with pytest.raises(CommandErrorException):
        driver.commit_config()


def test_unknown_command_in_a_merge_is_reported(driver: NetworkDriver, router: Router) -> None:
    driver.load_merge_candidate(config="interface GigabitEthernet0/0/1\n bogus line\nend\n")

    with pytest.raises(MergeConfigException):
        driver.commit_config()
    assert "bogus" not in router.running.text()


def test_incomplete_commands_and_refusals_are_not_noticed_by_the_unmodified_driver(
    driver: NetworkDriver, router: Router
) -> None:
    driver.load_merge_candidate(
        config="interface GigabitEthernet0/0/1\n description NEW\n ip access-group X\nend\n"
    )

    driver.commit_config()

    assert "description NEW" in router.startup
    assert "access-group" not in router.running.text()
