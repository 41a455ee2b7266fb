from __future__ import annotations

import copy
import pickle

import pytest

from ksz_netops.state.addresses import read_address, read_interface, read_network
from ksz_netops.state.encoding import decode, encode
from ksz_netops.state.grammar import Fingerprint, InterfaceName, KeyBlob, Mac, Word, Words
from ksz_netops.state.resources import (
    CryptoProfile,
    E1Port,
    Entry,
    EthernetPort,
    Owner,
    PartnerFilter,
    Secret,
    SftpAccount,
    SshKey,
)

ZONED = ["2001:db8::1%x", "fe80::1%eth0", "2001:db8::1%", "2001:db8::2%\nconnections { }"]
OTHER_DIGITS = "\u0660\u0661\u0662\u0663\u0664"


@pytest.mark.parametrize("text", ZONED)
@pytest.mark.parametrize("length", ["", "/64", "/128"])
def test_no_address_prefix_or_interface_is_read_with_a_zone(text: str, length: str) -> None:
    for read in (read_address, read_interface, read_network):
        with pytest.raises(ValueError, match=r"zone|does not appear"):
            read(text + length)


@pytest.mark.parametrize(
    "text", ["192.0.2.\u0664", "192.0.2.1\n", " 192.0.2.1", "\uff1192.0.2.1", ""]
)
def test_an_address_has_nothing_around_it_and_no_digits_of_other_scripts(text: str) -> None:
    for read in (read_address, read_interface, read_network):
        with pytest.raises(ValueError, match=r"not|zone|none"):
            read(text)


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "a\nb", "a;b", "a'b", 'a"b', "a{b", "a$b", "a\\b", "a\x00", "é", "a`b"]
)
def test_a_word_holds_nothing_that_any_grammar_acts_on(text: str) -> None:
    with pytest.raises(ValueError, match="not a word"):
        Word(text)


def test_words_are_separated_by_one_blank_and_stay_on_one_line() -> None:
    assert Words("ip route 192.0.2.0") == "ip route 192.0.2.0"
    for text in ("a  b", " a", "a ", "a\tb", "a\nb", "a ! b"):
        with pytest.raises(ValueError, match="not words"):
            Words(text)


def test_no_resource_can_be_made_with_text_outside_its_grammar() -> None:
    profile = {"ike_lifetime_s": 1, "esp_lifetime_s": 1}
    wrong = [
        EthernetPort,
        E1Port,
        lambda text: Entry(way=EthernetPort("line1"), layer2=text),
        lambda text: Secret(name=text, fingerprint="0" * 16),
        lambda text: Secret(name="P00001-S1", fingerprint=text),
        lambda text: SshKey(text, "AAAA"),
        lambda text: SshKey("ssh-ed25519", text),
        lambda text: CryptoProfile(name=text, ike_proposals=(), esp_proposals=(), **profile),
        lambda text: CryptoProfile(name="a", ike_proposals=(text,), esp_proposals=(), **profile),
        lambda text: CryptoProfile(name="a", ike_proposals=(), esp_proposals=(text,), **profile),
        lambda text: SftpAccount(
            owner=Owner("KSZ-P00001-S1"),
            number=1,
            official=read_address("192.0.2.1"),
            keys=(),
            directories=(text,),
        ),
        Owner,
    ]
    for make in wrong:
        for text in ("", "a b", "x\ny", "x;y", 'x"y', OTHER_DIGITS, f"KSZ-P{OTHER_DIGITS}"):
            with pytest.raises(ValueError, match="not "):
                make(text)


def test_a_word_survives_copies_and_the_way_to_another_process() -> None:
    for word in (Mac("02:00:5e:00:53:01"), Fingerprint("0" * 16), KeyBlob("AAAA==")):
        assert type(pickle.loads(pickle.dumps(word))) is type(word)  # noqa: S301 - our own bytes
        assert type(copy.deepcopy(word)) is type(word)


def test_what_a_plan_says_is_read_with_the_same_grammars() -> None:
    entry = Entry(way=EthernetPort("line1"), layer2="02:00:5e:00:53:01")
    filter_ = PartnerFilter(
        owner=Owner("KSZ-P00001-S1"),
        official=read_address("2001:db8::1"),
        entries=(entry,),
        permits=(),
    )
    written = encode(filter_)
    assert decode(written) == filter_

    zoned = {**written, "official": "2001:db8::1%x"}
    [inner] = written["entries"]
    named = {**written, "entries": [{**inner, "way": {**inner["way"], "interface": "a\nb"}}]}
    for forged in (zoned, named):
        with pytest.raises(ValueError, match=r"not|zone|none"):
            decode(forged)


def test_the_name_of_an_interface_stays_a_word() -> None:
    assert isinstance(EthernetPort("line1").interface, InterfaceName)
