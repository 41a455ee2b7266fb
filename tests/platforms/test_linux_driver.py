"""The Linux hub through NAPALM, as others' programs use it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import napalm
import napalm.base.exceptions as napalm_errors
import pytest

from ksz_netops.errors import SecretError
from ksz_netops.platforms import platforms
from support.linux_host import LinuxHost
from support.linux_states import line, reveal, state_of, tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ksz_netops.platforms.linux.device.driver import KszLinuxDriver

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("box")) as box:
        box.start_charon()
        yield box


def options(host: LinuxHost, **more: object) -> dict[str, Any]:
    target = host.target
    return {
        "port": target.port,
        "key_file": str(target.private_key),
        "known_hosts": str(target.known_hosts),
        **more,
    }


@pytest.fixture
def driver(host: LinuxHost) -> Iterator[KszLinuxDriver]:
    driver = napalm.get_network_driver("ksz-linux")
    with driver("127.0.0.1", "root", optional_args=options(host, reveal=reveal)) as device:
        yield device


def test_candidate_is_compared_committed_confirmed_and_read_back(driver: KszLinuxDriver) -> None:
    driver.load_replace_candidate(config=LINUX.render(state_of(line(3), tunnel(77))))
    assert "+link line3 alias KSZ-P00003-S1" in driver.compare_config()

    driver.commit_config(revert_in=60)
    assert driver.has_pending_commit()
    driver.confirm_commit()

    assert not driver.has_pending_commit()
    assert driver.compare_config() == ""
    configurations = driver.get_config()
    assert configurations["running"] == configurations["startup"]
    assert LINUX.parse(configurations["running"]) == state_of(line(3), tunnel(77))


def test_merged_candidate_replaces_resources_by_key_and_leaves_the_others(
    driver: KszLinuxDriver, tmp_path: Path
) -> None:
    driver.load_replace_candidate(config=LINUX.render(state_of(line(3), line(4))))
    driver.commit_config()
    candidate = tmp_path / "candidate"
    candidate.write_text(LINUX.render(state_of(line(3, rate_kbps=512))))

    driver.load_merge_candidate(filename=str(candidate))
    driver.commit_config()

    assert LINUX.parse(driver.get_config()["running"]) == state_of(line(3, rate_kbps=512), line(4))


def test_rollback_and_discard_leave_what_was(driver: KszLinuxDriver) -> None:
    driver.load_replace_candidate(config=LINUX.render(state_of(line(3))))
    driver.commit_config()
    driver.load_replace_candidate(config=LINUX.render(state_of(line(4))))
    driver.commit_config(revert_in=60)
    driver.rollback()
    driver.load_replace_candidate(config=LINUX.render(state_of(line(4))))
    driver.discard_config()

    assert driver.compare_config() == ""
    assert LINUX.parse(driver.get_config()["running"]) == state_of(line(3))


def test_candidate_with_a_line_that_is_not_understood_is_refused(driver: KszLinuxDriver) -> None:
    with pytest.raises(napalm_errors.ReplaceConfigException, match="permit everything"):
        driver.load_replace_candidate(config="permit everything\n")


def test_getters_answer_in_napalms_own_forms(driver: KszLinuxDriver) -> None:
    driver.load_replace_candidate(config=LINUX.render(state_of(line(3), tunnel(77))))
    driver.commit_config()

    facts = driver.get_facts()
    assert facts["vendor"] == "Linux"
    assert "line3" in facts["interface_list"]
    assert driver.get_interfaces()["line3"]["description"] == "KSZ-P00003-S1"
    assert driver.get_interfaces_ip()["line3"]["ipv4"] == {"192.0.2.141": {"prefix_length": 30}}
    hop, *_ = driver.get_route_to("198.51.100.3/32")["198.51.100.3"]
    assert (hop["next_hop"], hop["outgoing_interface"]) == ("192.0.2.142", "line3")
    [policy] = driver.get_firewall_policies()["KSZ-P00003-S1"]
    assert (policy["l3_src"], policy["l3_dst"], policy["service"]) == (
        "198.51.100.3",
        "192.0.2.10/32",
        "tcp port 443",
    )
    assert driver.get_tunnels()["KSZ-P00077-S1"]["installed"] == 0
    assert driver.get_filters()["KSZ-P00003-S1"]["entries"] == ["line3"]
    assert driver.get_shapers()["KSZ-P00003-S1"] == {"line3": 2048}
    assert driver.get_sftp_accounts() == {}
    assert driver.get_strays() == {}
    assert driver.cli(["echo hello"]) == {"echo hello": "hello\n"}
    assert driver.is_alive() == {"is_alive": True}
    with pytest.raises(napalm_errors.CommandErrorException):
        driver.cli(["false"])


def test_tunnel_is_not_pushed_where_nobody_reveals_its_key(host: LinuxHost) -> None:
    driver = napalm.get_network_driver("ksz-linux")
    with driver("127.0.0.1", "root", optional_args=options(host)) as device:
        device.load_replace_candidate(config=LINUX.render(state_of(tunnel(78))))
        with pytest.raises(SecretError, match="KSZ410"):
            device.compare_config()


def test_napalms_validation_can_use_our_getters(driver: KszLinuxDriver, tmp_path: Path) -> None:
    driver.load_replace_candidate(config=LINUX.render(state_of(line(3))))
    driver.commit_config()
    rules = tmp_path / "rules.yml"
    rules.write_text("---\n- get_shapers:\n    KSZ-P00003-S1:\n      line3: 2048\n")

    assert driver.compliance_report(str(rules))["complies"]
