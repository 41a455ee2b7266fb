"""How routers of several kinds show themselves, as far as others' captures tell.

A profile adds to what the emulated router holds the lines that such a router shows by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PORT: Final = re.compile(r"interface [A-Za-z]+(?:Ethernet|GigE)[\d/]+")
_CERTIFICATE: Final = """\
crypto pki trustpoint TP-self-signed-1
 enrollment selfsigned
 subject-name cn=IOS-Self-Signed-Certificate-1
 revocation-check none
 rsakeypair TP-self-signed-1
 hash sha256
!
crypto pki certificate chain TP-self-signed-1
"""
_BODY: Final = """\
 certificate self-signed 01
  30820330 30820218 A0030201 02020101 300D0609 2A864886 F70D0101 05050030
  20E8B4C3 59D1CCF4 0D4CA9C0 FB7640BF 51CCD1EB DC703175 EEF1D486 B26B2595
  B48E0611 D883E166 84EA51C8 66EBEC90 2A99D802
  \tquit
"""
_BY_FILE: Final = " certificate self-signed 01 nvram:IOS-Self-Sig#1.cer\n"
_VERSION: Final = """\
Cisco IOS XE Software, Version {padded}
Cisco IOS Software [{train}], {image}, Version {version}, RELEASE SOFTWARE (fc3)
Technical Support: http://www.example.com/
{host} uptime is 2 weeks, 1 day, 3 hours, 4 minutes
Uptime for this control processor is 2 weeks, 1 day, 3 hours, 6 minutes
System returned to ROM by reload
System image file is "bootflash:packages.conf"
Last reload reason: reload

{licence}
cisco {model} processor with 3763047K/6147K bytes of memory.
Processor board ID EMULATED001
Router operating mode: Autonomous
Configuration register is 0x2102
"""
_LEVELS: Final = "License Level: network-advantage\nAddon License Level: dna-advantage\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of router."""

    name: str
    release: str
    """As a configuration writes it, `17.9`."""
    version: str
    """As `show version` writes it, `17.9.4a`."""
    padded: str
    train: str
    image: str
    model: str
    licence: str = _LEVELS
    at_top: str = ""
    """Statements that the router shows by itself."""
    on_ports: tuple[str, ...] = ("negotiation auto",)
    """Lines that each of its ports shows."""
    has_certificate: bool = False
    counts_quarters: bool = True
    """Whether an E1 controller shows the quarters of an hour that are over."""
    is_saved: bool = True
    """Whether it has a startup configuration before anybody saves one."""

    def show_version(self, host: str) -> str:
        """What `show version` answers."""
        return _VERSION.format(
            host=host,
            padded=self.padded,
            train=self.train,
            image=self.image,
            version=self.version,
            licence=self.licence,
            model=self.model,
        )

    def dressed(self, text: str, *, saved: bool) -> str:
        """The configuration *text* with what such a router shows besides."""
        shown = [f"version {self.release}", *self.at_top.splitlines()]
        if self.has_certificate:
            shown += f"{_CERTIFICATE}{_BY_FILE if saved else _BODY}".splitlines()
        port = False
        for line in text.splitlines():
            if port and not line.startswith(" "):
                shown += [f" {each}" for each in self.on_ports]
            port = _PORT.fullmatch(line) is not None or (port and line.startswith(" "))
            if not (port and line[1:] in self.on_ports):
                shown.append(line)
        return "\n".join([*shown, ""])


PLAIN: Final = Profile(
    name="C8300 17.9",
    release="17.9",
    version="17.9.4a",
    padded="17.09.04a",
    train="Cupertino",
    image="c8000be Software",
    model="C8300-1N1S-4T2X (1RU)",
    on_ports=(),
)
PROFILES: Final = (
    PLAIN,
    Profile(
        name="C8000V 17.13",
        release="17.13",
        version="17.13.1a",
        padded="17.13.01a",
        train="IOSXE",
        image="Virtual XE Software (X86_64_LINUX_IOSD-UNIVERSALK9-M)",
        model="C8000V (VXE)",
        at_top=(
            "service timestamps debug datetime msec\nplatform qfp utilization monitor load 80\n"
            "platform sslvpn use-pd\nmemory free low-watermark processor 63709\n"
            "subscriber templating\nmultilink bundle-name authenticated\n"
            "license udi pid C8000V sn EMULATED001\npae"
        ),
        on_ports=("negotiation auto", "no mop enabled", "no mop sysid"),
        has_certificate=True,
    ),
    Profile(
        name="ISR4331 17.6",
        release="17.6",
        version="17.6.5",
        padded="17.06.05",
        train="Bengaluru",
        image="ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M)",
        model="ISR4331/K9 (1RU)",
        licence=(
            "Technology Package License Information:\n\n"
            "Technology    Technology-package           Technology-package\n"
            "              Current       Type           Next reboot\n"
            "security         securityk9       Smart License    securityk9\n"
        ),
        at_top=(
            "subscriber templating\nvlan internal allocation policy ascending\n"
            "multilink bundle-name authenticated\nredundancy\n mode none\n"
            "interface Vlan1\n no ip address\n shutdown"
        ),
        on_ports=("negotiation auto", "no ip redirects", "no cdp enable"),
        has_certificate=True,
        counts_quarters=False,
    ),
    Profile(
        name="C8300 17.9, fresh",
        release="17.9",
        version="17.9.4a",
        padded="17.09.04a",
        train="Cupertino",
        image="c8000be Software",
        model="C8300-1N1S-4T2X (1RU)",
        licence="License Level: \nAddon License Level: \n",
        is_saved=False,
    ),
)
"""What is known, by its name."""
