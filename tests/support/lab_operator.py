"""Somebody who runs playbooks on a lab and looks at its hosts."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing
from ksz_netops.lab.prove import prove
from support.playbook_run import ROOT, PlaybookRun, run_playbook

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.lab.proofs import Proof
    from support.lab_running import Lab

HUBS = ("hub-bru-1", "hub-bru-2", "hub-gen-1", "hub-ant-1", "sftp-1")


class Operator:
    """Somebody who runs playbooks on a lab and looks at its hosts."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    @property
    def inventory(self) -> Path:
        """What the lab is made of."""
        return self._lab.inventory

    def playbook(self, name: str, *options: str) -> PlaybookRun:
        """How the playbook ended."""
        return run_playbook(name, self.inventory, *options)

    def command(self, name: str, *options: str | Path) -> int:
        """The exit code of `ksz-netops` *name*."""
        argv = [ROOT / ".venv/bin/ksz-netops", name, "--inventory", self.inventory, *options]
        done = subprocess.run(argv, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - ours
        return done.returncode

    def at(self, host: str, script: str) -> str:
        """What the shell *script* prints on the *host*."""
        return self._lab.run(host, "sh", "-ec", script)

    def types(self, router: str, lines: str) -> str:
        """What the *router* shows to one who types *lines*."""
        argv = [ROOT / ".venv/bin/ksz-netops", "lab", "exec", "--inventory", self.inventory, router]
        done = subprocess.run(  # noqa: S603 - ours
            argv, input=f"{lines}exit\n", capture_output=True, text=True, check=True
        )
        return done.stdout

    def takes_over(self) -> None:
        """Gives the partners' files that were just written their keys and their sites."""
        generate_missing(load_intent(self.inventory), self.inventory)
        self._lab.up()

    def failed_proofs(self, *partners: str) -> list[Proof]:
        """What real packets show to be otherwise than intended; of all sites, or of these."""
        bench = self._lab.bench(60)
        chosen = frozenset(partners or (site.partner for site in bench.topology.sites))
        proofs = prove(bench, chosen, rates=False)
        assert {proof.partner for proof in proofs} == chosen
        return [proof for proof in proofs if not proof.holds]

    def pings(self, partner: str, seconds: int) -> subprocess.Popen[str]:
        """A running count of the packets that *partner* loses."""
        argv = [ROOT / ".venv/bin/ksz-netops", "lab", "ping", "--inventory", self.inventory]
        argv += ["--partner", partner, "--seconds", str(seconds)]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
