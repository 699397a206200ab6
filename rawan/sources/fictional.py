"""The folder of a fictional region: reference tables, an inbox, the truth, a configuration.

Owns names, misspellings and the form of the files. What happens in the region is drawn by
`models/simulation.py`. Every file says SIMULASI; the region lies in open sea and its codes
begin with 99, a province that does not exist.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter
from rapidfuzz.distance import Levenshtein

from models.simulation import CLASH_SHARES, MIN_VILLAGES, Process, SimulatedRegion, simulate_region
from rawan.errors import RawanError

MARKER = "SIMULASI.txt"
ORIGIN = "SIMULASI"
REGION = "Kabupaten Simulasi"
SOURCE = "rawan simulate"
ELECTION = "simulasi2024"
CUTOFF = date(2024, 11, 20)
HISTORY_FROM = date(2010, 1, 1)
TEST_FROM = date(2016, 1, 1)
WINDOW_DAYS = 182
NEW_FILE_FROM = date(2020, 1, 1)  # from here on incidents are in the workbook
MISSPELT_SHARE = 0.08
STAGES = {
    "campaign": (date(2024, 9, 25), date(2024, 11, 23), "kampanye", "campaign"),
    "logistics": (date(2024, 11, 24), date(2024, 11, 26), "distribusi logistik", "distribution"),
    "quiet": (date(2024, 11, 24), date(2024, 11, 26), "masa tenang", "quiet period"),
    "voting": (date(2024, 11, 27), date(2024, 11, 27), "pemungutan suara", "voting"),
    "recap": (date(2024, 11, 27), date(2024, 12, 16), "rekapitulasi", "count and recapitulation"),
}
# type: group, Indonesian label, English label, meaning
TYPES = {
    "bentrok_pendukung": ("clash", "Bentrok pendukung", "Clash of supporters",
                          "Supporters of rival candidates come to blows."),
    "bentrok_warga": ("clash", "Bentrok warga", "Communal clash",
                      "Groups of villagers come to blows."),
    "perusakan": ("clash", "Perusakan", "Destruction", "Property is damaged by a crowd."),
    "pembakaran": ("clash", "Pembakaran", "Arson", "Property is set on fire."),
    "intimidasi": ("clash", "Intimidasi", "Intimidation",
                   "Voters, candidates or officials are threatened."),
    "penyerangan_aparat": ("clash", "Penyerangan aparat", "Attack on officers",
                           "Police, soldiers or election officials are attacked."),
    "kericuhan_tps": ("clash", "Kericuhan di TPS", "Riot at a polling station",
                      "Disorder at a polling station or at the count."),
    "sengketa_pilkades": ("clash", "Sengketa pilkades", "Contested village-head election",
                          "Disorder over the election of a village head."),
    "unjuk_rasa": ("protest", "Unjuk rasa", "Protest", "A demonstration."),
    "sengketa_lahan": ("land", "Sengketa lahan", "Land dispute", "An open dispute over land."),
    "politik_uang": ("allegation", "Dugaan politik uang", "Alleged vote buying",
                     "Vote buying is alleged."),
    "pelanggaran_netralitas": ("allegation", "Dugaan pelanggaran netralitas",
                               "Alleged breach of neutrality",
                               "An official is said to have taken sides."),
    "gangguan_logistik": ("logistics", "Gangguan logistik", "Logistics held up",
                          "Election material arrives late, wet or not at all."),
    "psu": ("administrative", "Pemungutan suara ulang", "Repeat vote", "Voting is repeated."),
    "kriminal_lain": ("crime", "Kriminal lain", "Other crime", "A crime apart from elections."),
}  # fmt: skip


def write_region(folder: Path, n_villages: int, seed: int) -> Path:
    """Write a fictional region and return the path of its `rawan.toml`.

    A folder that an earlier simulation wrote (it holds `SIMULASI.txt`) is emptied first; any
    other folder that is not empty is left alone.

    Parameters
    ----------
    folder : where to write; made if it is not there.
    n_villages : number of villages, `MIN_VILLAGES` or more.
    seed : not negative; the same seed gives the same bytes.

    Raises
    ------
    RawanError
        If the folder holds something else, or the region cannot be drawn.
    """
    if seed < 0:
        raise RawanError(f"--seed {seed}: must be 0 or more.")
    if n_villages < MIN_VILLAGES:
        raise RawanError(f"--villages {n_villages}: a region needs at least {MIN_VILLAGES}.")
    upcoming = {
        name: (first, last) for name, (first, last, _, _) in STAGES.items() if first >= CUTOFF
    }
    process = Process()
    try:
        region = simulate_region(
            n_villages, seed, CUTOFF, HISTORY_FROM, WINDOW_DAYS, upcoming, process
        )
    except ValueError as error:
        raise RawanError(f"--villages {n_villages}: {error}.") from None
    # The spawn key keeps these draws apart from the children that the process takes.
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1000,)))
    villages = _with_names(region.villages, rng)

    _make_room(folder)
    # The marker comes first: a folder left half written can then be replaced.
    (folder / MARKER).write_text(_marker(n_villages, seed, process), encoding="utf-8")
    (folder / "reference").mkdir()
    (folder / "inbox").mkdir()
    for name, frame in _reference(villages, rng).items():
        _write_csv(folder / "reference" / f"{name}.csv", frame)
    (folder / "reference" / "calendar.toml").write_text(_calendar(process), encoding="utf-8")
    (folder / "reference" / "hazards.toml").write_text(_hazards(), encoding="utf-8")
    _write_inbox(folder / "inbox", region, villages, rng)
    region.truth.write_parquet(folder / "truth.parquet", compression="zstd", statistics=True)
    _write_csv(folder / "outcomes.csv", region.outcomes)
    config = folder / "rawan.toml"
    config.write_text(_configuration(n_villages), encoding="utf-8")
    return config


def _make_room(folder: Path) -> None:
    """Make the folder, or empty one that a simulation wrote."""
    if folder.exists() and not folder.is_dir():
        raise RawanError(f"{folder}: is a file; give a folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.iterdir())
    if found and not (folder / MARKER).is_file():
        raise RawanError(
            f"{folder}: is not empty and was not written by rawan simulate; "
            "give a new folder with --out."
        )
    for child in found:
        if child.name == MARKER:
            continue  # goes last of all: it is overwritten
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


# Names ---------------------------------------------------------------------------------------

_PLAIN = [c + v for c in "bdgklmnprst" for v in "aeiou"]
_ODD = [c + v for c in "vzfx" for v in "aeiou"]  # hardly found in Indonesian place names
_ENDINGS = ["", "", "n", "r", "h", "ng", "s"]


def _word(rng: np.random.Generator, syllables: int) -> str:
    """Return an invented word; one of its syllables is odd, so that no real name comes out."""
    parts = [str(rng.choice(_PLAIN)) for _ in range(syllables)]
    parts[int(rng.integers(syllables))] = str(rng.choice(_ODD))
    return ("".join(parts) + str(rng.choice(_ENDINGS))).capitalize()


def _near(name: str, others: Iterable[str]) -> bool:
    """Return whether a misspelling of `name` could be taken for one of `others`."""
    flat = name.replace(" ", "").lower()
    return any(
        Levenshtein.distance(flat, other.replace(" ", "").lower(), score_cutoff=2) <= 2
        for other in others
    )


def _with_names(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Add village and kecamatan names; about 3 % of the names occur in two kecamatan."""
    districts = villages["district_code"].to_list()
    codes = sorted(set(districts))
    width = max(2, len(str(len(codes))))
    district_names = {
        code: f"Simulasi {number:0{width}d} {_word(rng, 3)}"
        for number, code in enumerate(codes, start=1)
    }
    names: list[str] = []
    members: dict[str, set[str]] = {code: set() for code in codes}
    used: set[str] = set()
    for code in districts:
        while True:
            name = _word(rng, int(rng.integers(3, 5)))
            if rng.random() < 0.45:
                name = f"{name} {_word(rng, 2)}"
            if name not in used and not _near(name, members[code]):
                break
        names.append(name)
        used.add(name)
        members[code].add(name)
    for taker in rng.choice(len(names), max(1, round(len(names) * 0.015)), replace=False):
        home = districts[int(taker)]
        others = [i for i in rng.integers(0, len(names), 20) if districts[int(i)] != home]
        giver = next((i for i in others if not _near(names[int(i)], members[home])), None)
        if giver is not None:
            members[home].add(names[int(giver)])
            names[int(taker)] = names[int(giver)]
    return villages.with_columns(
        pl.Series("village", names),
        pl.Series("district", [district_names[code] for code in districts]),
    )


