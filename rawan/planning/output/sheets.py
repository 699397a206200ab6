"""The plan as a workbook in the form of a deployment table (`lampiran surat perintah`).

Owns which sheets there are and their rows. How a table becomes a sheet, with texts that cannot
act, is `rawan.publishing.paper.workbook_sheet`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from rawan.planning.output.escort_sheets import delays_table, routes_table
from rawan.planning.output.words import (
    SHOWN,
    heads,
    made_on,
    percent,
    plan_marks,
    summary,
    total_lines,
)
from rawan.planning.plan import Plan
from rawan.publishing.paper.workbook_sheet import Book, Cell, Column, Kind, Table
from rawan.publishing.texts import text
from rawan.settings import Language

_KINDS: Mapping[str, tuple[Kind, float]] = {
    "no": ("whole", 6),
    "stage": ("text", 18),
    "unit": ("wrap", 26),
    "officers": ("whole", 9),
    "polsek": ("text", 24),
    "district": ("text", 18),
    "village": ("wrap", 24),
    "tps": ("whole", 7),
    "class": ("text", 13),
    "task": ("text", 22),
    "day": ("date", 12),
    "team": ("text", 14),
    "post": ("text", 18),
    "km": ("number", 8),
    "note": ("wrap", 50),
    "officers_done": ("whole", 14),
    "village_code": ("text", 16),
    "plan_id": ("text", 24),
}


def write_plan_workbook(plan: Plan, path: Path) -> None:
    """Write a plan as a workbook; the same plan gives the same bytes.

    One sheet by sector, by unit and by day; more people with curve and stability; what is not
    covered and what gave way; assumptions; how to read it.
    """
    lang = plan.lang
    with Book(path, plan_marks(plan), made_on(plan), lang) as book:
        book.add(text("plan.sheet.sector", lang), by_sector(plan))
        book.add(text("plan.sheet.unit", lang), by_unit(plan))
        book.add(text("plan.sheet.day", lang), by_day(plan))
        book.add(text("plan.sheet.extra", lang), more_people(plan))
        book.add(text("plan.sheet.curve", lang), curve(plan))
        if plan.additional is not None:
            book.add(text("plan.sheet.stability", lang), stability(plan))
        if plan.escort is not None:
            book.add(text("plan.sheet.escort", lang), routes_table(plan.escort, lang))
            book.add(text("plan.sheet.delays", lang), delays_table(dict(plan.delays), lang))
        book.add(text("plan.sheet.open", lang), uncovered(plan))
        book.add(text("plan.sheet.assumptions", lang), assumed(plan))
        book.add(text("workbook.how_to_read", lang), how_to_read(plan))


def by_sector(plan: Plan) -> Table:
    """Return voting day by sector, each with its sum; posts and what is the region's come last."""
    lang = plan.lang
    day = plan.region.election.voting_day
    rows = plan.rows.filter(pl.col("day") == day)
    groups: list[tuple[str, pl.DataFrame]] = [
        (sector, rows.filter(pl.col("polsek") == sector))
        for sector in sorted(rows["polsek"].drop_nulls().unique())
    ]
    groups.append((text("plan.sheet.no_sector", lang), rows.filter(pl.col("polsek").is_null())))
    return _grouped(plan, [(name, frame) for name, frame in groups if frame.height], ("no", *SHOWN))


