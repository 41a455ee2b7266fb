"""The page for people: whole without its script, safe with any text, right in a real browser."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from lxml import html

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.history import opened
from ksz_netops.compliance.report import REPORTS
from ksz_netops.compliance.report.as_html import html_report
from ksz_netops.compliance.report.names import Names
from support.big_hub import not_reached, sound
from support.sample_audit import AUDIT, CLEAN, EMPTY, NASTY, finding

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = shutil.which("chromium")
NEEDS_BROWSER = pytest.mark.skipif(
    BROWSER is None, reason="Debian's package chromium is not installed"
)
NAMES = Names(partners={"P00005": "<b>Fonds & Co</b>"}, methods={("P00005", "S1"): "internet, VPN"})


def page(audit: Audit = AUDIT, **more: object) -> html.HtmlElement:
    return html.document_fromstring(html_report(audit, **more))


@pytest.mark.parametrize("audit", [AUDIT, CLEAN, EMPTY], ids=["bad", "clean", "empty"])
def test_the_page_counts_and_lists_the_findings_of_the_audit(audit: Audit) -> None:
    document = page(audit)
    stated = {each.get("data-count"): int(each.text) for each in document.xpath("//*[@data-count]")}
    listed = Counter(document.xpath("//*[@data-finding]/@data-verdict"))

    assert stated == {str(verdict): count for verdict, count in audit.counts.items()}
    assert +Counter(stated) == listed


def test_an_audit_that_looked_at_nothing_is_not_shown_as_compliant() -> None:
    assert "not compliant" in page(EMPTY).findtext(".//title")
    assert "compliant" in page(CLEAN).findtext(".//title")
    assert "not compliant" not in page(CLEAN).findtext(".//title")


def test_texts_of_devices_and_partners_are_shown_and_never_become_markup() -> None:
    text = html_report(AUDIT, names=NAMES)
    document = html.document_fromstring(text)

    assert len(document.xpath("//script")) == 1
    assert not document.xpath("//b")
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in text
    assert "<b>Fonds & Co</b>" in document.text_content()


def test_the_page_loads_nothing_and_its_policy_forbids_all_but_its_own_script() -> None:
    document = page(names=NAMES)
    policy = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    loaded = document.xpath("//@src | //link/@href | //@action | //*[@style]")

    assert loaded == ["data:,"]
    assert all(link.startswith("#") for link in document.xpath("//a/@href"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_every_link_of_the_page_leads_to_a_place_on_it() -> None:
    document = page(names=NAMES)
    places = set(document.xpath("//@id"))

    assert len(places) == len(document.xpath("//@id"))
    assert {link.removeprefix("#") for link in document.xpath("//a/@href")} <= places


def test_each_bad_mark_of_the_matrix_leads_to_a_finding_of_its_partner_and_check() -> None:
    document = page()

    for link in document.xpath("//td/a"):
        target = document.get_element_by_id(link.get("href")[1:])
        check = link.text_content().rpartition(": ")[2]
        row = link.xpath("ancestor::tr")[0]
        partner, hub = row.find("th").text_content().split()[0], row.find("td").text

        assert target.find("h4").text_content().endswith(f": {check}")
        assert (hub if partner == "hub" else partner) in target.find("h4").text_content().split()[2]


def test_what_a_mark_means_is_also_said_in_words() -> None:
    for cell in page().xpath("//tbody/tr/td[contains(@class, 'cell')]"):
        words = cell.text_content()

        assert any(str(verdict).replace("_", " ") in words for verdict in Verdict)


def test_a_hub_with_many_partners_draws_each_that_is_wrong_and_counts_the_rest() -> None:
    findings = [
        finding(
            "filter",
            Verdict.VIOLATED if number < 20 else Verdict.COMPLIANT,
            partner=f"P{number:05}",
            reason="x" if number < 20 else "",
        )
        for number in range(1, 201)
    ]

    document = page(Audit.of(AUDIT.at, ("hub-bru-1",), findings))
    drawn = document.xpath("//svg//a/@aria-label")

    assert sum("violated" in each for each in drawn) == 19
    assert len(drawn) == 19 + 12
    assert "and 169 more with nothing wrong" in document.text_content()


def test_the_trend_has_every_audit_and_who_is_in_violation_since_when(tmp_path: Path) -> None:
    with opened(tmp_path / "history.sqlite", create=True) as history:
        for hours in (2, 1):
            earlier = Audit.of(AUDIT.at - timedelta(hours=hours), AUDIT.hubs, AUDIT.findings)
            history.append(earlier, whole=True)
        history.append(AUDIT, whole=True)
        text = page(audits=history.audits(), violations=history.violations()).text_content()

    assert "6 violated" in text
    assert text.count("2026-11-24 05:30+01:00") >= 2
    assert "In violation since" in text
    assert "it takes two audits" in page().text_content()


@pytest.mark.parametrize("audit", [not_reached(500), sound(500)], ids=["not reached", "sound"])
def test_the_page_of_a_hub_with_many_partners_stays_small_and_its_drawing_low(audit: Audit) -> None:
    text = html_report(audit)
    document = html.document_fromstring(text)

    assert len(text) < 100_000
    [height] = document.xpath("//svg[@class='extranet']/@height")
    assert int(height) < 1_000
    # Whoever searches for a partner finds it in a row, even where rows are folded.
    assert all(f"P{number:05} S1" in document.text_content() for number in range(1, 501))


def test_the_first_screen_answers_and_says_what_to_do() -> None:
    document = page(not_reached(500))

    said = [each.text_content() for each in document.xpath("//dl[@class='answers']/div/dd")]
    assert [each.split("\n")[0].strip() for each in said] == [
        "? not known 1 cause",
        "? not known 1 cause",
        "? not looked at",
    ]
    [first] = document.xpath("//ol[@class='first']/li")
    assert "hub-bru-1 was not reached" in first.text_content()
    assert first.xpath(".//code")[0].text.endswith("ksz-netops audit --hub hub-bru-1")


def test_html_is_one_of_the_formats() -> None:
    assert REPORTS["html"](AUDIT) == html_report(AUDIT)


def browsed(address: str, folder: Path) -> str:
    """The document at *address* after a real browser ran it."""
    flags = (
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}"),
    )
    return subprocess.run(  # noqa: S603 - a fixed program and our own page
        [str(BROWSER), *flags, "--virtual-time-budget=2000", "--dump-dom", address],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout


IN_A_TELEPHONE = """
<iframe src="audit.html" style="width: 360px; height: 900px"></iframe>
<script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument.documentElement;
  document.title = `${page.scrollWidth} of ${page.clientWidth}`;
};
</script>
"""


@NEEDS_BROWSER
def test_what_is_wide_scrolls_by_itself_and_the_page_stays_as_narrow_as_its_window(
    tmp_path: Path,
) -> None:
    (tmp_path / "audit.html").write_text(html_report(AUDIT, names=NAMES), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(IN_A_TELEPHONE, encoding="utf-8")

    title = html.document_fromstring(browsed(frame.as_uri(), tmp_path)).findtext(".//title")

    assert title is not None
    needed, _, there = title.partition(" of ")
    assert int(there) > 300
    assert needed == there


@NEEDS_BROWSER
def test_a_real_browser_runs_the_page_and_narrows_it_as_asked(tmp_path: Path) -> None:
    file = tmp_path / "audit.html"
    file.write_text(html_report(AUDIT, names=NAMES), encoding="utf-8")

    dumped = browsed(f"{file.as_uri()}?text=P00005&verdict=violated", tmp_path)
    document = html.document_fromstring(dumped)
    shown = document.xpath("//*[@data-finding][not(@hidden)]")

    assert document.get_element_by_id("filters").get("hidden") is None
    assert document.get_element_by_id("shown").text == "3 of 14 listed findings shown"
    assert {each.get("data-verdict") for each in shown} == {"violated"}
    assert all("P00005" in each.text_content() for each in shown)
    assert "second line" in document.text_content()
    assert NASTY.splitlines()[-1] in document.text_content()
