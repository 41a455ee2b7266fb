"""`ksz-netops init`: a new inventory with its first hub, or the sample."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from ksz_netops.errors import ConnectError, IntentError, KszError, Problem

# ruff: noqa: PLC0415 - only what is asked for is imported

if TYPE_CHECKING:
    from ksz_netops.inventory.onboarding.start import Box
    from ksz_netops.platforms import Platform

_TIMEOUT_S = 30
Text = Annotated[str | None, typer.Option()]


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    example: Annotated[
        bool, typer.Option("--example", help="Write the sample inventory, for the lab.")
    ] = False,
    hub: Annotated[str | None, typer.Option(help="Name of the first hub.")] = None,
    platform: Annotated[
        str | None, typer.Option(help="Its platform; a Linux box where absent.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Address at which it is managed.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="SSH port.")] = 22,
    user: Annotated[str, typer.Option(help="User who may change it.")] = "root",
    key: Annotated[
        Path | None, typer.Option(help="Your SSH key for it; a new one where absent.")
    ] = None,
    host_key: Annotated[
        str | None, typer.Option(help="The SHA256:… of its host key, instead of being asked.")
    ] = None,
    look: Annotated[
        bool, typer.Option(help="Read ports and host key from the box over SSH.")
    ] = True,
    management_interface: Text = None,
    internet_interface: Text = None,
    internet_address: Annotated[str | None, typer.Option(help="With its length.")] = None,
    gateway: Annotated[str | None, typer.Option(help="Towards the internet.")] = None,
    uplink_kbps: Annotated[int, typer.Option(help="What all tunnels may be sold.")] = 100_000,
    extranet_interface: Text = None,
    extranet_address: Annotated[str | None, typer.Option(help="With its length.")] = None,
    extranet_prefix: Annotated[str | None, typer.Option(help="The extranet's prefix.")] = None,
    file_service: Annotated[
        bool, typer.Option("--file-service", help="It is the file server.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take what is proposed; do not ask.")] = False,
) -> None:
    """Writes a new inventory with its first hub, asking for what no option says.

    Ports, addresses and the host key are read from the box over SSH, to be confirmed. At the end
    the next commands are shown.
    """
    from ksz_netops.inventory.onboarding import start

    start.check_empty(folder)
    if example:
        start.copy_sample(folder)
        typer.echo(f"{folder} holds the sample. Next:")
        typer.echo(f"  ksz-netops secrets generate --inventory {folder}")
        typer.echo(f"  ksz-netops lab up --inventory {folder}")
        return
    ask = _Asking(quiet=yes)
    name = ask.text("name of the hub", hub, "hub-1")
    reached = ask.text("address at which it is managed", address, "")
    folder.mkdir(parents=True, exist_ok=True)
    new_key = _have_key(folder / start.KEY, key)
    box = start.Box()
    kind = _platform(platform)
    look = look and kind.namespaced
    if look:
        if new_key:
            typer.echo(f"This key is new. Let it in on the box, then go on:\n  {new_key}")
            ask.wait()
        _trust(folder / start.KNOWN_HOSTS, reached, port, host_key, ask)
        box = _seen(folder, reached, port, user)
    internet = ask.port("internet", (internet_interface, internet_address), box.internet)
    extranet = None
    if not file_service:
        extranet = ask.port("extranet", (extranet_interface, extranet_address), box.extranet)
    try:
        first = start.FirstHub(
            name=name,
            platform=kind.name,
            address=reached,
            port=port,
            user=user,
            management=ask.text("port of management", management_interface, box.management),
            internet=internet,
            gateway=ask.maybe("gateway of the internet", gateway, box.gateway),
            uplink_kbps=uplink_kbps,
            extranet=extranet,
            extranet_prefix=ask.text(
                "prefix of the extranet", extranet_prefix, extranet[1] if extranet else None
            ),
        )
        texts = first.files()
    except ValueError as error:
        raise KszError(
            Problem(code="KSZ721", what=str(error), fix="give another answer")
        ) from error
    start.write_files(folder, texts)
    _finish(folder)
    typer.echo(f"{folder} is written and valid. Next:")
    if not look:
        typer.echo(f"  ssh-keyscan -p {port} {reached} >>{folder / start.KNOWN_HOSTS}")
    typer.echo(f"  ansible-playbook -i {folder}/hubs.yml ksz.netops.prepare")
    typer.echo(f"  ksz-netops partner new --inventory {folder}")
    typer.echo(f"  ksz-netops provision --inventory {folder}")


def _platform(name: str | None) -> Platform:
    """The platform called *name*; that of a Debian box where none is.

    Raises:
        KszError: If there is none.
    """
    from ksz_netops.platforms import platforms

    known = platforms()
    if name is None:
        return next(each for each in known.values() if each.namespaced)
    if name not in known:
        raise KszError(
            Problem(
                code="KSZ115",
                what=f"platform '{name}' is not known",
                fix=f"use one of: {', '.join(known)}",
            )
        )
    return known[name]


def _finish(folder: Path) -> None:
    """Writes the schemas for editors, where the files are valid.

    Raises:
        IntentError: If they are not.
    """
    from ksz_netops.inventory.json_schema import schemas
    from ksz_netops.inventory.load import load_intent

    try:
        intent = load_intent(folder)
    except IntentError:
        typer.echo(f"{folder} is written, but not valid yet:", err=True)
        raise
    (folder / "schema").mkdir()
    for name, schema in schemas(intent).items():
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        (folder / "schema" / name).write_text(f"{text}\n", encoding="utf-8")


class _Asking:
    """Asks for what no option says, or takes the proposal."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def text(self, what: str, given: str | None, proposal: str | None) -> str:
        """An answer.

        Raises:
            KszError: If nothing is proposed and nobody is asked.
        """
        if given is not None:
            return given
        if not self._quiet:
            answer: str = typer.prompt(what, default=proposal or None)
            return answer
        if not proposal:
            raise KszError(
                Problem(
                    code="KSZ721",
                    what=f"the {what} is not known",
                    fix="give it by its option, or leave out --yes",
                )
            )
        return proposal

    def port(
        self, side: str, given: tuple[str | None, str | None], proposal: tuple[str, str] | None
    ) -> tuple[str, str]:
        """A port and its address with the length."""
        name, address = proposal or (None, None)
        return (
            self.text(f"port of the {side}", given[0], name),
            self.text(f"address with length on the {side}", given[1], address),
        )

    def maybe(self, what: str, given: str | None, proposal: str | None) -> str | None:
        """An answer that may be left out."""
        if given is not None or self._quiet:
            return given or proposal
        return str(typer.prompt(what, default=proposal or "")) or None

    def wait(self) -> None:
        """Until a person says that it is done."""
        if not self._quiet:
            typer.prompt("done", default="yes")

    def agreed(self, what: str) -> bool:
        """Whether a person says yes; nobody who is not asked does."""
        return not self._quiet and typer.confirm(what)


