"""What a plan is made from: a complete run, the region's tables, and what people decided.

Owns the reading. What becomes of it is `plan.py`'s; nothing here is computed but classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.additive import Array
from rawan.calendar import Election, load_calendar
from rawan.errors import RawanError, did_you_mean
from rawan.planning.escort.tables import read_roads
from rawan.planning.rules.classes import listed_tps
from rawan.planning.rules.patterns import Pattern, chosen, read_patterns
from rawan.planning.rules.polling_files import PollingFiles, read_polling
from rawan.planning.rules.resources import Resources
from rawan.planning.rules.spreading import read_rows
from rawan.planning.whatif import Names
from rawan.publishing.edition import Standing
from rawan.publishing.runs import complete_run, read_manifest
from rawan.publishing.trust.decided import standing
from rawan.settings import PROJECT_ROOT, Settings
from rawan.warehouse import open_warehouse

PATTERNS = "patterns.toml"
ROADS = "roads.csv"
"""Kilometres by road between two codes, if the region knows any: from, to, km."""
_SHIPPED = PROJECT_ROOT / "data" / "reference"
_GEOGRAPHY = ("village_code", "water_crossing_share", "distance_seat_km", "ikg_access")
_NO_LIST = {"village_code": pl.String, "class": pl.String, "tps": pl.Int64}


@dataclass(frozen=True)
class Run:
    """The complete run that a plan builds on.

    Attributes
    ----------
    made_on : when the run was computed, ISO 8601.
    draws : (s, n) expected incidents, in the order of `codes`.
    point : (n,) the same by point scores.
    is_calibrated : whether they are numbers of incidents and not shares.
    """

    run_id: str
    region: str
    election: str
    cutoff: date
    made_on: str
    data_origin: str
    ranking: pl.DataFrame
    codes: tuple[str, ...]
    draws: Array
    point: Array
    is_calibrated: bool
    standing: Standing

    @property
    def risk(self) -> dict[str, float]:
        """Return what is expected of each village, averaged over draws."""
        return dict(zip(self.codes, self.draws.mean(axis=0).tolist(), strict=True))


@dataclass(frozen=True)
class Region:
    """The region's tables.

    Attributes
    ----------
    listed : TPS that a source lists by class: village_code, class, tps.
    roads : kilometres by road between two villages, where they are known.
    """

    files: PollingFiles
    election: Election
    patterns: Mapping[str, Pattern]
    geography: pl.DataFrame
    listed: pl.DataFrame
    roads: Mapping[tuple[str, str], float]

    @property
    def villages(self) -> dict[str, dict[str, str]]:
        """Return the rows of the villages by code."""
        return {row["village_code"]: row for row in self.files.villages}

    def pattern(self, resources: Resources) -> Pattern:
        """Return the pattern that the planner's file names."""
        return chosen(self.patterns, resources.pattern)


def read_run(settings: Settings, run_id: str, today: date) -> Run:
    """Read a complete run; "latest" is the newest.

    Raises
    ------
    RawanError
        If there is none, it was withdrawn, or it holds nothing that a plan can be made from.
    """
    folder = complete_run(settings.output.private, run_id)
    manifest = read_manifest(folder)
    decided = standing(settings.output.private, folder.name, today)
    if decided.erratum is not None:
        raise RawanError(
            f"{folder.name}: was withdrawn by {decided.erratum.by}: {decided.erratum.reason}. "
            "Make a new run: rawan run"
        )
    ranking, draws = _frame(folder / "ranking.parquet"), _frame(folder / "draws.parquet")
    draws = draws.sort("village_code")
    codes = tuple(draws["village_code"].to_list())
    numbers = np.array(draws["expected"].to_list(), dtype=np.float64).T
    if numbers.ndim != 2 or not np.isfinite(numbers).all():
        raise RawanError(f"{folder}: draws.parquet is damaged. Make the run anew: rawan run")
    risk = dict(
        ranking.filter((pl.col("hazard") == "conflict") & (pl.col("stage") == "voting"))
        .select("village_code", "risk")
        .iter_rows()
    ) or dict(
        ranking.filter(pl.col("hazard") == "conflict").select("village_code", "risk").iter_rows()
    )
    if missing := set(codes) ^ set(ranking["village_code"]):
        raise RawanError(
            f"{folder}: ranking and draws differ in {len(missing)} villages. Make the run anew: "
            "rawan run"
        )
    found = [risk.get(code) for code in codes]
    is_calibrated = all(value is not None for value in found)
    point = np.array(found, dtype=np.float64) if is_calibrated else numbers.mean(axis=0)
    return Run(
        run_id=folder.name,
        region=str(manifest["region"]),
        election=str(manifest["election"]),
        cutoff=date.fromisoformat(manifest["cutoff"]),
        made_on=str(manifest["created_at"]),
        data_origin=str(manifest["data_origin"]),
        ranking=ranking,
        codes=codes,
        draws=numbers,
        point=point,
        is_calibrated=is_calibrated,
        standing=decided,
    )