def by_unit(plan: Plan) -> Table:
    """Return what each unit has and gives, by day and task."""
    lang = plan.lang
    has = {unit.name: unit.officers for unit in plan.resources.units}
    if plan.totals["officers_extra"]:
        has[text("plan.extra_unit", lang)] = plan.resources.extra_officers
    used = plan.rows.group_by("unit", "day", "stage", "task").agg(
        pl.col("officers").sum(), pl.col("team").n_unique().alias("teams"), pl.col("tps").sum()
    )
    columns = _columns(
        lang,
        ("unit", "wrap", 34),
        ("has", "whole", 10),
        ("day", "date", 12),
        ("stage", "text", 22),
        ("task", "text", 26),
        ("officers", "whole", 10),
        ("teams", "whole", 8),
        ("tps", "whole", 8),
    )
    rows: list[list[Cell]] = []
    headed = set()
    for unit in sorted(has):
        mine = used.filter(pl.col("unit") == unit).sort("day", "task")
        headed.add(len(rows))
        rows.append([unit, has[unit], None, None, None, None, None, None])
        rows += [
            [
                unit,
                None,
                row["day"],
                text(f"stage.{row['stage']}", lang),
                text(f"plan.task.{row['task']}", lang),
                row["officers"],
                row["teams"],
                row["tps"] or None,
            ]
            for row in mine.iter_rows(named=True)
        ]
    return Table(columns, rows, heads=frozenset(headed))


def by_day(plan: Plan) -> Table:
    """Return every row of the plan by day, with room for what was really done."""
    lang = plan.lang
    groups = [
        (f"{day:%Y-%m-%d} {text(f'stage.{stage}', lang)}", frame)
        for (day, stage), frame in plan.rows.partition_by(
            "day", "stage", as_dict=True, maintain_order=True
        ).items()
    ]
    note = text("plan.sheet.fill_in", lang)
    # The last two are for the program that reads what was filled in; they are not printed.
    table = _grouped(plan, groups, ("no", "stage", *SHOWN, "village_code", "plan_id"), note)
    return replace(table, printed=len(table.columns) - 2)


def more_people(plan: Plan) -> Table:
    """Return the plan for more people beside simple rules; what the next ten buy otherwise."""
    lang = plan.lang
    columns = _columns(
        lang,
        ("name", "wrap", 44),
        ("faced", "effect", 12),
        ("low", "effect", 12),
        ("high", "effect", 12),
        ("gain", "effect", 14),
        ("better", "share", 14),
    )
    if plan.additional is None:
        return Table(columns, [], empty=text("plan.sheet.no_extra", lang))
    rows: list[list[Cell]] = [
        [
            r["name"],
            r["faced"],
            r["faced_low"],
            r["faced_high"],
            r["plan_gains"],
            r["plan_is_better"],
        ]
        for r in plan.additional.comparison.iter_rows(named=True)
    ]
    return Table(columns, rows, note=text("plan.sheet.extra_note", lang))


def curve(plan: Plan) -> Table:
    """Return what so many more officers face, and what the next ten buy."""
    columns = _columns(
        plan.lang,
        ("officers", "whole", 12),
        ("faced", "effect", 14),
        ("low", "effect", 12),
        ("high", "effect", 12),
        ("next_ten", "effect", 18),
    )
    rows: list[list[Cell]] = [
        [r["officers"], r["faced"], r["low"], r["high"], r["next_ten"]]
        for r in plan.curve.iter_rows(named=True)
    ]
    return Table(columns, rows)


def stability(plan: Plan) -> Table:
    """Return the villages that get more people, or could have, and in how many draws."""
    columns = _columns(
        plan.lang,
        ("village", "text", 26),
        ("village_code", "text", 16),
        ("polsek", "text", 26),
        ("teams", "whole", 10),
        ("chosen", "share", 14),
        ("expected", "effect", 14),
        ("low", "effect", 12),
        ("high", "effect", 12),
    )
    assert plan.additional is not None  # noqa: S101 - the caller looked
    rows: list[list[Cell]] = [
        [
            *(r["village"], r["village_code"], r["polsek"], r["teams"], r["chosen"]),
            *(r["expected"], r["low"], r["high"]),
        ]
        for r in plan.additional.stability.iter_rows(named=True)
    ]
    return Table(columns, rows, note=text("plan.sheet.stability_note", plan.lang))


def uncovered(plan: Plan) -> Table:
    """Return what gave way, and what the plan does not cover."""
    lang = plan.lang
    rows = [
        *([text("plan.kind.gave_way", lang), said] for said in plan.gave_way),
        *([text("plan.kind.unmet", lang), said] for said in plan.unmet),
    ]
    if not plan.gave_way:
        rows.insert(0, [text("plan.kind.gave_way", lang), text("plan.nothing_gave_way", lang)])
    return Table(_columns(lang, ("kind", "text", 22), ("said", "wrap", 110)), rows)


