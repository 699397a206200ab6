"""From the planner's file and the table of TPS to the task of an escort.

Owns which TPS go to which stop: a kecamatan's to its seat, those behind water to their pier.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from rawan.errors import RawanError
from rawan.planning.escort.inputs import (
    Crossing,
    Drop,
    EscortOptions,
    EscortTask,
    Point,
    VehicleKind,
)
from rawan.planning.rules.resources import Boat, Store, Vehicle


def escort_task(
    places: pl.DataFrame,
    villages: pl.DataFrame,
    districts: pl.DataFrame,
    store: Store | None,
    vehicles: Sequence[Vehicle],
    boats: Sequence[Boat],
    options: EscortOptions,
    index: Mapping[str, float] | None = None,
    roads: Mapping[tuple[str, str], float] | None = None,
    closed: Mapping[tuple[str, str], str] | None = None,
) -> EscortTask:
    """Return the task of an escort.

    Parameters
    ----------
    places : the table of TPS: village_code (null where known by kecamatan only), district_code,
        district, tps, is_assumed, is_cut_off (behind water), island.
    villages, districts : the reference tables; a seat is the village of the name in `seat`.
    index : logistics index by village, 0 to 100, from the ranking; a seat has its highest.

    Raises
    ------
    RawanError
        If the store, a seat, a point or the boat to an island is missing.
    """
    if store is None:
        raise RawanError("plan.toml: the escort needs a [store] with name, lat and lon. Give it.")
    known = {row["village_code"]: row for row in villages.to_dicts()}
    risk = dict(index or {})
    seats, mainland = [], []
    for row in districts.sort("district_code").to_dicts():
        code = row["district_code"]
        here = places.filter((pl.col("district_code") == code) & ~pl.col("is_cut_off"))
        point = _seat(row, known)
        own = [risk[v] for v in sorted(risk) if v.startswith(code + ".")]
        highest = max(own) if own else None
        is_assumed = bool(here["is_assumed"].any())
        tps = int(here["tps"].sum())
        seats.append(Drop(point, code, row["district"], tps, highest, is_assumed))
        by_village = here.filter(pl.col("village_code").is_not_null()).group_by("village_code")
        for part in by_village.agg("tps", "is_assumed").sort("village_code").to_dicts():
            village = part["village_code"]
            mainland.append(
                Drop(
                    _village(known, village), code, row["district"], sum(part["tps"]),
                    risk.get(village), any(part["is_assumed"]),
                )
            )  # fmt: skip
    return EscortTask(
        Point("store", store.name, store.lat, store.lon),
        tuple(seats), tuple(mainland), _crossings(places, boats, known, risk),
        tuple(
            VehicleKind(v.name, v.number, v.officers, v.load_tps, v.speed_kmh) for v in vehicles
        ),
        options, dict(roads or {}), dict(closed or {}),
    )  # fmt: skip


def _crossings(
    places: pl.DataFrame,
    boats: Sequence[Boat],
    known: Mapping[str, dict[str, object]],
    risk: Mapping[str, float],
) -> tuple[Crossing, ...]:
    found = []
    behind = places.filter("is_cut_off").group_by("village_code").agg("tps", "island", "is_assumed")
    by_target = {boat.to_code: boat for boat in boats}
    for part in behind.sort("village_code").to_dicts():
        code, name = part["village_code"], part["island"][0]
        if code not in by_target:
            raise RawanError(
                f"boats: {name} ({code}) has {sum(part['tps'])} TPS that only a boat reaches, and "
                f'no boat goes there. Add [[boats]] with to_code = "{code}".'
            )
        boat = by_target[code]
        at, landing = _village(known, boat.from_code), _village(known, code)
        is_part = bool(
            places.filter((pl.col("village_code") == code) & ~pl.col("is_cut_off"))["tps"].sum()
        )
        pier = Point(f"{at.code}/pier", at.name, at.lat, at.lon, (at.code,))
        shore = f"{code}/island" if is_part else code
        there = Point(shore, name or landing.name, landing.lat, landing.lon)
        home = known[code]
        drop = Drop(
            there, str(home["district_code"]), str(home["district"]), sum(part["tps"]),
            risk.get(code), any(part["is_assumed"]),
        )  # fmt: skip
        hours = tuple(int(h[:2]) * 60 + int(h[3:]) for h in sorted(boat.departs))
        found.append(
            Crossing(
                boat.name, pier, drop, boat.hours, boat.number, boat.officers, boat.load_tps,
                hours, boat.days_before,
            )
        )  # fmt: skip
    return tuple(found)


def _village(known: Mapping[str, dict[str, object]], code: str) -> Point:
    row = known.get(code)
    if row is None or row["lat"] is None or row["lon"] is None:
        raise RawanError(f"villages.csv: {code} is missing or has no point. Give lat and lon.")
    return Point(code, str(row["village"]), float(str(row["lat"])), float(str(row["lon"])))


def _seat(district: dict[str, object], known: Mapping[str, dict[str, object]]) -> Point:
    code = str(district["district_code"])
    wanted = _plain(str(district["seat"]))
    for village in sorted(known):
        row = known[village]
        if row["district_code"] == code and _plain(str(row["village"])) == wanted:
            at = _village(known, village)
            return Point(code, f"{district['district']} ({at.name})", at.lat, at.lon, (village,))
    raise RawanError(
        f"districts.csv: the seat of {district['district']} ({code}) is {district['seat']}, and no "
        "village of that kecamatan has the name. Correct one of the two."
    )


def _plain(name: str) -> str:
    return name.casefold().replace(" ", "")


def read_roads(path: Path) -> dict[tuple[str, str], float]:
    """Read roads.csv: columns from, to (codes, or "store") and km; either way the same.

    Raises
    ------
    RawanError
        Naming file, row and column of what is wrong, or a road given twice unlike itself.
    """
    try:
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8")
    except FileNotFoundError:
        raise RawanError(f"{path}: there is no such file.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise RawanError(f"{path}: is not proper CSV ({error}).") from None
    if missing := [c for c in ("from", "to", "km") if c not in frame.columns]:
        raise RawanError(f"{path}: the columns {', '.join(missing)} are missing.")
    found: dict[tuple[str, str], float] = {}
    for line, row in enumerate(frame.to_dicts(), start=2):
        one, other, cell = ((row[c] or "").strip() for c in ("from", "to", "km"))
        if not one or not other or one == other:
            raise RawanError(f"{path}, row {line}: a road joins two places. Give their codes.")
        try:
            km = float(cell)
        except ValueError:
            km = -1.0
        if not 0 <= km < 10_000:
            raise RawanError(f'{path}, row {line}, column "km": "{cell[:80]}" is no distance.')
        pair = (min(one, other), max(one, other))
        if found.get(pair, km) != km:
            raise RawanError(f"{path}, row {line}: {one} to {other} was given as {found[pair]} km.")
        found[pair] = km
    return found
