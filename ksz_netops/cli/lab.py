"""`ksz-netops lab`: the extranet and its partners on this machine, in namespaces."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ksz_netops.cli.options import Form, Format
from ksz_netops.lab.roots import Release  # noqa: TC001 - typer reads the annotations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ksz_netops.lab.build import Difference
    from ksz_netops.lab.proofs import Proof
    from ksz_netops.lab.source import Plans

Inventory = Annotated[Path, typer.Option(help="Folder of the inventory.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        envvar="ANSIBLE_VAULT_PASSWORD_FILE",
        help="The vault's password file; .vault-password of the inventory where absent.",
    ),
]


_DEFAULT: Final = Path("inventory")
_FINDINGS: Final = 2
"""Exit code where something is not as it must be."""
_ENVIRONMENT: Final = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "USER": "root",
}


def register(app: typer.Typer) -> None:
    """Adds the commands to *app*."""
    lab = typer.Typer(no_args_is_help=True, help="Hubs, partner sites and services, to rehearse.")
    for command in (up, down, status, prove, ping, key):
        lab.command()(command)
    lab.command("exec", context_settings={"ignore_unknown_options": True})(execute)
    app.add_typer(lab, name="lab")


def up(
    inventory: Inventory = _DEFAULT,
    vault_password_file: PasswordFile = None,
    *,
    routers: Annotated[
        bool, typer.Option("--routers", help="The emulated routers alone; it needs no privilege.")
    ] = False,
    root: Annotated[
        Release | None,
        typer.Option(help="The Debian that the hosts run, instead of the machine's own."),
    ] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="With --root: hubs have only what an installer leaves.")
    ] = False,
    form: Format = Form.TEXT,
) -> None:
    """Boots the lab, or brings the running one to what the inventory says now."""
    from ksz_netops.lab.roots import Roots  # noqa: PLC0415 - slow to import
    from ksz_netops.lab.source import up as bring_up  # noqa: PLC0415 - slow to import

    if bare and root is None:
        message = "name a release with --root"
        raise typer.BadParameter(message, param_hint="--bare")
    started = datetime.now().astimezone()
    difference = bring_up(
        inventory,
        _today(),
        vault_password_file,
        routers_only=routers,
        roots=Roots(release=root, bare=bare) if root else None,
    )
    seconds = (datetime.now().astimezone() - started).total_seconds()
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(difference), indent=2))
    else:
        typer.echo(_told(difference, seconds))


def down(inventory: Inventory = _DEFAULT, *, form: Format = Form.TEXT) -> None:
    """Ends the lab: every host, daemon and interface; the keys stay for the next time."""
    from ksz_netops.lab.source import down as take_down  # noqa: PLC0415 - slow to import

    was_running = take_down(inventory)
    if form is Form.JSON:
        typer.echo(json.dumps({"was_running": was_running}))
    else:
        typer.echo("the lab is down" if was_running else "no lab was running")


def status(
    inventory: Inventory = _DEFAULT,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Each lab that runs on this machine, by its inventory.")
    ] = False,
    form: Format = Form.TEXT,
) -> None:
    """Lists the hosts that run. Exit code 0: all do; 2: some do not, or there is no lab."""
    from ksz_netops.lab.status import statuses  # noqa: PLC0415 - slow to import

    if every:
        _print_labs(form)
        return
    rows = statuses(inventory)
    if form is Form.JSON:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
    elif not rows:
        typer.echo("no lab runs")
    else:
        table = Table("host", "role", "state", "interfaces", "tunnels up")
        for row in rows:
            state = "[green]runs[/]" if row.alive else "[red]dead[/]"
            words = (" ".join(row.interfaces), " ".join(row.tunnels))
            table.add_row(row.host, row.role, state, *words)
        Console().print(table)
    raise typer.Exit(0 if rows and all(row.alive for row in rows) else _FINDINGS)


def _print_labs(form: Form) -> None:
    from ksz_netops.lab.neighbours import running_labs  # noqa: PLC0415 - slow to import

    labs = running_labs()
    if form is Form.JSON:
        rows = [{"inventory": str(each.inventory), "pids": each.pids} for each in labs]
        typer.echo(json.dumps(rows, indent=2))
    for each in labs if form is Form.TEXT else ():
        gone = "" if each.inventory.is_dir() else ", whose folder is gone"
        typer.echo(f"{each.inventory}{gone}: process {' '.join(map(str, each.pids))}")
    if not labs and form is Form.TEXT:
        typer.echo("no lab runs")


def execute(
    host: Annotated[str, typer.Argument(help="A hub, a partner, `extranet` or `internet`.")],
    command: Annotated[list[str] | None, typer.Argument(help="By default a shell.")] = None,
    inventory: Inventory = _DEFAULT,
) -> None:
    """Runs a command on a host, as root: `ksz-netops lab exec P00007 -- swanctl --list-sas`.

    On an emulated router it is typed over SSH: `ksz-netops lab exec hub-gen-1 -- show clock`.
    """
    from ksz_netops.lab.source import argv_at  # noqa: PLC0415 - slow to import

    argv = argv_at(inventory, host, command or [])
    terminal = {"TERM": os.environ["TERM"]} if "TERM" in os.environ else {}
    os.execve(argv[0], argv, {**_ENVIRONMENT, **terminal})  # noqa: S606 - what the user asked for


def prove(
    inventory: Inventory = _DEFAULT,
    partner: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    *,
    rates: Annotated[bool, typer.Option(help="Measure rates too; it takes 10 s.")] = True,
    verbose: Annotated[
        bool, typer.Option(help="Show every packet, not only the failures.")
    ] = False,
    patience: Annotated[
        float, typer.Option(help="Seconds to wait for what does not come at once.")
    ] = 10.0,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Sends real packets from every partner site and shows what passed and what was dropped.

    Exit code 0: every proof holds; 2: one does not.
    """
    from ksz_netops.lab import prove as proofs  # noqa: PLC0415 - slow to import
    from ksz_netops.lab.source import bench  # noqa: PLC0415 - slow to import

    wanted = _plans(inventory, vault_password_file)
    sites = [site.partner for site in wanted.topology.sites]
    chosen = [wanted.site(name).partner for name in partner or sites]
    console = Console(stderr=True)
    with console.status("proving") as shown:
        results = proofs.prove(
            bench(wanted, patience), frozenset(chosen), rates=rates, progress=shown.update
        )
    if form is Form.JSON:
        typer.echo(json.dumps([asdict(each) for each in results], indent=2))
    else:
        _print_proofs(results, every=verbose)
        unproven = [] if partner else wanted.unproven()
        if unproven:
            typer.echo(
                f"not proven, since no packet passes an emulated router: {', '.join(unproven)}"
            )
    raise typer.Exit(0 if results and all(each.holds for each in results) else _FINDINGS)