def assumed(plan: Plan) -> Table:
    """Return the assumptions."""
    rows: list[list[Cell]] = [[n, said] for n, said in enumerate(plan.assumptions, start=1)]
    return Table(_columns(plan.lang, ("no", "whole", 6), ("said", "wrap", 120)), rows)


def how_to_read(plan: Plan) -> Table:
    """Return what the plan is for, its totals, and what it is held against."""
    lang = plan.lang
    rows: list[list[Cell]] = []
    if plan.is_simulation:
        rows.append(["SIMULASI", text("brief.simulation", lang)])
    rows += [
        [text("plan.about.status", lang), text("plan.draft", lang)],
        [text("notes.purpose.term", lang), text("plan.purpose", lang)],
        [text("workbook.about.not_for", lang), text("not_for.sentence", lang)],
        [text("plan.about.title", lang), plan.resources.title],
        [text("plan.about.election", lang), plan.region.election.names[lang]],
        [text("plan.about.pattern", lang), f"{plan.pattern.name} ({plan.pattern.source})"],
        [text("plan.about.run", lang), plan.run.run_id],
        [text("plan.about.plan", lang), plan.plan_id],
    ]
    rows += [[text("plan.about.summary", lang), said] for said in summary(plan)]
    rows += [[term, str(value)] for term, value in total_lines(plan)]
    rows += [
        [row["name"], percent(row["covered"], lang)]
        for row in plan.voting.beside.iter_rows(named=True)
    ]
    rows.append([text("plan.about.checked", lang), text("plan.about.checked_meaning", lang)])
    return Table(_columns(lang, ("kind", "wrap", 40), ("said", "wrap", 110)), rows)


def _grouped(
    plan: Plan, groups: Iterable[tuple[str, pl.DataFrame]], names: tuple[str, ...], note: str = ""
) -> Table:
    """Return rows in groups, each headed by its sum, and a sum of all at the end."""
    lang = plan.lang
    titles = heads(lang)
    columns = [Column(titles[name], *_KINDS[name]) for name in names]
    rows: list[list[Cell]] = []
    headed = set()
    officers = tps = 0
    for title, frame in groups:
        at_tps = frame.filter(pl.col("task") == "tps")
        sums = {"officers": int(frame["officers"].sum()), "tps": int(at_tps["tps"].sum())}
        officers, tps = officers + sums["officers"], tps + sums["tps"]
        headed.add(len(rows))
        rows.append(_sum_row(names, title, sums))
        number, last = 0, None
        for row in frame.iter_rows(named=True):
            number += (row["day"], row["team"]) != last
            last = (row["day"], row["team"])
            rows.append([_cell(name, row, number, lang) for name in names])
    headed.add(len(rows))
    whole = {"officers": officers, "tps": tps}
    rows.append(_sum_row(names, text("plan.total.all", lang), whole))
    return Table(columns, rows, note=note, heads=frozenset(headed))


def _sum_row(names: tuple[str, ...], title: str, sums: Mapping[str, int]) -> list[Cell]:
    row: list[Cell] = [sums.get(name) for name in names]
    row[names.index("unit")] = title
    return row


def _cell(name: str, row: Mapping[str, Any], number: int, lang: Language) -> Cell:
    value: Cell = row.get(name)
    if name == "no":
        return number
    if name in ("officers", "tps"):
        return value or None  # a team's people stand in its first row
    if name == "stage":
        return text(f"stage.{value}", lang)
    if name == "task":
        return text(f"plan.task.{value}", lang)
    if name == "class":
        return None if value is None else text(f"plan_rules.class.{value}", lang)
    return value


def _columns(lang: Language, *columns: tuple[str, Kind, float]) -> list[Column]:
    return [Column(text(f"plan.column.{name}", lang), kind, width) for name, kind, width in columns]
