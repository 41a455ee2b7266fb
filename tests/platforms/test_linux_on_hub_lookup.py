"""The programs for a hub, as a role gets them."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from ansible.errors import AnsibleLookupError

from ksz_netops.actions.on_hub import OnHubLookup
from ksz_netops.platforms.linux.on_hub.build import agent, agent_digest


def test_agent_that_a_role_installs_is_the_one_that_the_look_expects() -> None:
    (path,) = OnHubLookup().run(["agent"])

    assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == agent_digest()


def test_agent_holds_its_own_package_alone() -> None:
    (path,) = OnHubLookup().run(["agent"])

    names = zipfile.ZipFile(path).namelist()
    modules = [name for name in names if not name.endswith("__init__.py")]

    assert {name.rpartition("/")[0] for name in modules} == {
        "",
        "ksz_netops/platforms/linux/on_hub/agent",
    }
    assert agent().startswith(b"#!/usr/bin/python3 -I\n")


def test_guard_is_a_shell_program() -> None:
    (path,) = OnHubLookup().run(["guard"])

    assert Path(path).read_text().startswith("#!/bin/sh\n")


def test_unknown_program_is_refused() -> None:
    with pytest.raises(AnsibleLookupError, match="say agent or guard"):
        OnHubLookup().run(["look"])
