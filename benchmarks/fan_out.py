"""How many routers a second are audited, beside reading them otherwise.

    python benchmarks/fan_out.py [--hubs 200] [--workers 8] [--forks 50]

One process plays all the routers. Three ways read the same answers from each: the audit's (which
parses, proves and judges them too), plain NAPALM in a thread pool, and an Ansible task per host.
Their clients share the machine with the routers, so trust the ratios more than the rates.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import napalm

from ksz_netops.compliance.audit import threads
from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.reading import read_hub
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import load_intent
from ksz_netops.lab.emulator.peers import Peer
from ksz_netops.lab.emulator.router import Router
from ksz_netops.lab.emulator.server import Access, Endpoint
from ksz_netops.lab.emulator.station import prepared
from ksz_netops.platforms import Target, platforms
from ksz_netops.platforms.ios_xe.observe import e1
from ksz_netops.platforms.ios_xe.observe.show import READ
from ksz_netops.state.resources import Secret, Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.state.resources import DeviceState

SAMPLE = Path(__file__).resolve().parents[1] / "inventory"
HUB = "hub-ant-1"
MARK = "0123456789abcdef"
COMMANDS = [command for command in READ if command != e1.BUNDLES]
"""The sample's router has no bundle, so the audit does not ask for one either."""
PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: "{python} {program} --read {{{{ router_port }}}} --keys {folder}"
      changed_when: false
"""


def sample() -> tuple[DeviceState, str]:
    """What the sample's router must hold, and a configuration that holds it."""
    intent = load_intent(SAMPLE)
    secrets = {
        name: Secret(name=name, fingerprint=MARK)
        for partner in intent.partners
        for connection in partner.connections
        for name in connection.secret_names()
    }
    desired = desired_state(intent, HUB, secrets=secrets, on=date(2026, 11, 24))
    own = platforms()[intent.hubs[HUB].platform].render(desired)
    text = prepared(HUB, intent.hubs[HUB]).replace("\nend\n", f"\n{own}end\n")
    return desired, text


async def play(count: int, keys: Path) -> None:
    """Plays *count* routers until it is ended; tells their ports."""
    desired, text = sample()
    peers = [
        Peer(address=str(each.peer), key=MARK, official=str(each.official))
        for each in desired
        if isinstance(each, Tunnel)
    ]
    endpoints = []
    for _ in range(count):
        router = Router(text, peers=peers)
        router.startup = router.running.text()
        access = Access(user="netops", authorised_keys=keys / "user.pub", host_key=keys / "host")
        endpoint = Endpoint(router, access)
        await endpoint.start()
        endpoints.append(endpoint)
    print(json.dumps([endpoint.port for endpoint in endpoints]), flush=True)
    await asyncio.Event().wait()


@contextmanager
def played(count: int, keys: Path) -> Iterator[list[Target]]:
    """*count* routers in a process of their own, and the ways to them."""
    for name in ("user", "host"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)]
        subprocess.run(argv, check=True)  # noqa: S603 - our own files
    argv = [sys.executable, __file__, "--serve", str(count), "--keys", str(keys)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this program
        try:
            ports = json.loads(process.stdout.readline() if process.stdout else "[]")
            public = " ".join((keys / "host.pub").read_text("utf-8").split()[:2])
            known = keys / "known_hosts"
            known.write_text("".join(f"[127.0.0.1]:{port} {public}\n" for port in ports), "utf-8")
            yield [
                Target(
                    name=f"hub-{number}",
                    address="127.0.0.1",
                    port=port,
                    user="netops",
                    private_key=keys / "user",
                    known_hosts=known,
                )
                for number, port in enumerate(ports)
            ]
        finally:
            process.terminate()


def read_plainly(port: int, keys: Path) -> int:
    """The same answers by plain NAPALM; how many characters they have."""
    options = {
        "port": port,
        "use_keys": True,
        "key_file": str(keys / "user"),
        "allow_agent": False,
        "ssh_strict": True,
        "alt_host_keys": True,
        "alt_key_file": str(keys / "known_hosts"),
    }
    driver = napalm.get_network_driver("ios")("127.0.0.1", "netops", "", optional_args=options)
    driver.open()
    try:
        return sum(len(answer) for answer in driver.cli(COMMANDS).values())
    finally:
        driver.close()


def by_audit(targets: list[Target], workers: int) -> None:
    """Reads and judges every router; each must be as intended."""
    desired, _ = sample()
    platform = platforms()[load_intent(SAMPLE).hubs[HUB].platform]

    def judged(target: Target) -> int:
        findings = check_hub(desired, read_hub(platform, target))
        return sum(not finding.verdict.good for finding in findings)

    wrong = sum(threads(workers)(judged, targets))
    if wrong:
        sys.exit(f"{wrong} findings on routers on which nothing is wrong")


def by_napalm(targets: list[Target], workers: int, keys: Path) -> None:
    """Reads every router by plain NAPALM in a thread pool."""
    with ThreadPoolExecutor(workers) as pool:
        read = list(pool.map(lambda target: read_plainly(target.port, keys), targets))
    if not all(read):
        sys.exit("plain NAPALM read nothing from a router")


def by_ansible(targets: list[Target], forks: int, keys: Path) -> None:
    """Reads every router in a task of its own."""
    hosts = {
        target.name: {"router_port": target.port, "ansible_connection": "local"}
        for target in targets
    }
    (keys / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), "utf-8")
    play = PLAY.format(python=sys.executable, program=__file__, folder=keys)
    (keys / "play.yml").write_text(play, "utf-8")
    done = subprocess.run(  # noqa: S603 - our own play
        [
            Path(sys.executable).with_name("ansible-playbook"),
            *("-i", keys / "hosts.json", "-f", str(forks), keys / "play.yml"),
        ],
        env={**os.environ, "ANSIBLE_PYTHON_INTERPRETER": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout[-2000:])


def seconds(way: Callable[[], None]) -> float:
    """How long *way* takes."""
    started = time.monotonic()
    way()
    return time.monotonic() - started


def main() -> None:
    """Prints one line for each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hubs", type=int, default=200)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--forks", type=int, default=50)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--read", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--keys", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(play(options.serve, options.keys))
        return
    if options.read:
        print(read_plainly(options.read, options.keys))
        return
    with tempfile.TemporaryDirectory() as folder, played(options.hubs, Path(folder)) as targets:
        keys = Path(folder)
        ways: dict[str, Callable[[], None]] = {
            "audit": lambda: by_audit(targets, options.workers),
            "plain NAPALM, thread pool": lambda: by_napalm(targets, options.workers, keys),
            "Ansible, a task per host": lambda: by_ansible(targets, options.forks, keys),
        }
        # What is imported once is not counted to whoever comes first.
        by_audit(targets[:1], 1)
        by_napalm(targets[:1], 1, keys)
        first = 0.0
        for name, way in ways.items():
            took = seconds(way)
            first = first or took
            rate = len(targets) / took
            print(
                f"{name}: {len(targets)} routers in {took:.1f} s, {rate:.1f} a second,"
                f" {took / first:.2f} times the audit's time",
                flush=True,
            )


if __name__ == "__main__":
    main()
