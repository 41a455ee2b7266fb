"""How long partners' files take to load and validate, beside PyYAML's plain C load of the same.

    python benchmarks/load.py [--partners 10000] [--rounds 3]

Both run in one process, one after the other, round after round. Times are of the processor, so that
what else the machine does counts less; trust the ratio more than the times.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ksz_netops.inventory.load import load_intent

if TYPE_CHECKING:
    from collections.abc import Callable

EXTRANET = """\
lab: true
prefixes: [198.18.0.0/16]
services:
  dimona-web: {destinations: [198.18.0.10], protocol: tcp, ports: [443]}
  names: {destinations: [198.18.0.53], protocol: udp, ports: [53]}
"""

HUB = """\
ksz_hub:
  platform: linux
  management:
    address: 127.0.0.{number}
    user: root
    private_key: .lab/id_ed25519
    known_hosts: .lab/known_hosts
    interface: mgmt0
  extranet: {{interface: ext0, addresses: [198.18.1.{number}/16]}}
  internet:
    interface: wan0
    addresses: [203.0.113.{number}/24]
    uplink_kbps: 10000000
"""

PARTNER = """\
id: P{number:05}
name: Partner number {number}
sector: rehearsal
official_ip: {official}
helpdesk:
  name: Service desk
  email: desk@partner{number}.example
  phone: "+32 2 555 01 12"
  hours: Mo-Fr 08:00-18:00
  languages: [nl, fr]
connections:
  - id: S1
    method: ipsec_vpn
    hub: hub-{hub}
    peer: {official}
    capacity_kbps: {capacity}
    crypto: baseline
    psk: vault:P{number:05}-S1
    equipment: {{vendor: strongSwan}}
flows:
  - to: dimona-web
    authorisation: KSZ 26/{number}
    until: 2027-12-31
  - to: names
    authorisation: KSZ 26/{number}
"""

HUBS = 10


def write(folder: Path, partners: int) -> None:
    """An inventory of as many *partners*, 25 lines each with the mark of a document."""
    for name in ("partners", "host_vars"):
        (folder / name).mkdir()
    (folder / "extranet.yml").write_text(EXTRANET)
    for number in range(1, HUBS + 1):
        (folder / f"host_vars/hub-{number}.yml").write_text(HUB.format(number=number))
    for number in range(1, partners + 1):
        text = PARTNER.format(
            number=number,
            official=f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
            hub=number % HUBS + 1,
            capacity=128 * (number % 8 + 1),
        )
        (folder / f"partners/P{number:05}.yml").write_text(f"---\n{text}")


def plain(folder: Path) -> None:
    """PyYAML's own load by libyaml: no places, no check of anything."""
    loaded = [
        yaml.load(path.read_bytes(), yaml.CSafeLoader)
        for path in sorted((folder / "partners").glob("*.yml"))
    ]
    del loaded


def seconds(work: Callable[[Path], object], folder: Path) -> float:
    """How long *work* takes."""
    start = time.process_time()
    work(folder)
    return time.process_time() - start


def main() -> None:
    """Prints the times of each round, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--partners", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ksz-load-"))
    try:
        write(folder, arguments.partners)
        per_file = []
        for _ in range(arguments.rounds):
            times = (seconds(load_intent, folder), seconds(plain, folder))
            per_file.append([1e6 * each / arguments.partners for each in times])
            ours, theirs = per_file[-1]
            print(f"load and validate {ours:5.0f} us/file   CSafeLoader {theirs:5.0f} us/file")
    finally:
        shutil.rmtree(folder)
    ours, theirs = (statistics.median(column) for column in zip(*per_file, strict=True))
    ratio = statistics.median(ours / theirs for ours, theirs in per_file)
    print(
        f"median of {arguments.rounds}: {ours:.0f} us/file against {theirs:.0f}, "
        f"ratio {ratio:.2f}; {arguments.partners} files in {ours * arguments.partners / 1e6:.2f} s"
    )


if __name__ == "__main__":
    main()
