"""The TPS table as arrays: places in order of their codes, every row checked first.

The making of the table is left to others; here it arrives, in any order of rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.near_places import Floats, Ints
from rawan.errors import RawanError
from rawan.planning.voting.inputs import Ratios

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
