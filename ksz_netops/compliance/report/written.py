"""Reports as files: the end of a file's name says which, and a reader never meets half of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ksz_netops.borders.files import READABLE, replace_file
from ksz_netops.compliance.evidence import FOLDER, keep
from ksz_netops.compliance.history import opened
from ksz_netops.compliance.report import REPORTS
from ksz_netops.compliance.report.as_html import html_report
from ksz_netops.errors import KszError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.former import Former
    from ksz_netops.compliance.history import Taken, Violation
    from ksz_netops.compliance.report.names import Names

ENDINGS: Final[Mapping[str, str]] = {
    ".napalm.json": "napalm",
    ".json": "json",
    ".xml": "junit",
    ".prom": "openmetrics",
    ".csv": "csv",
    ".html": "html",
    ".txt": "text",
}
"""The format by the end of a file's name; the first that fits."""


def form_of(file: Path) -> str:
    """The format that the name of *file* asks for.

    Raises:
        KszError: If it asks for none.
    """
    for ending, form in ENDINGS.items():
        if file.name.endswith(ending):
            return form
    raise KszError(
        Problem(
            code="KSZ804",
            what=f"{file}: no report has a name that ends so",
            fix=f"let it end in one of {', '.join(ENDINGS)}",
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What a report for people may show beside the audit itself."""

    names: Names | None = None
    audits: tuple[Taken, ...] = ()
    violations: tuple[Violation, ...] = ()


def rendered(audit: Audit, form: str, background: Background) -> str:
    """*audit* in the format *form*."""
    if form == "html":
        return html_report(
            audit,
            names=background.names,
            audits=background.audits,
            violations=background.violations,
        )
    return REPORTS[form](audit)


def former_counts(history: Path | None) -> dict[str, Former]:
    """What the hubs had counted at the last audit in *history*; nothing where there is none.

    Raises:
        KszError: If the file is there and is no history.
    """
    if history is None or not history.exists():
        return {}
    with opened(history) as kept:
        return kept.counted()


def recorded(
    audit: Audit, history: Path | None, *, whole: bool, names: Names
) -> tuple[Background, KszError | None]:
    """Adds *audit* to *history*, and returns what that then says.

    What keeps it from being added is returned, too, since the reports come first.
    """
    background = Background(names=names)
    if history is None:
        return background, None
    try:
        with opened(history, create=True) as kept:
            kept.append(audit, whole=whole)
            told = replace(background, audits=kept.audits(), violations=kept.violations())
            return told, None
    except KszError as error:
        return background, error


def write_reports(audit: Audit, forms: Mapping[Path, str], background: Background) -> None:
    """Writes *audit* in each of *forms*, and beside each the evidence.

    Raises:
        KszError: If something cannot be written.
    """
    for folder in dict.fromkeys(file.parent for file in forms):
        keep(audit.evidence, folder / FOLDER)
    for file, form in forms.items():
        write_whole(file, rendered(audit, form, background))


def write_whole(file: Path, text: str) -> None:
    """Puts *text* into *file* at once, as a collector of metrics needs it.

    Raises:
        KszError: If it cannot be written there.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # A collector or a web server reads as another user.
        replace_file(file, text, mode=READABLE)
    except OSError as error:
        raise KszError(
            Problem(
                code="KSZ805",
                what=f"{file}: {error.strerror}",
                fix="name a file in a folder that may be written",
            )
        ) from error