def misspell(name: str, rng: np.random.Generator) -> str:
    """Write a name as hurried lists do; never as it is registered."""
    at = int(rng.integers(1, len(name) - 1))
    while name[at] == " " or name[at - 1] == " ":
        at = int(rng.integers(1, len(name) - 1))
    joined = name.replace(" ", "").capitalize()
    ways = [
        name[:at] + name[at] + name[at:],
        name[:at] + name[at + 1 :],
        joined if " " in name else f"{name[:at]} {name[at:].capitalize()}",
        f"Ds. {name}",
        name.upper() if rng.random() < 0.5 else name.lower(),
    ]
    written = ways[int(rng.integers(len(ways)))]
    # Dropping one of two equal letters in a row is a misspelling too, so only sameness counts.
    return written if written != name else name.upper()


# Reference -----------------------------------------------------------------------------------


def _reference(villages: pl.DataFrame, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return the reference tables by file name, in the form of a real region's."""
    n = villages.height
    source = pl.lit(SOURCE).alias("source")
    code, district = pl.col("village_code"), pl.col("district_code")
    bps_district = district.str.replace_all(".", "", literal=True) + "0"
    tables = {
        "villages": villages.select(
            "village_code",
            (bps_district + code.str.slice(-3)).alias("bps_code"),
            "village", pl.lit("desa").alias("kind"), "district_code", "district",
            "lat", "lon", "area_km2",
            pl.Series("name_bps", _variants(villages["village"], rng)),
            pl.Series("name_kpu_2019", _variants(villages["village"], rng)),
            pl.lit(ORIGIN).alias("note"), source,
        ),
        "polling_stations": pl.concat(
            villages.select(
                pl.lit(f"pemilu{day.year}").alias("election"), "village_code", "district_code",
                pl.col(f"tps_{day.year}").alias("tps"), pl.lit(day).alias("known_on"), source,
            )
            for day in (date(2019, 4, 17), date(2024, 2, 14))
        ),
        "geography": _geography(villages, rng),
        "polsek": villages.select("district_code", "district").unique(maintain_order=True)
        .with_row_index("k")
        .with_columns(shared=pl.col("k") % 3 == 2)
        .select(
            "district_code",
            pl.when("shared").then(pl.col("district").shift(1)).otherwise("district")
            .alias("polsek").pipe(lambda name: pl.lit("Polsek ") + name),
            pl.col("shared").alias("assumed"), source,
        ),
        "results": _results(villages, rng),
    }  # fmt: skip
    at_home = villages.filter(pl.col("distance_seat_km") == pl.col("distance_seat_km").min()
                              .over("district_code")).unique("district_code", keep="first")  # fmt: skip
    tables["districts"] = (
        villages.group_by("district_code", "district", maintain_order=True)
        .agg(
            bps_code=bps_district.first(), villages=pl.len(),
            area_km2_outline=pl.col("area_km2").sum().round(1),
            voters_2020=pl.col("voters").sum(),
            tps_2019=pl.col("tps_2019").sum(), tps_2024=pl.col("tps_2024").sum(),
            tps_pilkada_2024=((pl.col("voters") / 480).ceil().sum()).cast(pl.Int64),
        )
        .join(at_home.select("district_code", seat="village"), on="district_code", how="left",
              maintain_order="left")
        .with_columns(population_2010=pl.lit(None, pl.Int64), area_km2_official=pl.lit(None, pl.Float64))
        .select("district_code", "bps_code", "district", "villages", "seat", "area_km2_official",
                "area_km2_outline", "population_2010", "voters_2020", "tps_2019", "tps_2024",
                "tps_pilkada_2024")
    )  # fmt: skip
    assert n == tables["villages"].height
    return tables
