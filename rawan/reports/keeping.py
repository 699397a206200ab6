"""How long reports are kept, who read them, and how they are deleted for good.

Owns the rows of `raw.reports` after they came in. A deleted report leaves its file, row
and the name of who deleted it, and nothing of what it said; the same file cannot bring it
back.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rawan.errors import UsageError
from rawan.review.items import (
    TABLE,
    PlaceQuestion,
    Question,
    SameEventQuestion,
    read_items,
    write_items,
)
from rawan.settings import Settings
from rawan.sources.dates import parse_interval
from rawan.sources.inbox import sheet_and_row
from rawan.warehouse import Warehouse

_LISTED = (
    'SELECT s.file, s.sheet, r."row", r.source_key, r.occurred_on, r.known_on, r.source_grade,'
    " r.information_grade, r.row_id, r.text, s.file_hash, f.is_current, f.obtained_on"
    " FROM raw.reports AS r JOIN raw.sheets AS s USING (sheet_id)"
    " JOIN raw.files AS f USING (file, file_hash)"
)

# Tables of the last run that may quote words of a report; whole, or by the report's row.
_QUOTING = ("text_types", "types", "dates", "place_cells")
_BY_ROW = ("read_reports", "reports", "alike", "revised", "corrected_reports")


@dataclass(frozen=True)
class KeptReport:
    """A report as it lies in the warehouse, without its text: only `read_report` gives that out.

    `name` is its file, sheet and row; of a content that a newer one of the same name replaced,
    with the beginning of the content's hash (inbox/laporan.csv@1f2e3d4c:12).
    """

    name: str
    number: str
    occurred_on: str
    known_on: str
    grade: str
    obtained_on: date
    file: str
    file_hash: str
    sheet: str | None
    row: int
    row_id: int


def list_reports(warehouse: Warehouse) -> list[KeptReport]:
    """Return every report that is kept, without its text."""
    return [_report(row)[0] for row in warehouse.rows(f"{_LISTED} ORDER BY ALL")]


def read_report(warehouse: Warehouse, name: str, reader: str, why: str) -> tuple[KeptReport, str]:
    """Return a report with its text, and write down who read it, and why, before that.

    Parameters
    ----------
    name : its file and row ("inbox/laporan.xlsx:12"), or its number.

    Raises
    ------
    UsageError
        If there is no such report, or the number stands for several.
    """
    report, text = _find(warehouse, name)
    log_reading(warehouse, report.name, reader, why)
    return report, text


def find_text(warehouse: Warehouse, name: str) -> str | None:
    """Return the text of a report by its file and row, None if it was deleted; logs nothing."""
    for row in warehouse.rows(f"{_LISTED} ORDER BY ALL"):
        report, text = _report(row)
        if report.name == name:
            return text
    return None


def log_reading(warehouse: Warehouse, report: str, reader: str, why: str) -> None:
    """Write down that a person read a report; nothing here is ever deleted."""
    warehouse.execute("INSERT INTO raw.access VALUES (?, ?, ?, ?)", [report, reader, why, _now()])


def readings(warehouse: Warehouse) -> list[str]:
    """Return every reading as a sentence, the newest first."""
    rows = warehouse.rows(
        "SELECT report, reader, why, read_at FROM raw.access ORDER BY read_at DESC, report"
    )
    return [f"{at:%Y-%m-%d %H:%M} UTC  {who} read {what} ({why})" for what, who, why, at in rows]


def delete_report(warehouse: Warehouse, name: str, by: str) -> KeptReport:
    """Delete a report, so that neither the warehouse nor its file can bring it back.

    The space that it took in the file is given up only when the warehouse is written anew
    (`rawan.warehouse.write_anew`).
    """
    report, _ = _find(warehouse, name)
    _forget(warehouse, [report], "deleted", by)
    return report


def expire_reports(warehouse: Warehouse, settings: Settings, today: date) -> list[KeptReport]:
    """Delete the reports that were kept for longer than the configuration allows.

    What counts is the day a report became known or, where it does not say, the day on
    which its file was obtained. The public record is public, and is not concerned.
    """
    last = today - timedelta(days=settings.reports.retention_days)
    reports = []
    for report in list_reports(warehouse):
        if not report.file.startswith("inbox/"):
            continue
        known = parse_interval(report.known_on)
        if (known[1] if known else report.obtained_on) < last:
            reports.append(report)
    _forget(warehouse, reports, "expired", "retention")
    return reports


def expired_lines(warehouse: Warehouse, settings: Settings) -> list[str]:
    """Delete the reports whose time is over, and say how many there were."""
    gone = expire_reports(warehouse, settings, datetime.now(UTC).date())
    days = settings.reports.retention_days
    return [f"deleted, since older than {days} days: {len(gone)} reports"] if gone else []


def _forget(warehouse: Warehouse, reports: list[KeptReport], reason: str, by: str) -> None:
    if not reports:
        return
    now = _now()
    with warehouse.transaction():
        for report in reports:
            warehouse.execute(
                "INSERT INTO raw.forgotten VALUES (?, ?, ?, ?, ?, ?)",
                [report.file_hash, report.sheet, report.row, reason, by, now],
            )
            warehouse.execute("DELETE FROM raw.reports WHERE row_id = ?", [report.row_id])
            warehouse.execute(
                "UPDATE raw.sheets SET rows = rows - 1 WHERE sheet_id = ?",
                [sheet_and_row(report.row_id)[0]],
            )
        _forget_what_was_read(warehouse, reports)


def _forget_what_was_read(warehouse: Warehouse, reports: list[KeptReport]) -> None:
    """Delete what the last run read out of these reports; the next run makes the rest anew."""
    for table in filter(warehouse.has_table, (f"staging.{name}" for name in _QUOTING)):
        warehouse.execute(f"DELETE FROM {table}")
    for table in filter(warehouse.has_table, (f"staging.{name}" for name in _BY_ROW)):
        warehouse.execute(
            f"DELETE FROM {table} WHERE list_contains(?, row_id)",
            [[report.row_id for report in reports]],
        )
    # Reasons may quote a name out of the text.
    for table in filter(warehouse.has_table, ("staging.answered", "staging.written_places")):
        warehouse.execute(f"UPDATE {table} SET reason = NULL WHERE fate <> 'placed'")
    if warehouse.has_table(TABLE):
        gone = {(report.file, report.row) for report in reports}
        write_items(
            warehouse,
            [item for item in read_items(warehouse) if not gone & _rows_of(item.question)],
        )


def _rows_of(question: Question) -> set[tuple[str, int]]:
    """Return the rows that a question quotes."""
    if isinstance(question, PlaceQuestion):
        return {(question.file, row) for row in question.first_rows}
    if isinstance(question, SameEventQuestion):
        return set()
    return {(question.file, question.row)}


def _find(warehouse: Warehouse, name: str) -> tuple[KeptReport, str]:
    found = [_report(row) for row in warehouse.rows(f"{_LISTED} ORDER BY ALL")]
    hits = [entry for entry in found if name and name in (entry[0].name, entry[0].number)]
    if not hits:
        raise UsageError(f'"{name}": there is no such report. List them: rawan report-data list')
    if len(hits) > 1:
        names = ", ".join(report.name for report, _ in hits)
        raise UsageError(f'"{name}" is the number of several reports: {names}. Give one of these.')
    return hits[0]


def _report(row: tuple[Any, ...]) -> tuple[KeptReport, str]:
    file, sheet, number, key, occurred, known, source, information, row_id, text, digest = row[:11]
    is_current, obtained_on = row[11:]
    whence = file if is_current else f"{file}@{digest[:8]}"
    where = f"{whence}:{sheet}:{number}" if sheet else f"{whence}:{number}"
    report = KeptReport(
        name=where,
        number=str(key or ""),
        occurred_on=str(occurred or ""),
        known_on=str(known or ""),
        grade=f"{source or 'F'}{information or '6'}",
        obtained_on=obtained_on,
        file=file,
        file_hash=digest,
        sheet=sheet,
        row=number,
        row_id=row_id,
    )
    return report, text or ""


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
