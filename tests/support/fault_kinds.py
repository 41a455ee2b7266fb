"""The kinds of faults: each breaks a hub somewhere in a change, a deadline or a boot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config import names
from support.hub_faults import REVERT_S, Campaign

if TYPE_CHECKING:
    from collections.abc import Callable

_GENERATION: Final = "/etc/ksz/startup"


def kill_the_commit(hub: Campaign) -> None:
    hub.commit(kill_after_s=hub.dice.uniform(0.02, 0.6))


def kill_the_commit_and_its_watchdog(hub: Campaign) -> None:
    hub.commit(kill_after_s=hub.dice.uniform(0.02, 0.6))
    hub.kill_agents()


def restart_in_a_commit(hub: Campaign) -> None:
    hub.commit(kill_after_s=hub.dice.uniform(0.02, 0.6))
    hub.restart()


def restart_while_pending(hub: Campaign) -> None:
    hub.commit()
    hub.restart()


def restart_after_the_confirmation(hub: Campaign) -> None:
    hub.confirm(hub.commit())
    hub.restart()


def kill_the_confirmation(hub: Campaign) -> None:
    name = hub.commit()
    after = hub.dice.uniform(0.02, 0.4)
    hub.run(f"timeout -s KILL {after:.3f} {names.AGENT} confirm {name}")
    # Whether it was kept, the link on the disk says.
    kept = hub.run("readlink /etc/ksz/startup").strip().endswith(name)
    hub.confirmed = "new" if kept else "old"


def kill_the_rollback(hub: Campaign) -> None:
    name = hub.commit()
    after = hub.dice.uniform(0.02, 0.4)
    hub.run(f"timeout -s KILL {after:.3f} {names.AGENT} rollback {name}")


def runner_dies_unconfirmed(hub: Campaign) -> None:
    hub.commit()


def kill_the_watchdog(hub: Campaign) -> None:
    hub.commit()
    hub.kill_agents()


def fill_run_and_kill_the_watchdog(hub: Campaign) -> None:
    _bound_run(hub)
    hub.commit()
    hub.run("dd if=/dev/zero of=/run/ksz/fill bs=4k 2>/dev/null")
    hub.kill_agents()


def fill_run_while_pending(hub: Campaign) -> None:
    _bound_run(hub)
    hub.commit()
    hub.run("dd if=/dev/zero of=/run/ksz/fill bs=4k 2>/dev/null")


def fill_run_before_the_commit(hub: Campaign) -> None:
    _bound_run(hub)
    hub.run("dd if=/dev/zero of=/run/ksz/fill bs=4k 2>/dev/null")
    hub.commit()


def _bound_run(hub: Campaign) -> None:
    """Puts /run/ksz on a small filesystem of its own."""
    size = hub.dice.choice([400, 500, 700])
    hub.run(
        f"cp -a /run/ksz /run/kept && mount -t tmpfs -o size={size}k,mode=700 t /run/ksz &&"
        " cp -a /run/kept/. /run/ksz/ && rm -rf /run/kept"
    )


def fill_the_disk_before_the_confirmation(hub: Campaign) -> None:
    hub.run(
        "cp -a /etc/ksz /run/kept && mount -t tmpfs -o size=900k,mode=700 t /etc/ksz &&"
        " cp -a /run/kept/. /etc/ksz/ && rm -rf /run/kept /etc/ksz/spare"
    )
    name = hub.commit()
    hub.run("dd if=/dev/zero of=/etc/ksz/fill bs=4k 2>/dev/null")
    hub.confirm(name)


def make_the_disk_read_only(hub: Campaign) -> None:
    hub.run("mount --bind /etc/ksz /etc/ksz && mount -o remount,ro,bind /etc/ksz")
    hub.confirm(hub.commit())
    hub.run("umount -l /etc/ksz")


def delete_our_table(hub: Campaign) -> None:
    hub.run("nft delete table inet ksz")


def flush_every_table(hub: Campaign) -> None:
    hub.run("nft flush ruleset")


def make_our_table_dormant(hub: Campaign) -> None:
    hub.run("nft add table inet ksz '{ flags dormant; }'")


def delete_the_forward_chain(hub: Campaign) -> None:
    hub.run("nft flush chain inet ksz forward; nft delete chain inet ksz forward")


def let_the_forward_chain_accept(hub: Campaign) -> None:
    hub.run("nft flush chain inet ksz forward; nft chain inet ksz forward '{ policy accept; }'")


def delete_the_fences_table(hub: Campaign) -> None:
    hub.run("nft delete table inet ksz_fence")


def delete_the_fences_rules(hub: Campaign) -> None:
    hub.run("ip rule del pref 102; ip rule del pref 100")


def delete_our_table_while_pending(hub: Campaign) -> None:
    hub.commit()
    hub.run("nft delete table inet ksz")


def _damaged(damage: str, part: str) -> Callable[[Campaign], None]:
    def act(hub: Campaign) -> None:
        hub.run(damage.format(f"{_GENERATION}/{part}" if part else _GENERATION))
        hub.restart()

    return act


_DAMAGES: Final = {
    "truncate": "truncate -s 120 {}",
    "empty": "truncate -s 0 {}",
    "remove": "rm {}",
    "garble": "head -c 300 /dev/urandom >{}",
    "dangle": "ln -sfn /nowhere {}",
}


def lose_the_confirmed_folder(hub: Campaign) -> None:
    hub.run("rm -rf /etc/ksz")
    hub.restart()


def lose_the_agent_and_restart(hub: Campaign) -> None:
    hub.run(f"mv {names.AGENT} /run/agent.kept")
    hub.restart()
    hub.traffic.now()
    hub.run(f"mv /run/agent.kept {names.AGENT}")


def garble_the_agent_while_pending(hub: Campaign) -> None:
    hub.commit()
    hub.run(f"cp -p {names.AGENT} /run/agent.kept; echo broken >{names.AGENT}")
    hub.kill_agents()
    hub.run(f"sleep {REVERT_S + 4}; cp -p /run/agent.kept {names.AGENT}")


def lose_nft_and_restart(hub: Campaign) -> None:
    hub.run("printf '#!/bin/sh\\nexit 1\\n' >/run/nft; chmod 755 /run/nft")
    hub.run("mount --bind /run/nft /usr/sbin/nft")
    hub.restart()
    hub.traffic.now()
    hub.run("umount /usr/sbin/nft")


def hang_nft_while_pending(hub: Campaign) -> None:
    hub.commit()
    hub.run("printf '#!/bin/sh\\nexec sleep 600\\n' >/run/nft; chmod 755 /run/nft")
    hub.run(f"mount --bind /run/nft /usr/sbin/nft; sleep {REVERT_S + 2}")
    hub.run("umount -l /usr/sbin/nft; pkill -9 -f 'sleep 600'")


def hang_tc_in_a_commit(hub: Campaign) -> None:
    hub.run("printf '#!/bin/sh\\nexec sleep 600\\n' >/run/tc; chmod 755 /run/tc")
    hub.run("mount --bind /run/tc /usr/sbin/tc")
    hub.commit(kill_after_s=4)
    hub.run("umount -l /usr/sbin/tc; pkill -9 -f 'sleep 600'")


def garble_the_pending_commit(hub: Campaign) -> None:
    hub.commit()
    hub.run("head -c 40 /dev/urandom >/run/ksz/pending.json")


def name_another_process_in_the_pending_commit(hub: Campaign) -> None:
    hub.commit()
    hub.run("sleep 300 >/dev/null 2>&1 & echo $! >/run/bystander")
    hub.run('sed -i "s/\\"pid\\": [0-9]*/\\"pid\\": $(cat /run/bystander)/" /run/ksz/pending.json')
    hub.run(f"flock /run/ksz sleep {REVERT_S + 3}")
    alive = hub.run("kill $(cat /run/bystander) && echo alive").strip()
    assert alive, "a process that had no part in it was killed"


def dangle_what_runs(hub: Campaign) -> None:
    hub.run("ln -sfn generations/nowhere /run/ksz/running")
    hub.commit()


def empty_what_runs(hub: Campaign) -> None:
    hub.run("find /run/ksz/running/ -type f -delete")
    hub.commit()


def cut_management_in_a_commit(hub: Campaign) -> None:
    hub.run("ip link set mgmt0 down")
    hub.commit()
    hub.run(f"sleep {REVERT_S + 1}; ip link set mgmt0 up")


def second_operator(hub: Campaign) -> None:
    base = hub.status()["running"] or "-"
    name = hub.commit(base=base, revert_s=60)
    other = hub.commit(base=base)
    hub.run(f"{names.AGENT} rollback {other}; {names.AGENT} confirm {other}")
    assert hub.confirm(name), "another operator's commit was ended"


def guard_killed(hub: Campaign) -> None:
    after = hub.dice.uniform(0.001, 0.05)
    hub.run(f"nft flush ruleset; timeout -s KILL {after:.3f} {names.GUARD} fence")


KINDS: Final[dict[str, Callable[[Campaign], None]]] = {
    **{
        function.__name__.replace("_", " "): function
        for function in (
            kill_the_commit,
            kill_the_commit_and_its_watchdog,
            restart_in_a_commit,
            restart_while_pending,
            restart_after_the_confirmation,
            kill_the_confirmation,
            kill_the_rollback,
            runner_dies_unconfirmed,
            kill_the_watchdog,
            fill_run_and_kill_the_watchdog,
            fill_run_while_pending,
            fill_run_before_the_commit,
            fill_the_disk_before_the_confirmation,
            make_the_disk_read_only,
            delete_our_table,
            flush_every_table,
            make_our_table_dormant,
            delete_the_forward_chain,
            let_the_forward_chain_accept,
            delete_the_fences_table,
            delete_the_fences_rules,
            delete_our_table_while_pending,
            lose_the_confirmed_folder,
            lose_the_agent_and_restart,
            garble_the_agent_while_pending,
            lose_nft_and_restart,
            hang_nft_while_pending,
            hang_tc_in_a_commit,
            garble_the_pending_commit,
            name_another_process_in_the_pending_commit,
            dangle_what_runs,
            empty_what_runs,
            cut_management_in_a_commit,
            second_operator,
            guard_killed,
        )
    },
    **{
        f"{verb} {part or 'the startup link'} and restart": _damaged(command, part)
        for verb, command in _DAMAGES.items()
        for part in ("table.nft", "manifest.json", "seal", "")
        if part or verb in {"remove", "dangle"}
    },
}
"""Every kind by its name, as a sentence about the hub."""
SLOW: Final = frozenset({"hang nft while pending", "hang tc in a commit"})
"""Wait for the limits of hung tools."""
