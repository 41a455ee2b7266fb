"""The files of an inventory that Ansible reads too: nothing in them may be executed.

Ansible takes any text with `{{` in a variable for a template, and runs it on the machine where it
works. So the files hold plain values, but for the variables that lead Ansible to a hub, which are
ours and are accepted in our own words only.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.reading.source import read
from ksz_netops.intent.words import located
from ksz_netops.inventory.folders import files_in
from ksz_netops.printable import shortened
from ksz_netops.state.grammar import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from ksz_netops.intent.reading.source import Source
    from ksz_netops.intent.words import Path as KeyPath
    from ksz_netops.intent.words import Yaml

HUBS_FILE: Final = "hubs.yml"
HUB_KEY: Final = "ksz_hub"
BY_PLUGIN: Final = {"plugin": "ksz.netops.hubs"}
"""The whole of a `hubs.yml` that leaves the list, and the way to each hub, to our plugin."""
_GROUP: Final = "hubs"
_CODE: Final = "KSZ127"
_TEMPLATE: Final = re.compile(r"\{\{|\{%|\{#|!unsafe")

HUB_VARIABLES: Final[Mapping[str, str]] = {
    "ansible_host": "{{ ksz_hub.management.address }}",
    "ansible_port": "{{ ksz_hub.management.port | default(22) }}",
    "ansible_user": "{{ ksz_hub.management.user }}",
    "ansible_ssh_private_key_file": "{{ inventory_dir }}/{{ ksz_hub.management.private_key }}",
    "ansible_ssh_common_args": (
        "-o IdentitiesOnly=yes -o {{ ('UserKnownHostsFile=\"' ~ inventory_dir ~ '/'"
        " ~ ksz_hub.management.known_hosts ~ '\"') | quote }}"
    ),
}
"""`group_vars/hubs.yml`: how Ansible finds its way to a hub by what the hub's own file says."""


def problems_of(inventory: Path, hubs: Collection[str]) -> Iterator[Problem]:
    """What in Ansible's files of *inventory* would be executed, or leaves one of *hubs* out."""
    for path in files_in(inventory / "host_vars")[0]:
        yield from _of_file(path, _beside_the_hub)
    for path in files_in(inventory / "group_vars")[0]:
        yield from _of_file(path, _of_group)
    if os.path.lexists(inventory / HUBS_FILE):
        yield from _of_file(inventory / HUBS_FILE, lambda source: _of_hosts(source, hubs))


def _of_file(path: Path, judge: Callable[[Source], Iterator[Problem]]) -> Iterator[Problem]:
    try:
        source = read(path)
    except IntentError as error:
        yield from error.problems
    else:
        yield from source.problems
        yield from judge(source)


def _beside_the_hub(source: Source) -> Iterator[Problem]:
    """Keys beside ours, and templates anywhere."""
    for key in source.data:
        if key != HUB_KEY:
            what = f"key '{shortened(key)}' has no place beside `{HUB_KEY}:`"
            yield _refused(source, (key,), what, "delete it; a hub is described by `ksz_hub` alone")
    yield from _templates(source, source.data)


def _of_group(source: Source) -> Iterator[Problem]:
    """Templates, other than those of ours."""
    for key, value in source.data.items():
        if key in HUB_VARIABLES and isinstance(value, str) and _TEMPLATE.search(value):
            if value.strip() != HUB_VARIABLES[key]:
                what = f"{key} is another template than ours"
                fix = "write `plugin: ksz.netops.hubs` into hubs.yml, and delete this file"
                yield _refused(source, (key,), what, fix)
        else:
            yield from _templates(source, {key: value})


def _of_hosts(source: Source, hubs: Collection[str]) -> Iterator[Problem]:
    """Anything but the names of the hubs, or the plugin that finds them all."""
    if source.data == BY_PLUGIN:
        return
    group = source.data.get(_GROUP)
    hosts = group.get("hosts") if isinstance(group, dict) else None
    for path in _others(source.data):
        what = f"{'.'.join(map(str, path))} has no place here"
        fix = "write `plugin: ksz.netops.hubs` and nothing else"
        yield _refused(source, path, what, fix)
    if not isinstance(hosts, dict):
        return
    for name in hosts:
        if not Word.FORM.fullmatch(name):
            what = f"{shortened(name)!r} is not the name of a hub"
            yield _refused(source, (_GROUP, "hosts", name), what, "use letters, digits, - and .")
        elif name not in hubs:
            what = f"there is no host_vars/{name}.yml that describes this hub"
            fix = f"write it, with `{HUB_KEY}:`, or delete the name"
            yield _refused(source, (_GROUP, "hosts", name), what, fix)
    for name in sorted(set(hubs) - hosts.keys()):
        what = f"hub {name} is missing, so the playbooks would pass it by"
        yield _refused(source, (_GROUP, "hosts"), what, f"add `{name}:`")


def _others(data: dict[str, Yaml]) -> Iterator[KeyPath]:
    """Where something else stands than the names of hosts."""
    for key, group in data.items():
        if key != _GROUP or not isinstance(group, dict):
            yield (key,)
            continue
        for inner, hosts in group.items():
            if inner != "hosts" or not isinstance(hosts, dict):
                yield (key, inner)
                continue
            for name, variables in hosts.items():
                if variables not in (None, {}):
                    yield (key, inner, name)


def _templates(source: Source, data: Yaml) -> Iterator[Problem]:
    """Every key and every text in *data*, a part of *source*, that Ansible would run."""
    for place, text in _texts(data, ()):
        if _TEMPLATE.search(text):
            what = f"{shortened(text, 60)!r} is a template, which Ansible would run"
            yield _refused(source, place, what, "write a plain value")


def _texts(value: Yaml, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*path, index))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key), key
            yield from _texts(each, (*path, key))


def _refused(source: Source, path: KeyPath, what: str, fix: str) -> Problem:
    return located(_CODE, what, fix, source.at_key(path))