def _have_key(path: Path, given: Path | None) -> str | None:
    """Has the private key at *path*; of a new one, the public line to be let in on the box."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if given is not None:
        path.symlink_to(given.expanduser().resolve(strict=True))
        return None
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ksz-netops", "-f", str(path))
    return path.with_name(f"{path.name}.pub").read_text(encoding="utf-8").strip()


def _trust(known: Path, address: str, port: int, wanted: str | None, ask: _Asking) -> None:
    """Writes the box's host keys into *known*, once somebody has compared them.

    Raises:
        ConnectError: If the keys are other ones, or nobody compared them.
    """
    lines = _run("ssh-keyscan", "-p", str(port), "-t", "ed25519,ecdsa,rsa", "--", address)
    shown = _run("ssh-keygen", "-l", "-f", "-", stdin=lines)
    found = {line.split()[1] for line in shown.splitlines() if len(line.split()) > 1}
    if wanted is not None:
        agreed = wanted in found
        lines = "".join(
            f"{line}\n"
            for line in lines.splitlines()
            if wanted in _run("ssh-keygen", "-l", "-f", "-", stdin=f"{line}\n")
        )
    else:
        typer.echo(f"host keys of {address}:\n{shown.rstrip()}")
        agreed = bool(found) and ask.agreed("Are these the keys that the box's console shows?")
    if not agreed:
        raise ConnectError(
            Problem(
                code="KSZ402",
                what=f"the host key of {address} was not compared, or is another one",
                fix="compare it with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the"
                " box's console, and give it by --host-key",
            )
        )
    known.write_text(lines, encoding="utf-8")


def _seen(folder: Path, address: str, port: int, user: str) -> Box:
    from ksz_netops.inventory.onboarding import start

    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "10",
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f'"{folder / start.KNOWN_HOSTS}"',
    }
    words = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    key = str(folder / start.KEY)
    answer = _run("ssh", *words, "-i", key, "-p", str(port), "-l", user, "--", address, start.LOOK)
    try:
        return start.Box.read(answer, address)
    except (ValueError, KeyError, AttributeError) as error:
        raise ConnectError(
            Problem(
                code="KSZ405",
                what=f"{address} does not say what ports it has ({error})",
                fix="see that it has `ip` of iproute2, or give the ports by options and --no-look",
            )
        ) from error


def _run(*argv: str, stdin: str = "") -> str:
    """What a tool of OpenSSH prints.

    Raises:
        ConnectError: If it fails.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed tools; an address stands behind `--`
            argv, input=stdin, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
        said = done.stderr.strip().splitlines()[-1:]
        code = done.returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        code, said = 1, [str(error)]
    if code:
        raise ConnectError(
            Problem(
                code="KSZ401",
                what=f"{argv[0]} failed ({' '.join(said) or code})",
                fix="see that the box is reached and lets the key in, or use --no-look",
            )
        )
    return done.stdout
