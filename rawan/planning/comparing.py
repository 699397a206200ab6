"""Two plans side by side: what changed in people, teams, objective and what gives way.

Owns the comparison; a plan may be one just made, or one of the folder of plans.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rawan.errors import RawanError
from rawan.planning.output.files import PLAN, plan_told
from rawan.planning.output.words import percent
from rawan.planning.plan import Plan
from rawan.publishing.texts import number, text
from rawan.settings import Language

_VOTING = ("tps", "reserve", "extra")


@dataclass(frozen=True)
class Side:
    """One of the plans: what its `plan.json` says, and its rows."""

    told: Mapping[str, Any]
    rows: pl.DataFrame


@dataclass(frozen=True)
class Changed:
    """A number of people that differs; `task` is empty for all tasks of voting day."""

    name: str
    first: int
    second: int


@dataclass(frozen=True)
class Comparison:
    """What changed from the first plan to the second.

    Attributes
    ----------
    by_polsek, by_unit : people of voting day where they differ, by name.
    kept_teams, new_teams, gone_teams : teams at TPS by the places, TPS and people that they have.
    other_units : teams that stay, with people of another unit.
    gave_way, no_longer, open, closed : sentences of one side alone.
    faced : expected incidents faced by all at TPS and by more people, if there are any.
    """

    plan_ids: tuple[str, str]
    totals: tuple[tuple[str, int, int], ...]
    by_polsek: tuple[Changed, ...]
    by_unit: tuple[Changed, ...]
    kept_teams: int
    new_teams: int
    gone_teams: int
    other_units: int
    objective: tuple[float, float]
    bound: tuple[float, float]
    faced: tuple[float, float]
    gave_way: tuple[str, ...]
    no_longer: tuple[str, ...]
    newly_open: tuple[str, ...]
    no_longer_open: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Return whether nothing changed."""
        return not (
            self.by_polsek
            or self.by_unit
            or self.new_teams
            or self.gone_teams
            or self.other_units
            or self.gave_way
            or self.no_longer
            or any(first != second for _, first, second in self.totals)
        )

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON."""
        told: dict[str, Any] = dict(vars(self))
        for name in ("by_polsek", "by_unit"):
            told[name] = [vars(one) for one in getattr(self, name)]
        return told | {"is_same": self.is_same}

    def lines(self, lang: Language) -> list[str]:
        """Return it as lines for a terminal."""
        said = [
            text("plan.compare.title", lang).format(first=self.plan_ids[0], second=self.plan_ids[1])
        ]
        if self.is_same:
            return [*said, text("plan.compare.same", lang)]
        rows = [
            (text(f"plan.total.{name}", lang), str(first), str(second), f"{second - first:+d}")
            for name, first, second in self.totals
            if first != second
        ]
        rows.append(
            (
                text("plan.compare.objective", lang),
                percent(self.objective[0], lang),
                percent(self.objective[1], lang),
                "",
            )
        )
        if self.faced[0] != self.faced[1]:
            rows.append(
                (
                    text("plan.compare.faced", lang),
                    number(self.faced[0], lang, 3),
                    number(self.faced[1], lang, 3),
                    "",
                )
            )
        for changes in (self.by_polsek, self.by_unit):
            rows += [
                (c.name, str(c.first), str(c.second), f"{c.second - c.first:+d}") for c in changes
            ]
        said += _table(
            [("", text("plan.compare.first", lang), text("plan.compare.second", lang), ""), *rows]
        )
        said.append(
            text("plan.compare.teams", lang).format(
                kept=self.kept_teams,
                new=self.new_teams,
                gone=self.gone_teams,
                units=self.other_units,
            )
        )
        for key in ("gave_way", "no_longer", "newly_open", "no_longer_open"):
            said += [f"{text(f'plan.compare.{key}', lang)}: {one}" for one in getattr(self, key)]
        return said


def side_of(plan: Plan) -> Side:
    """Return a plan just made as one side."""
    return Side(plan_told(plan), plan.rows)


def read_side(folder: Path) -> Side:
    """Return a plan of the folder of plans as one side.

    Raises
    ------
    RawanError
        If it cannot be read.
    """
    try:
        told = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        return Side(told, pl.read_parquet(folder / "plan.parquet"))
    except (OSError, ValueError, pl.exceptions.PolarsError):
        raise RawanError(f"{folder}: cannot be read as a plan. Make it anew: rawan plan") from None


def compare_plans(first: Side, second: Side) -> Comparison:
    """Return what changed from one plan to the other."""
    teams = [_teams(side.rows) for side in (first, second)]
    shapes = [Counter(shape for shape, _ in one) for one in teams]
    kept = shapes[0] & shapes[1]
    both = Counter(teams[0]) & Counter(teams[1])
    sentences = {
        name: (list(first.told[name]), list(second.told[name]))
        for name in ("gave_way", "not_covered")
    }
    return Comparison(
        plan_ids=(first.told["plan_id"], second.told["plan_id"]),
        totals=tuple(
            (name, int(first.told["totals"][name]), int(value))
            for name, value in second.told["totals"].items()
            if name in first.told["totals"]
        ),
        by_polsek=_people(first.rows, second.rows, "polsek"),
        by_unit=_people(first.rows, second.rows, "unit"),
        kept_teams=kept.total(),
        new_teams=(shapes[1] - kept).total(),
        gone_teams=(shapes[0] - kept).total(),
        other_units=kept.total() - both.total(),
        objective=(first.told["objective"], second.told["objective"]),
        bound=(first.told["bound"], second.told["bound"]),
        faced=(_faced(first), _faced(second)),
        gave_way=_without(sentences["gave_way"][1], sentences["gave_way"][0]),
        no_longer=_without(*sentences["gave_way"]),
        newly_open=_without(sentences["not_covered"][1], sentences["not_covered"][0]),
        no_longer_open=_without(*sentences["not_covered"]),
    )


Shape = tuple[tuple[str, str, int], ...]


def _teams(rows: pl.DataFrame) -> list[tuple[Shape, tuple[tuple[str, int], ...]]]:
    """Return each team at TPS: its places with class and TPS, and its people by unit."""
    places: dict[str, list[tuple[str, str, int]]] = {}
    people: dict[str, Counter[str]] = {}
    for row in rows.filter(pl.col("task") == "tps").iter_rows(named=True):
        if row["tps"]:
            places.setdefault(row["team"], []).append((row["place"], row["class"], row["tps"]))
        people.setdefault(row["team"], Counter())[row["unit"]] += row["officers"]
    return [
        (tuple(sorted(found)), tuple(sorted(people[team].items())))
        for team, found in sorted(places.items())
    ]


def _people(first: pl.DataFrame, second: pl.DataFrame, by: str) -> tuple[Changed, ...]:
    sums = [
        dict(
            rows.filter(pl.col("task").is_in(_VOTING) & pl.col(by).is_not_null())
            .group_by(by)
            .agg(pl.col("officers").sum())
            .iter_rows()
        )
        for rows in (first, second)
    ]
    return tuple(
        Changed(name, sums[0].get(name, 0), sums[1].get(name, 0))
        for name in sorted({*sums[0], *sums[1]})
        if sums[0].get(name, 0) != sums[1].get(name, 0)
    )


def _faced(side: Side) -> float:
    rows = side.told.get("more_people") or []
    found = [row["faced"] for row in rows if row["way"] == "plan"]
    return float(found[0] if found else side.told["curve"][0]["faced"])


def _without(said: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    known = set(others)
    return tuple(one for one in said if one not in known)


def _table(rows: list[tuple[str, str, str, str]]) -> list[str]:
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        f"  {a:<{wide[0]}}  {b:>{wide[1]}}  {c:>{wide[2]}}  {d:>{wide[3]}}".rstrip()
        for a, b, c, d in rows
    ]
