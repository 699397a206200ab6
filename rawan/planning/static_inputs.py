"""What the static plan is made from: units, posts, pins, options, and the TPS table checked.

Owns their form and every mistake that can be seen before planning. The planner's file and the
making of the TPS table are left to others; here values arrive as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.teams import Effort
from rawan.errors import RawanError, did_you_mean

CLASSES = ("kurang_rawan", "rawan", "sangat_rawan", "khusus")
GIVES_WAY = ("reserve", "travel_limit", *(f"ratio_{name}" for name in CLASSES))
NEEDED = {
    "place": pl.String,
    "village_code": pl.String,
    "village": pl.String,
    "district_code": pl.String,
    "district": pl.String,
    "polsek": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "class": pl.String,
    "tps": pl.Int64,
}
MOST_TPS = 10_000  # of one class in one place; more is a slip of the pen
MOST_OFFICERS = 100_000
Ratios = Mapping[str, tuple[int, int]]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class PlanImpossible(RawanError):
    """The rules cannot be kept with these people; `rule`, `place` and `shortfall` say where."""

    def __init__(self, sentence: str, rule: str, place: str, shortfall: int) -> None:
        super().__init__(sentence)
        self.rule, self.place, self.shortfall = rule, place, shortfall


@dataclass(frozen=True)
class Unit:
    """A unit, its officers, its home in degrees, and the polsek whose sector is its own."""

    name: str
    officers: int
    lat: float
    lon: float
    sector: str | None = None


@dataclass(frozen=True)
class Post:
    """A candidate for an advance post; a fixed one is opened in any case."""

    name: str
    lat: float
    lon: float
    is_fixed: bool = False


@dataclass(frozen=True)
class Pin:
    """A choice of the planner: a unit gives so many officers to a place (code) or a polsek.

    Officers of a team count for every place that the team covers.
    """

    unit: str
    place: str
    officers: int
    kind: Literal["at_least", "exactly"] = "at_least"


@dataclass(frozen=True)
class Options:
    """The planner's limits.

    Attributes
    ----------
    limit_km : between any two places of a team, by road.
    detour_factor : kilometres of road for one in a straight line.
    roads : kilometres by road between two places where they are known; infinite if closed.
    most_places : that one team covers; minimum cover may ask for fewer.
    least_officers_a_place : minimum cover: a team of o officers covers at most
        o // least_officers_a_place places. 0 asks only that a team covers every TPS.
    reserve_officers, reserve_minutes, speed_kmh, most_posts, least_at_post : the reserve.
    gives_way : rules that give way if people are too few, the first one first.
    limit_most_km, limit_step_km : how far the travel limit may give way, and in which steps.
    units_are_bound : officers of a polsek stay in its sector. Otherwise one who leaves it counts
        `away_km` kilometres more, so that a sector's own come first.
    split_km : what a team from more than one unit counts, in officer-kilometres.
    """

    day: date
    stage: str = "voting"
    pattern: str = ""
    limit_km: float = 5.0
    detour_factor: float = 1.4
    roads: Mapping[tuple[str, str], float] = field(default_factory=dict)
    most_places: int = 4
    least_officers_a_place: int = 1
    reserve_officers: int = 0
    reserve_minutes: float = 30.0
    speed_kmh: float = 30.0
    most_posts: int = 3
    least_at_post: int = 1
    gives_way: tuple[str, ...] = ()
    limit_most_km: float = 10.0
    limit_step_km: float = 1.0
    units_are_bound: bool = False
    away_km: float = 25.0
    split_km: float = 5.0
    pins: tuple[Pin, ...] = ()
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True)
class Spots:
    """The places of the TPS table in order of their codes, as arrays.

    `rows` is the row of the table that describes each; `group` is the sector of places that may
    share a team, and -1 for a place behind water or known by its kecamatan only.
    """

    rows: tuple[dict[str, object], ...]
    code: tuple[str, ...]
    lat: Floats
    lon: Floats
    sectors: tuple[str, ...]
    sector: Ints
    group: Ints
    tps: dict[str, Ints]
    weight: Floats

    @property
    def all_tps(self) -> Ints:
        """TPS of every class together."""
        return np.asarray(sum(self.tps.values()))


def check_inputs(
    ratios: Ratios, units: Sequence[Unit], posts: Sequence[Post], options: Options
) -> None:
    """Refuse what contradicts itself, all at once.

    Raises
    ------
    RawanError
        With one sentence for each mistake.
    """
    said: list[str] = []
    for name, (officers, tps) in ratios.items():
        if officers < 1 or tps < 1:
            said.append(f"pattern, {name}: {officers} officers for {tps} TPS is no ratio.")
    names = [unit.name for unit in units]
    for unit in units:
        if unit.officers < 0:
            said.append(f"unit {unit.name}: {unit.officers} officers is below zero.")
        if unit.officers > MOST_OFFICERS:
            said.append(f"unit {unit.name}: {unit.officers} officers is no strength of a unit.")
        if not np.isfinite([unit.lat, unit.lon]).all():
            said.append(f"unit {unit.name}: its home has no coordinates.")
    said += [
        f"post {post.name}: it has no coordinates."
        for post in posts
        if not np.isfinite([post.lat, post.lon]).all()
    ]
    for kind, listed in (("unit", names), ("post", [post.name for post in posts])):
        said += [
            f"{kind} {name} stands twice; give it once."
            for name in sorted({name for name in listed if listed.count(name) > 1})
        ]
    for rule in options.gives_way:
        if rule not in GIVES_WAY:
            said.append(f'gives_way: "{rule}" is no rule.{did_you_mean(rule, GIVES_WAY)}')
        elif options.gives_way.count(rule) > 1 and f"gives_way: {rule} stands twice." not in said:
            said.append(f"gives_way: {rule} stands twice.")
    for pin in options.pins:
        if pin.unit not in names:
            said.append(f'pin: "{pin.unit}" is no unit.{did_you_mean(pin.unit, names)}')
        if pin.officers < 0:
            said.append(f"pin {pin.unit}, {pin.place}: {pin.officers} officers is below zero.")
    for unit in units:
        pinned = sum(pin.officers for pin in options.pins if pin.unit == unit.name)
        if pinned > unit.officers >= 0:
            said.append(
                f"unit {unit.name} has {unit.officers} officers and {pinned} are pinned: "
                f"{pinned - unit.officers} too many."
            )
    positive = ("limit_km", "detour_factor", "speed_kmh", "limit_step_km", "most_places")
    said += [f"{key} must be above zero." for key in positive if not getattr(options, key) > 0]
    zero = ("reserve_officers", "least_officers_a_place", "away_km", "split_km", "reserve_minutes")
    said += [f"{key} is below zero." for key in zero if not getattr(options, key) >= 0]
    if options.reserve_officers and not posts:
        said.append(
            f"reserve: {options.reserve_officers} officers and no post to stand at; give a post."
        )
    if said:
        raise RawanError("\n".join(said))


def read_spots(tps: pl.DataFrame, ratios: Ratios, risk: Mapping[str, float]) -> Spots:
    """Return the places of a TPS table as arrays; rows may come in any order.

    A place known by its kecamatan only may lack coordinates and risk: it then stands at the mean
    point of the villages of its kecamatan that are in the table, and bears their mean risk for
    each TPS. A column `is_cut_off`, if there is one, marks rows behind water.

    Raises
    ------
    RawanError
        If a column is missing, a class is not in the pattern, or a row contradicts another.
    """
    said = [f'TPS table: column "{name}" is missing.' for name in NEEDED if name not in tps.columns]
    if said:
        raise RawanError("\n".join(said))
    flag = pl.col("is_cut_off") if "is_cut_off" in tps.columns else pl.lit(False)
    table = tps.with_columns(flag.alias("is_cut_off"))
    for name, kind in (*NEEDED.items(), ("is_cut_off", pl.Boolean)):
        try:
            table = table.with_columns(pl.col(name).cast(kind, strict=True))
        except pl.exceptions.PolarsError:
            said.append(f'TPS table: column "{name}" does not hold {kind} alone.')
    if said:
        raise RawanError("\n".join(said))
    table = table.sort("place", "is_cut_off", "class")
    for row in table.iter_rows(named=True):
        at = f"TPS table, place {row['place']}"
        if row["place"] is None or row["tps"] is None or not 0 <= row["tps"] <= MOST_TPS:
            said.append(
                f"{at}: the number of TPS ({row['tps']}) is not between 0 and {MOST_TPS}, or there "
                "is no code."
            )
        if row["is_cut_off"] is None:
            said.append(f"{at}: is_cut_off is empty. Say whether the place lies behind water.")
        if row["polsek"] is None:
            said.append(f"{at}: no polsek. Every place belongs to a sector.")
        if row["class"] not in ratios:
            said.append(f"{at}: the pattern has no ratio for class {row['class']}.")
        if row["village_code"] is not None and not _is_point(row):
            said.append(f"{at}: no coordinates. Give lat and lon.")
        if row["village_code"] is not None and not _is_risk(risk.get(row["place"])):
            said.append(f"{at}: no risk, or one below zero.")
    twice = table.group_by("place", "is_cut_off", "class").len().filter(pl.col("len") > 1)
    said += [
        f"TPS table, place {row['place']}: class {row['class']} stands {row['len']} times."
        for row in twice.sort("place", "class").iter_rows(named=True)
    ]
    told = table.group_by("place").agg(pl.struct("polsek", "lat", "lon").n_unique().alias("n"))
    said += [
        f"TPS table, place {code}: its rows differ in polsek, lat or lon."
        for code in sorted(told.filter(pl.col("n") > 1)["place"].drop_nulls())
    ]
    if said:
        raise RawanError("\n".join(said))
    return _as_arrays(table.filter(pl.col("tps") > 0), ratios, risk)


def _is_point(row: dict[str, object]) -> bool:
    lat, lon = row["lat"], row["lon"]
    return (
        isinstance(lat, float)
        and isinstance(lon, float)
        and -90 <= lat <= 90
        and -180 <= lon <= 180
    )


def _is_risk(value: float | None) -> bool:
    return value is not None and np.isfinite(value) and value >= 0


def _as_arrays(table: pl.DataFrame, ratios: Ratios, risk: Mapping[str, float]) -> Spots:
    keys = ["place", "is_cut_off"]
    rows = table.unique(keys, keep="first", maintain_order=True).to_dicts()
    number = {(row["place"], row["is_cut_off"]): at for at, row in enumerate(rows)}
    tps = {name: np.zeros(len(rows), dtype=np.int64) for name in sorted(ratios)}
    for row in table.iter_rows(named=True):
        tps[row["class"]][number[row["place"], row["is_cut_off"]]] = row["tps"]
    every = np.asarray(sum(tps.values()))
    of_place: dict[str, int] = {}
    for row, count in zip(rows, every, strict=True):
        of_place[row["place"]] = of_place.get(row["place"], 0) + int(count)
    # Risk for one TPS, so that a place in two parts (a village and its island) counts once.
    a_tps = [
        None if row["village_code"] is None else risk[row["place"]] / of_place[row["place"]]
        for row in rows
    ]
    villages = [at for at, row in enumerate(rows) if row["village_code"] is not None]
    for at, row in enumerate(rows):
        if row["village_code"] is None:
            near = [v for v in villages if rows[v]["district_code"] == row["district_code"]]
            if not _is_point(row):
                if not near:
                    raise RawanError(
                        f"TPS table, place {row['place']}: no coordinates, and no village of its "
                        "kecamatan to stand in for it. Give lat and lon."
                    )
                row["lat"] = float(np.mean([rows[v]["lat"] for v in near]))
                row["lon"] = float(np.mean([rows[v]["lon"] for v in near]))
                row["is_assumed"] = True
                said = "distances from the mean point of the villages of the kecamatan"
                row["note"] = "; ".join(filter(None, [row.get("note"), said]))
            known = near or villages
            mass = sum((a_tps[v] or 0.0) * float(every[v]) for v in known)
            a_tps[at] = mass / max(float(every[known].sum()), 1.0) if known else 0.0
    weight = np.array([value or 0.0 for value in a_tps]) * every
    if weight.sum() <= 0:
        weight = every.astype(float)  # no risk anywhere: every TPS counts alike
    sectors = tuple(sorted({row["polsek"] for row in rows}))
    sector = np.array([sectors.index(row["polsek"]) for row in rows], dtype=np.int64)
    alone = np.array([row["village_code"] is None or row["is_cut_off"] for row in rows], dtype=bool)
    return Spots(
        tuple(rows),
        tuple(row["place"] for row in rows),
        np.array([row["lat"] for row in rows], dtype=float),
        np.array([row["lon"] for row in rows], dtype=float),
        sectors,
        sector,
        np.where(alone, -1, sector),
        tps,
        weight / weight.sum() if len(rows) else weight,
    )