def ping(
    partner: Annotated[str, typer.Option(help="Whose site sends.")],
    inventory: Inventory = _DEFAULT,
    count: Annotated[int | None, typer.Option(help="How many packets.")] = None,
    seconds: Annotated[float | None, typer.Option(help="How long, instead of --count.")] = None,
    interval: Annotated[float, typer.Option(help="Seconds between two packets.")] = 0.05,
    *,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Sends packets along an authorised flow and counts the lost; an interrupt ends it.

    Exit code 0: none was lost; 2: some were.
    """
    from ksz_netops.lab.ping import pinger  # noqa: PLC0415 - slow to import
    from ksz_netops.lab.source import bench  # noqa: PLC0415 - slow to import

    wanted = _plans(inventory, vault_password_file)
    site = wanted.site(partner)
    there = bench(wanted, patience_s=0).inside(partner)
    probe = pinger(wanted.topology, site, there, interval)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: probe.stop())
    if count is None and seconds is not None:
        count = max(1, round(seconds / interval))
    tally = probe.run(count)
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(tally)))
    else:
        typer.echo(
            f"{tally.partner} to {tally.service}: {tally.sent} sent, {tally.lost} lost,"
            f" longest gap {tally.longest_gap_ms} ms"
        )
    raise typer.Exit(0 if tally.sent and not tally.lost else _FINDINGS)


def key(
    partner: Annotated[str, typer.Argument(help="Its id, such as P00009.")],
) -> None:
    """Prints the public SFTP key whose private half the lab knows, for a partner's file."""
    from ksz_netops.lab.keys import partner_key  # noqa: PLC0415 - slow to import

    typer.echo(str(partner_key(partner)))


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/Brussels")).date()


def _plans(inventory: Path, password_file: Path | None) -> Plans:
    from ksz_netops.lab.source import plans  # noqa: PLC0415 - slow to import

    return plans(inventory, _today(), password_file)


def _told(difference: Difference, seconds: float) -> str:
    if not difference:
        return "the lab runs as the inventory says"
    parts = [f"{word} {', '.join(names)}" for word, names in asdict(difference).items() if names]
    told = f"the lab is up after {seconds:.1f} s: {'; '.join(parts)}"
    if difference.outdated:
        told += (
            "\nThe outdated do not see the packages installed since they booted, and were left as"
            " they hold something: `ksz-netops lab down` and `ksz-netops lab up` boot them anew."
        )
    return told


def _print_proofs(proofs: Sequence[Proof], *, every: bool) -> None:
    """A line for each partner and kind of proof, or *every* proof; what fails always in full."""
    console = Console()
    table = Table("partner", "hub", "proof", "", "seen")
    before = None
    for (partner, hub, kind), group in groupby(
        proofs, lambda each: (each.partner, each.hub, each.kind)
    ):
        members = list(group)
        if before not in {None, partner}:
            table.add_section()
        before = partner
        good = sum(each.holds for each in members)
        colour = "green" if good == len(members) else "bold red"
        seen = "; ".join(dict.fromkeys(each.seen for each in members if each.holds))
        table.add_row(partner, hub, kind, f"[{colour}]{good}/{len(members)} hold[/]", escape(seen))
    console.print(table)
    for each in proofs:
        if every or not each.holds:
            mark = "[green]holds[/]" if each.holds else "[bold red]FAILS[/]"
            told = f"{each.partner} at {each.hub}, {each.kind}: {each.subject}"
            verdict = f"expected: {each.expected}; seen: {each.seen}"
            console.print(f"{mark} {escape(told)}; {escape(verdict)}", soft_wrap=True)
    failed = sum(not each.holds for each in proofs)
    verdict = f"[bold red]{failed} fail[/]" if failed else "[green]all hold[/]"
    console.print(f"{len(proofs)} proofs, {verdict}")
