"""Root file systems of Debian releases for the lab's hosts, made once and kept.

A host on such a root meets the programs of that release, whatever the machine itself runs.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

BARE: Final = ("iproute2", "openssh-server")
"""What a box has before a role makes it a hub: addresses, and a way in."""
COMPLETE: Final = (
    *BARE,
    "kmod",
    "libcharon-extra-plugins",
    "libstrongswan-extra-plugins",
    "libstrongswan-standard-plugins",
    "netbase",
    "nftables",
    "procps",
    "python3",
    "strongswan-charon",
    "strongswan-swanctl",
)
"""What hubs, sites and services run."""
_OF_ROLES: Final = (*COMPLETE, "python3-apt")
"""What roles install, or Ansible for them."""
_MIRROR: Final = "http://deb.debian.org/debian"
_SHELF: Final = "var/lib/ksz-packages"
"""In a bare root: the packages that roles install, for a host without a network."""
_UNREAD: Final = ("man", "doc", "locale", "info")
_MAKE_LIMIT_S: Final = 3600


class Release(StrEnum):
    """A release of Debian that hubs may run."""

    BOOKWORM = "bookworm"
    TRIXIE = "trixie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """What the hosts of a lab run on: the machine's own root, or that of a release."""

    release: Release | None = None
    bare: bool = False
    """Whether the hubs have only what an installer leaves. `apt-get` finds what roles install."""

    def of_hubs(self) -> Path | None:
        """The root of each hub; None for the machine's own."""
        if self.release is None or not self.bare:
            return self.of_others()
        return make(self.release, BARE, shelf=_OF_ROLES)

    def of_others(self) -> Path | None:
        """The root of each other host; None for the machine's own."""
        return None if self.release is None else make(self.release, COMPLETE)

    def __str__(self) -> str:
        """What follows `lab up` to have them."""
        release = f"--root {self.release}" if self.release else "no --root"
        return f"{release} --bare" if self.bare else release


def versions(root: Path | None) -> str:
    """A digest of which of the hosts' packages *root* has, and of their versions."""
    status = (root or Path("/")) / "var/lib/dpkg/status"
    text = status.read_text(encoding="utf-8") if status.exists() else ""
    found = sorted(
        (fields["Package"], fields["Status"], fields["Version"])
        for fields in map(_fields, text.split("\n\n"))
        if fields.get("Package") in COMPLETE and "Version" in fields
    )
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _fields(paragraph: str) -> dict[str, str]:
    """The fields of a paragraph of dpkg's, each by its first line."""
    lines = (line.partition(": ") for line in paragraph.splitlines() if not line.startswith(" "))
    return {name: value for name, _, value in lines}


def make(release: Release, packages: tuple[str, ...], shelf: tuple[str, ...] = ()) -> Path:
    """The root of *release* with *packages* beside the essential ones, made the first time.

    Args:
        release: Which Debian.
        packages: What is installed.
        shelf: What `apt-get` may install later without a network.

    Raises:
        LabError: If it cannot be made.
    """
    recipe = f"{release} {' '.join(packages)} / {' '.join(shelf)}"
    place = _cache() / f"{release}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with _locked(place.with_suffix(".lock")):
        if not place.is_dir():
            fresh = place.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            _install(release, packages, shelf, fresh)
            if shelf:
                _index(fresh)
            fresh.rename(place)
    return place


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "ksz-netops/roots"


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(
    release: Release, packages: tuple[str, ...], shelf: tuple[str, ...], place: Path
) -> None:
    mirror = os.environ.get("KSZ_DEBIAN_MIRROR", _MIRROR)
    sources = (
        f"deb {mirror} {release} main\n"
        f"deb {mirror} {release}-updates main\n"
        f"deb {mirror}-security {release}-security main\n"
    )
    fetch = (
        f'mkdir -p "$1/{_SHELF}/partial" && chroot "$1" apt-get --yes --quiet --download-only'
        f" --no-install-recommends -o Dir::Cache::archives=/{_SHELF} install {' '.join(shelf)}"
    )
    command = [
        *("mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(packages)}"),
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in _UNREAD),
        *([f"--customize-hook={fetch}"] if shelf else []),
        *(release, str(place), "-"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, its arguments are ours
            command,
            input=sources,
            text=True,
            capture_output=True,
            check=False,
            timeout=_MAKE_LIMIT_S,
            umask=0o022,
            env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        )
    except FileNotFoundError as error:
        raise LabError(
            _refused(release, "no mmdebstrap", "`apt-get install mmdebstrap`")
        ) from error
    if done.returncode:
        shutil.rmtree(place, ignore_errors=True)
        said = " ".join(done.stderr.split())[-800:]
        fix = "name a mirror that answers in KSZ_DEBIAN_MIRROR, or set http_proxy"
        raise LabError(_refused(release, said, fix))


def _index(place: Path) -> None:
    """Makes the shelf the one source of `apt-get`."""
    shelf = place / _SHELF
    entries = []
    for file in sorted(shelf.glob("*.deb")):
        fields = subprocess.run(  # noqa: S603 - a fixed program on a file that apt checked
            ["/usr/bin/dpkg-deb", "--field", file], capture_output=True, text=True, check=True
        ).stdout
        content = file.read_bytes()
        entries.append(
            f"{fields}Filename: ./{file.name}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
        )
    (shelf / "Packages").write_text("\n".join(entries))
    shutil.rmtree(place / "etc/apt/sources.list.d", ignore_errors=True)
    (place / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:/{_SHELF} ./\n")


def _refused(release: Release, said: str, fix: str) -> Problem:
    return Problem(code="KSZ514", what=f"no root file system of {release}: {said}", fix=fix)
