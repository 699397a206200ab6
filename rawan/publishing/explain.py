"""Why a village has its rank: reasons that sum to the score, and the incidents behind them.

Reads the latest published run, not the warehouse: what is explained is what was published.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from models.additive import INTERCEPT
from rawan.errors import RawanError, did_you_mean
from rawan.features import declared
from rawan.publishing.reasons import component_label, signed
from rawan.publishing.runs import latest_run
from rawan.publishing.texts import number, text
from rawan.settings import Language, Settings
from rawan.warehouse import open_warehouse


@dataclass(frozen=True)
class Explanation:
    """A village's rows of the latest run, one a hazard, and its incidents with their sources."""

    rows: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    reports: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        rows = [{**row, "components": json.loads(row["components"])} for row in self.rows]
        return {"lists": rows, "incidents": self.incidents, "reports": self.reports}

    def lines(self, lang: Language) -> list[str]:
        """Return it as lines for a terminal."""
        first = self.rows[0]
        lines = [
            f"{first['village_code']}  {first['village']}, {first['district']} ({first['polsek']})",
            f"{text('notes.run.term', lang)}: {first['run_id']}, {first['data_origin']}",
        ]
        for rows in _alike(self.rows):
            lines += ["", *_list_lines(rows, lang)]
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
        return lines


def explain(settings: Settings, code: str) -> Explanation:
    """Return the reasons of one village's ranks in the latest published run.

    Raises
    ------
    RawanError
        If nothing was published, or there is no such village; the message names the
        nearest code or, for a name, its codes.
    """
    folder = latest_run(settings.output.folder)
    ranking = pl.read_parquet(folder / "ranking.parquet")
    rows = ranking.filter(pl.col("village_code") == code)
    if rows.is_empty():
        named = ranking.filter(pl.col("village").str.to_lowercase() == code.strip().lower())
        if named.height:
            codes = ", ".join(named["village_code"].unique(maintain_order=True).to_list())
            raise RawanError(f'"{code}" is a name; villages are named by their code: {codes}.')
        raise RawanError(
            f'"{code}" is not the code of a village.{did_you_mean(code, ranking["village_code"])}'
        )
    incidents = pl.read_parquet(folder / "evidence.parquet").filter(pl.col("village_code") == code)
    used = rows["reports_used"].max()
    return Explanation(
        rows=rows.to_dicts(),
        incidents=incidents.sort("occurred_on", "source_url").to_dicts(),
        reports=_reports(settings, code, rows["cutoff"][0]) if used else [],
    )


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


def _alike(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the rows of one score together: stages that share the window's score."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["hazard"], row["components"]), []).append(row)
    return list(groups.values())


def _list_lines(rows: list[dict[str, Any]], lang: Language) -> list[str]:
    row = rows[0]
    components: dict[str, float] = json.loads(row["components"])
    stages = ", ".join(text(f"stage.{stage}", lang) for stage in (r["stage"] for r in rows))
    title = f"{text('hazard.' + row['hazard'], lang)} – {stages}"
    lines = [
        title,
        "  "
        + text("explain.rank", lang).format(
            rank=row["rank"],
            low=row["rank_low"],
            high=row["rank_high"],
            tied=row["tied_with"],
            baseline=row["baseline_rank"],
        ),
    ]
    if row["risk"] is not None:
        lines.append(
            "  "
            + text("explain.risk", lang).format(
                risk=number(100 * row["risk"], lang, 2), days=row["horizon_days"]
            )
        )
    if row["index"] is not None:
        lines.append("  " + text("explain.index", lang).format(index=number(row["index"], lang, 1)))
    if row["score_basis"] == "window":
        lines.append("  " + text("notes.window.meaning", lang))
    for name, value in sorted(components.items(), key=lambda item: (-abs(item[1]), item[0])):
        unit = "" if name == INTERCEPT else f" [{declared(name).unit}]"
        lines.append(f"  {signed(value, lang, 6):>15}  {component_label(name, lang)}{unit}")
    total = signed(sum(components.values()), lang, 6)
    shown = signed(row["score"], lang, 6)
    lines.append(f"  {total:>15}  = {text('explain.score', lang)} {shown}")
    return lines


def _when(incident: dict[str, Any]) -> str:
    first, last = incident["occurred_from"], incident["occurred_on"]
    return str(last) if first == last else f"{first}/{last}"


def _events(incidents: list[dict[str, Any]]) -> int:
    return len({incident["event_key"] for incident in incidents})
