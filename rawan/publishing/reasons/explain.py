"""Why a village has its rank: reasons that sum to the score, and the incidents behind them.

Reads the latest published run, not the warehouse: what is explained is what was published.
What a list says of one village is gathered in `explain_list.py`.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from rawan.errors import RawanError, did_you_mean
from rawan.publishing.change.lines import change_line
from rawan.publishing.reasons.explain_list import Explained, explain_lists
from rawan.publishing.reasons.numbers import reason_numbers
from rawan.publishing.reasons.sentences import Teller
from rawan.publishing.reasons.words import contract
from rawan.publishing.runs import latest_run
from rawan.publishing.texts import text
from rawan.review.visible import visible
from rawan.settings import Language, Settings
from rawan.warehouse import open_warehouse

_CHANGES = ["village_code", "hazard", "rank_before", "rank_after", "by_time", "by_data", "by_model"]
_CHANGES += ["run_before", "cutoff_before"]
_REASONS = ["village_code", "hazard", "position", "group", "contribution", "relative", "is_told"]
_REASONS += ["scale", "member", "value", "typical", "is_filled", "is_family", "incidents"]
_REASONS += ["usual_incidents", "newest_from", "newest", "reports"]


@dataclass(frozen=True)
class Explanation:
    """What the latest run's lists say of a village, and its incidents with their sources."""

    lists: list[Explained]
    incidents: list[dict[str, Any]]
    reports: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return it for programs; sentences in both languages."""
        rows = [row for explained in self.lists for row in explained.as_json()]
        return {"lists": rows, "incidents": self.incidents, "reports": self.reports}

    def lines(self, lang: Language) -> list[str]:
        """Return it as lines for a terminal; nothing in them acts on it."""
        first = self.lists[0].rows[0]
        lines = [
            f"{first['village_code']}  {first['village']}, {first['district']} ({first['polsek']})",
            f"{text('notes.run.term', lang)}: {first['run_id']}, {first['data_origin']}",
        ]
        teller = Teller(contract(), lang)
        for explained in self.lists:
            lines += ["", *explained.lines(teller, lang)]
        lines += ["", text("explain.incidents", lang).format(number=_events(self.incidents))]
        for incident in self.incidents:
            lines.append(
                f"  {_when(incident)}  {incident['type']}  {incident['source_url'] or '–'}"
                f"  [{incident['file']}, {text('explain.row', lang)} {incident['row']},"
                f" sha256 {incident['file_hash'][:12]}]"
            )
        if self.reports:
            lines.append(text("explain.reports", lang).format(number=len(self.reports)))
        for report in self.reports:
            lines.append(
                f"  {report['occurred_on']}  {report['type'] or '–'}"
                f"  {report['source_grade']}{report['information_grade']}"
                f"  [{report['file']}, {text('explain.row', lang)} {report['row']}]"
            )
        if first["blind_spot"]:
            lines.append(text("notes.blind.meaning", lang))
        return [visible(line) for line in lines]


def explain(settings: Settings, code: str) -> Explanation:
    """Return the reasons of one village's ranks in the latest published run.

    Raises
    ------
    RawanError
        If nothing was published, a file of the run cannot be read, or there is no such village;
        the message names the nearest code or, for a name, its codes.
    """
    folder = latest_run(settings.output.private)
    ranking = _read(folder / "ranking.parquet")
    changes = _read_if_there(folder / "changes.parquet", _CHANGES)
    rows = ranking.filter(pl.col("village_code") == code)
    if rows.is_empty():
        raise RawanError(_not_there(code, ranking, changes))
    evidence = _read(folder / "evidence.parquet")
    reasons = _read_if_there(folder / "reasons.parquet", _REASONS)
    if reasons is None:
        # A run without a table of reasons has the numbers in its ranking, but no values.
        reasons = reason_numbers(ranking, None, evidence, {})
    incidents = evidence.filter(pl.col("village_code") == code)
    used = rows["reports_used"].max()
    return Explanation(
        lists=explain_lists(code, ranking, reasons, incidents, changes),
        incidents=incidents.sort("occurred_on", "source_url").to_dicts(),
        reports=_reports(settings, code, rows["cutoff"][0]) if used else [],
    )


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RawanError(
            f"{path}: cannot be read ({type(error).__name__}). The run was changed after it was "
            "published; make it anew with: rawan run"
        ) from error


def _read_if_there(path: Path, columns: list[str]) -> pl.DataFrame | None:
    if not path.exists():
        return None
    frame = _read(path)
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise RawanError(
            f"{path}: column {missing[0]} is missing. The run was published by another version; "
            "make it anew with: rawan run"
        )
    return frame


def _not_there(code: str, ranking: pl.DataFrame, changes: pl.DataFrame | None) -> str:
    """Return what to say of a code that is not on the list."""
    named = ranking.filter(pl.col("village").str.to_lowercase() == code.strip().lower())
    if named.height:
        codes = ", ".join(named["village_code"].unique(maintain_order=True).to_list())
        return f'"{code}" is a name; villages are named by their code: {codes}.'
    if changes is not None:
        gone = changes.filter((pl.col("village_code") == code) & pl.col("rank_after").is_null())
        for row in gone.head(1).iter_rows(named=True):
            return f'"{code}" is not on this list. {change_line(row, 0, "en")}.'
    return f'"{code}" is not the code of a village.{did_you_mean(code, ranking["village_code"])}'


def _reports(settings: Settings, code: str, cutoff: date) -> list[dict[str, Any]]:
    """Return dates and grades of the reports behind a score; their text stays where it is."""
    with open_warehouse(settings, is_read_only=True) as warehouse:
        return warehouse.frame(
            "SELECT k.occurred_on, k.known_on, k.type, k.source_grade,"
            " k.information_grade, s.file, s.sheet, k.row_id & 4294967295 AS row, s.file_hash"
            " FROM features.known_reports AS k"
            " JOIN raw.sheets AS s ON s.sheet_id = k.row_id >> 32"
            " WHERE k.village_code = ? AND k.cutoff = ? ORDER BY ALL",
            [code, cutoff],
        ).to_dicts()


def _when(incident: dict[str, Any]) -> str:
    first, last = incident["occurred_from"], incident["occurred_on"]
    return str(last) if first == last else f"{first}/{last}"


def _events(incidents: list[dict[str, Any]]) -> int:
    return len({incident["event_key"] for incident in incidents})
