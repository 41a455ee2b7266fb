"""What the router shows of its E1 lines, and of the links that are made of several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.lab.emulator.peers import value

if TYPE_CHECKING:
    from ksz_netops.lab.emulator.router import Router


def _controller(serial: str) -> str:
    """What carries *serial*, `E1 0/1/0`."""
    return f"E1 {serial.removeprefix('Serial').partition(':')[0]}"


def carries(router: Router, serial: str) -> bool:
    """Whether packets come over the channel group that is interface *serial*."""
    section = router.running.root.lines[f"interface {serial}"]
    idle = serial in router.dead or "shutdown" in section.lines
    return not idle and not _cut(router, _controller(serial))


def members(router: Router, bundle: str) -> tuple[list[str], list[str]]:
    """The member links of *bundle* that are alive, and the others."""
    alive: list[str] = []
    dead: list[str] = []
    for header, section in router.running.root.lines.items():
        if f"ppp multilink group {bundle.removeprefix('Multilink')}" not in section.lines:
            continue
        name = header.split()[1]
        if not name.startswith("Serial"):
            continue
        (alive if carries(router, name) else dead).append(name)
    return alive, dead


def multilink(router: Router) -> str:
    """`show ppp multilink`."""
    shown = []
    for header in router.running.root.lines:
        if not header.startswith("interface Multilink"):
            continue
        name = header.split()[1]
        alive, dead = members(router, name)
        shown.append(f"\n{name}\n  Bundle name: partner\n")
        shown.append("    0/0 fragments/bytes in reassembly list\n")
        shown.append("    0 lost fragments, 0 reordered\n")
        shown.append(f"  Member links: {len(alive)} active, {len(dead)} inactive\n")
        shown.extend(f"    {each.replace('Serial', 'Se')}, since 00:12:34\n" for each in alive)
        shown.extend(f"    {each.replace('Serial', 'Se')} (inactive)\n" for each in dead)
    return "".join(shown)


def controllers(router: Router) -> str:
    """`show controllers E1`."""
    shown = []
    for header, section in router.running.root.lines.items():
        if not header.startswith("controller E1 "):
            continue
        name = header.removeprefix("controller ")
        framing = (value(section, "framing ") or "crc4").upper()
        down = _cut(router, name)
        errored = router.errored_s.get(name, 0)
        shown.append(f"{name} is {'down' if down else 'up'}.\n")
        shown.append("  Applique type is Channelized E1 - balanced\n")
        shown.append("  Receiver has loss of signal.\n" if down else "  No alarms detected.\n")
        shown.append("  alarm-trigger is not set\n")
        shown.append(f"  Framing is {framing}, Line Code is HDB3, Clock Source is Line.\n")
        quiet = _interval(0, unavailable=300 if down else 0)
        shown.append(f"  Data in current interval (300 seconds elapsed):\n{quiet}")
        quarter = _interval(errored, unavailable=900 if down else 0)
        if router.profile.counts_quarters:
            shown.append(f"  Data in Interval 1:\n{quarter}")
        shown.append(f"  Total Data (last 24 hours)\n{_interval(errored + 7, unavailable=0)}")
    return "".join(shown)


def _cut(router: Router, controller: str) -> bool:
    """Whether nothing comes over the line of *controller*, `E1 0/1/0`."""
    section = router.running.root.lines.get(f"controller {controller}")
    return controller in router.dead or section is None or "shutdown" in section.lines


def _interval(errored: int, *, unavailable: int) -> str:
    return (
        f"     {errored} Line Code Violations, {errored} Path Code Violations\n"
        "     0 Slip Secs, 0 Fr Loss Secs, 0 Line Err Secs, 0 Degraded Mins\n"
        f"     {errored} Errored Secs, 0 Bursty Err Secs, 0 Severely Err Secs, "
        f"{unavailable} Unavail Secs\n"
    )