def read_region(settings: Settings, election: str, known_by: date) -> Region:
    """Read the tables of the region that a plan for an election needs.

    Raises
    ------
    RawanError
        If a table is missing or wrong, or the calendar does not have the election.
    """
    folder = settings.region.reference
    listed, counts = _from_inbox(settings, election, known_by)
    files = _with_counts(_polling_files(settings), election, counts)
    elections = load_calendar(folder / "calendar.toml")
    if election not in elections:
        raise RawanError(
            f'plan: the calendar has no election "{election}".{did_you_mean(election, elections)}'
        )
    own = folder / PATTERNS
    return Region(
        files=files,
        election=elections[election],
        patterns=read_patterns(own if own.exists() else _SHIPPED / PATTERNS),
        geography=_geography(folder),
        listed=listed,
        roads=read_roads(folder / ROADS) if (folder / ROADS).exists() else {},
    )


def place_names(settings: Settings) -> Names:
    """Return the places of the region by name."""
    rows = read_rows(
        settings.region.reference / "villages.csv",
        ("village_code", "village", "district_code", "district"),
    )
    return Names(
        {row["village_code"]: row["village"] for row in rows},
        {row["district_code"]: row["district"] for row in rows},
    )


def sector_districts(settings: Settings) -> dict[str, list[str]]:
    """Return the names of the kecamatan of each polsek."""
    files = _polling_files(settings)
    names = {row["district_code"]: row["district"] for row in files.districts}
    found: dict[str, list[str]] = {}
    for row in files.polsek:
        if row["district_code"] in names:
            found.setdefault(row["polsek"], []).append(names[row["district_code"]])
    return found


def _polling_files(settings: Settings) -> PollingFiles:
    files = read_polling(settings.region.reference)
    if settings.region.polsek is None:
        return files
    return replace(files, polsek=read_rows(settings.region.polsek, ("district_code", "polsek")))


def _frame(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        raise RawanError(
            f"{path}: is missing or cannot be read, so nothing can be planned. Make the run anew: "
            "rawan run"
        ) from None


def _geography(folder: Path) -> pl.DataFrame:
    path = folder / "geography.csv"
    kinds: dict[str, Any] = dict.fromkeys(_GEOGRAPHY, pl.Float64) | {"village_code": pl.String}
    if not path.exists():
        return pl.DataFrame(schema=kinds)
    rows = read_rows(path, _GEOGRAPHY)
    return pl.DataFrame(
        [[row[name] for name in _GEOGRAPHY] for row in rows],
        orient="row",
        schema=dict.fromkeys(_GEOGRAPHY, pl.String),
    ).select(pl.col(name).cast(kind, strict=False) for name, kind in kinds.items())


def _from_inbox(
    settings: Settings, election: str, known_by: date
) -> tuple[pl.DataFrame, dict[str, tuple[int, str]]]:
    """Return the TPS that lists name by class, and TPS with the day they became known by village.

    Without a warehouse nothing came in.
    """
    if not settings.warehouse.path.exists():
        return pl.DataFrame(schema=_NO_LIST), {}
    with open_warehouse(settings, is_read_only=True) as warehouse:
        newest = warehouse.rows(
            "SELECT village_code, arg_max(tps, (known_on, source_url)), max(known_on)::VARCHAR"
            " FROM staging.polling_stations"
            " WHERE election = ? AND known_on <= ? AND tps IS NOT NULL GROUP BY ALL ORDER BY ALL",
            [election, known_by],
        )
        return listed_tps(warehouse, election, known_by), {c: (n, day) for c, n, day in newest}


def _with_counts(
    files: PollingFiles, election: str, counts: Mapping[str, tuple[int, str]]
) -> PollingFiles:
    """Return the tables with TPS that files of the inbox gave in the place of the record's.

    Where they give all villages of a kecamatan, its own total counts no longer.
    """
    if not counts:
        return files
    villages: dict[str, set[str]] = {}
    for row in files.villages:
        villages.setdefault(row["district_code"], set()).add(row["village_code"])
    kept = [
        row
        for row in files.stations
        if row["election"] != election
        or (
            row["village_code"] not in counts
            if row["village_code"]
            else not (villages.get(row["district_code"], set()) <= set(counts))
        )
    ]
    given = [
        {
            **dict.fromkeys(files.stations[0] if files.stations else (), ""),
            "election": election,
            "village_code": code,
            "district_code": code[:8],
            "tps": str(tps),
            "known_on": known_on,
        }
        for code, (tps, known_on) in counts.items()
    ]
    return replace(files, stations=[*kept, *given])
