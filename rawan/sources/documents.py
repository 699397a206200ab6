"""Reports that arrive as documents: DOCX, PDF and plain text become rows of the reports form.

Owns the columns of such rows, which are those of the project's own form for reports
(`data/mappings/reports.toml`). How a document is opened is in `rawan.sources.document_text`, what
its lines mean in `rawan.sources.report_form`. The reporter and the source never leave these
three: a row has no cell for them, and the text is without their lines.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from rawan.errors import RawanError, TemporaryError
from rawan.settings import Limits
from rawan.sources.document_text import READABLE_DOCUMENTS, document_lines
from rawan.sources.report_form import Report, read_reports
from rawan.sources.sheet import Damaged, Sheet

__all__ = ["COLUMNS", "READABLE_DOCUMENTS", "read_document", "read_document_bytes"]

COLUMNS = (
    "nomor",
    "tanggal",
    "tanggal_diketahui",
    "kecamatan",
    "desa",
    "nilai_sumber",
    "nilai_informasi",
    "isi",
)


def read_document(path: Path, limits: Limits) -> Iterator[Sheet]:
    """Yield the one sheet of a document: a row a report, numbered from 1 in their order.

    A report that cannot be taken (a date that is none, a grade that is none, no text) is told in
    the sheet's `damaged`.

    Raises
    ------
    RawanError
        If the document cannot be read; the message names the file and the way out.
    """
    try:
        size = path.stat().st_size
        if size > limits.file_mb * 1024 * 1024:
            raise RawanError(
                f"{path}: has {size // 1024 // 1024} MB; the limit is {limits.file_mb} "
                "([limits] file_mb). Split it, or save it without pictures."
            )
        data = path.read_bytes()
    except OSError as error:
        raise TemporaryError(f"{path}: cannot be read ({error.strerror}).") from error
    yield read_document_bytes(data, path.suffix.lower(), limits, str(path))


def read_document_bytes(data: bytes, suffix: str, limits: Limits, where: str = "document") -> Sheet:
    """Return the sheet of a document whose content is `data` (see `read_document`).

    `suffix` is one of `READABLE_DOCUMENTS`; `where` begins every message.
    """
    lines = document_lines(data, suffix, limits, where)
    reports = read_reports(lines.lines, lines.is_wrapped)
    if len(reports) > limits.rows:
        raise RawanError(
            f"{where}: holds {len(reports)} reports; the limit is {limits.rows} ([limits] rows)."
        )
    rows = [(number, report, _problem(report, limits)) for number, report in enumerate(reports, 1)]
    frame = pl.DataFrame(
        {
            "row": pl.Series([n for n, _, problem in rows if not problem], dtype=pl.Int64),
            **_cells([report for _, report, problem in rows if not problem]),
        }
    )
    damaged = [Damaged(number, problem) for number, _, problem in rows if problem]
    return Sheet(None, COLUMNS, iter([frame] if len(frame) else []), damaged)


def _problem(report: Report, limits: Limits) -> str:
    if report.problem:
        return f"The report cannot be taken: {report.problem} Mend the document and drop it again."
    if len(report.text) > limits.cell_characters:
        return (
            f"The report has {len(report.text)} characters; the limit is "
            f"{limits.cell_characters} ([limits] cell_characters)."
        )
    return ""


def _cells(reports: list[Report]) -> dict[str, pl.Series]:
    rows = [
        (
            report.number,
            report.occurred,
            report.known,
            ";".join(report.districts),
            ";".join(report.villages),
            report.source_grade,
            report.information_grade,
            report.text,
        )
        for report in reports
    ]
    return {
        name: pl.Series([row[i].strip() or None for row in rows], dtype=pl.String)
        for i, name in enumerate(COLUMNS)
    }
