"""The folder of a fictional region: reference tables, an inbox, the truth, a configuration.

Owns names, misspellings and the form of the files. What happens in the region is drawn by
`models/simulation.py`. Every file says SIMULASI; the region lies in open sea and its codes
begin with 99, a province that does not exist.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter  # type: ignore[import-untyped]  # ships no type information
from rapidfuzz.distance import Levenshtein

from models.simulation import MIN_VILLAGES, Process, SimulatedRegion, simulate_region
from rawan.errors import RawanError

MARKER = "SIMULASI.txt"
ORIGIN = "SIMULASI"
MARKER_LINE = f"{ORIGIN}: everything in this folder is invented."
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
INCIDENT_COLUMNS = [
    "tanggal",
    "tanggal_diketahui",
    "jenis",
    "pemilu",
    "kecamatan",
    "desa",
    "lokasi",
    "uraian",
    "sumber_url",
]
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
    outcomes = region.outcomes.with_columns(pl.col("election").replace("", None))
    _write_csv(folder / "outcomes.csv", outcomes)
    config = folder / "rawan.toml"
    config.write_text(_configuration(n_villages), encoding="utf-8")
    return config


def _make_room(folder: Path) -> None:
    """Make the folder, or empty one that a simulation wrote."""
    if folder.exists() and not folder.is_dir():
        raise RawanError(f"{folder}: is a file; give a folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.iterdir())
    if found and not _is_ours(folder / MARKER):
        raise RawanError(
            f"{folder}: is not empty and was not written by rawan simulate; "
            "give a new folder with --out."
        )
    for child in found:
        if child.name == MARKER:
            continue  # it is overwritten; until then the folder stays known as ours
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _is_ours(marker: Path) -> bool:
    """Return whether a marker of that name is one that a simulation wrote."""
    if not marker.is_file():
        return False
    return marker.read_bytes().startswith(MARKER_LINE.encode())


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
    # Lower case of a lower-case name, say, changes nothing: then it is shouted.
    return written if written != name else name.upper()


# Reference -----------------------------------------------------------------------------------


def _reference(villages: pl.DataFrame, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return the reference tables by file name, in the form of a real region's."""
    bps_district = pl.col("district_code").str.replace_all(".", "", literal=True) + "0"
    source = pl.lit(SOURCE).alias("source")
    named = villages.with_columns(
        bps_code=bps_district + pl.col("village_code").str.slice(-3),
        kind=pl.lit("desa"),
        name_bps=pl.Series(_variants(villages["village"], rng)),
        name_kpu_2019=pl.Series(_variants(villages["village"], rng)),
        note=pl.lit(ORIGIN),
    )
    return {
        "villages": named.select(
            "village_code",
            "bps_code",
            "village",
            "kind",
            "district_code",
            "district",
            "lat",
            "lon",
            "area_km2",
            "name_bps",
            "name_kpu_2019",
            "note",
            source,
        ),
        "polling_stations": pl.concat(
            villages.select(
                pl.lit(f"pemilu{day.year}").alias("election"),
                "village_code",
                "district_code",
                pl.col(f"tps_{day.year}").alias("tps"),
                pl.lit(day).alias("known_on"),
                source,
            )
            for day in (date(2019, 4, 17), date(2024, 2, 14))
        ),
        "geography": _geography(villages, rng),
        "districts": _districts(villages, bps_district),
        "polsek": _polsek(villages),
        "results": _results(villages, rng),
    }


def _variants(names: pl.Series, rng: np.random.Generator) -> list[str]:
    """Write a few names as another office spells them."""
    return [
        name.replace(" ", "").capitalize() if " " in name and rng.random() < 0.1 else name
        for name in names
    ]


def _districts(villages: pl.DataFrame, bps_code: pl.Expr) -> pl.DataFrame:
    """Sum up the kecamatan; what no one counted stays blank."""
    nearest_first = villages.sort("district_code", "distance_seat_km", "village_code")
    return nearest_first.group_by("district_code", maintain_order=True).agg(
        bps_code=bps_code.first(),
        district=pl.col("district").first(),
        villages=pl.len(),
        seat=pl.col("village").first(),
        area_km2_official=pl.lit(None, pl.Float64).first(),
        area_km2_outline=pl.col("area_km2").sum().round(1),
        population_2010=pl.lit(None, pl.Int64).first(),
        voters_2020=pl.col("voters").sum(),
        tps_2019=pl.col("tps_2019").sum(),
        tps_2024=pl.col("tps_2024").sum(),
        tps_pilkada_2024=(pl.col("voters") / 480).ceil().sum().cast(pl.Int64),
    )


def _polsek(villages: pl.DataFrame) -> pl.DataFrame:
    """Give each kecamatan its polsek; every third is looked after by its neighbour's."""
    shared = pl.int_range(pl.len()) % 3 == 2
    districts = villages.select("district_code", "district").unique(maintain_order=True)
    seat = pl.when(shared).then(pl.col("district").shift(1)).otherwise("district")
    return districts.select(
        "district_code",
        polsek=pl.lit("Polsek ") + seat,
        assumed=shared,
        source=pl.lit(SOURCE),
    )


def _geography(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the index of geographic difficulty and distances, with some cells blank."""
    n = villages.height
    difficulty = villages["difficulty"].to_numpy()

    def index(noise: float) -> pl.Series:
        drawn = 35 + 14 * difficulty + noise * rng.normal(size=n)
        return _blanked(pl.Series(np.clip(drawn, 1, 99).round(2)), 0.02, rng)

    crossing = pl.col("water_crossing_share") > 0
    boat = pl.when(crossing).then(pl.lit(f"{ORIGIN}: sebagian ditempuh dengan perahu"))
    return villages.select(
        "village_code",
        ikg=index(4),
        ikg_services=index(12),
        ikg_infrastructure=index(8),
        ikg_access=index(6),
        elevation_m=_blanked(villages["elevation_m"], 0.02, rng),
        distance_seat_km=pl.col("distance_seat_km"),
        distance_capital_km=pl.col("distance_capital_km"),
        water_crossing_share=_blanked(villages["water_crossing_share"], 0.01, rng),
        water_crossing_note=boat,
        water_crossing_source=pl.when(crossing).then(pl.lit(SOURCE)),
    )


def _blanked(values: pl.Series, share: float, rng: np.random.Generator) -> pl.Series:
    """Take out a share of the values at random."""
    blank = pl.Series(rng.random(len(values)) < share)
    return pl.select(pl.when(~blank).then(values)).to_series()


def _results(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return votes: 2019 by village with two candidates, 2020 by kecamatan with three."""
    voters = pl.col("voters")
    cast = (voters * pl.col("turnout_2019")).round(0).cast(pl.Int64)
    invalid = (cast * 0.02).round(0).cast(pl.Int64)
    villages = villages.with_columns(
        invalid_votes=invalid, valid_votes=cast - invalid
    ).with_columns(
        first=(pl.col("valid_votes") * pl.col("first_share_2019")).round(0).cast(pl.Int64),
        split=pl.Series(rng.uniform(0.3, 0.7, villages.height)),
    )
    for_one = villages.with_columns(candidate=pl.lit(1), votes="first")
    for_two = for_one.with_columns(
        candidate=pl.lit(2), votes=pl.col("valid_votes") - pl.col("first")
    )
    by_village = pl.concat([for_one, for_two]).with_columns(
        election=pl.lit("pilpres2019"),
        level=pl.lit("village"),
        tps_counted=pl.col("tps_2019"),
        tps_inconsistent=pl.lit(0),
        known_on=pl.lit(date(2019, 5, 21)),
    )
    thirds = villages.with_columns(
        a=(pl.col("valid_votes") * pl.col("split") * 0.7).round(0).cast(pl.Int64),
        b=(pl.col("first") * 0.5).round(0).cast(pl.Int64),
    ).with_columns(c=pl.col("valid_votes") - pl.col("a") - pl.col("b"))
    sums = thirds.group_by("district_code", maintain_order=True).agg(
        pl.col("a", "b", "c", "valid_votes", "invalid_votes", "voters").sum(),
        tps_counted=pl.col("tps_2019").sum(),
    )
    by_district = pl.concat(
        sums.with_columns(candidate=pl.lit(number), votes=name)
        for number, name in enumerate(("a", "b", "c"), start=1)
    ).with_columns(
        election=pl.lit("pilbup2020"),
        level=pl.lit("district"),
        village_code=pl.lit(None, pl.String),
        tps_inconsistent=pl.lit(0),
        known_on=pl.lit(date(2020, 12, 16)),
    )
    return pl.concat(
        part.select(
            "election",
            "level",
            "village_code",
            "district_code",
            "candidate",
            "votes",
            "valid_votes",
            "invalid_votes",
            "voters",
            "tps_counted",
            "tps_inconsistent",
            "known_on",
            source_url=pl.lit("https://simulasi.invalid/hasil"),
            note=pl.lit(ORIGIN),
        ).sort("village_code", "district_code", "candidate")
        for part in (by_village, by_district)
    )


def _calendar(process: Process) -> str:
    """Return `calendar.toml`: voting days, and the stages of the election to come."""
    lines = [f"# {ORIGIN}: an invented calendar."]
    for name, day in process.elections:
        is_general = name.startswith("pemilu")
        of_what = "pemilihan umum" if is_general else "pemilihan daerah"
        in_english = "general" if is_general else "regional"
        lines += [
            "",
            "[[elections]]",
            f"id = {_text(name)}",
            f"name_id = {_text(f'{ORIGIN} {of_what} {day.year}')}",
            f"name_en = {_text(f'{ORIGIN} {in_english} election of {day.year}')}",
            f"kind = {_text(in_english)}",
            f"voting_day = {day}",
            f"source = {_text(SOURCE)}",
        ]
        if name != ELECTION:
            continue
        for stage, (first, last, label_id, label_en) in STAGES.items():
            lines += [
                "",
                "[[elections.stages]]",
                f"id = {_text(stage)}",
                f"start = {first}",
                f"end = {last}",
                f"name_id = {_text(f'{ORIGIN} {label_id}')}",
                f"name_en = {_text(f'{ORIGIN} {label_en}')}",
            ]
    return "\n".join(lines) + "\n"


def _hazards() -> str:
    """Return `hazards.toml`: the two hazards, and what each type of incident counts for."""
    lines = [
        f"# {ORIGIN}: hazards, and the types of incident that are their outcomes.",
        "[[hazards]]",
        'id = "conflict"',
        'name_id = "Bentrokan"',
        'name_en = "Clashes"',
        "",
        "[[hazards]]",
        'id = "logistics"',
        'name_id = "Hambatan logistik"',
        'name_en = "Logistics held up"',
    ]
    hazards = {"clash": "conflict", "logistics": "logistics"}
    for name, (group, label_id, label_en, meaning) in TYPES.items():
        hazard = hazards.get(group, "")
        lines += [
            "",
            f"[types.{name}]",
            f"hazard = {_text(hazard)}",
            f"outcome = {str(bool(hazard)).lower()}",
            f"group = {_text(group)}",
            f"label_id = {_text(label_id)}",
            f"label_en = {_text(label_en)}",
            f"meaning_en = {_text(meaning)}",
        ]
    return "\n".join(lines) + "\n"


# Inbox ---------------------------------------------------------------------------------------


def _write_inbox(
    inbox: Path, region: SimulatedRegion, villages: pl.DataFrame, rng: np.random.Generator
) -> None:
    """Write what would have arrived: incidents, graded reports and population."""
    told = region.incidents.filter(pl.col("reported"))
    rows = _listed(told, villages, rng)
    split = told.filter(pl.col("occurred_on") < NEW_FILE_FROM).height  # told is in order of time
    old, new = rows[:split], rows[split:]
    as_text = [{key: str(value) or None for key, value in row.items()} for row in old]
    schema = dict.fromkeys(INCIDENT_COLUMNS, pl.String)
    _write_csv(inbox / "insiden-lama.csv", pl.DataFrame(as_text, schema=schema))
    _write_workbook(inbox / "insiden-baru.xlsx", new)

    places = villages.select("village_code", "village", "district")
    reports = region.reports.join(places, on="village_code", how="left", maintain_order="left")
    lines = []
    for number, report in enumerate(reports.iter_rows(named=True), start=1):
        village = report["village"]
        line = {
            "nomor": f"{ORIGIN}/LI-{number:05d}",
            "tanggal": str(report["occurred_on"]),
            "tanggal_diketahui": str(report["known_on"]),
            "jenis": report["type"],
            "kecamatan": report["district"],
            "desa": misspell(village, rng) if rng.random() < MISSPELT_SHARE else village,
            "nilai_sumber": report["source_grade"],
            "nilai_informasi": report["information_grade"],
            "isi": f"{ORIGIN}. Ada tanda-tanda: {TYPES[report['type']][1].lower()}.",
        }
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    (inbox / "laporan.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")

    counted = villages.filter(pl.Series(rng.random(villages.height) < 0.85))
    population = pl.concat(
        counted.select(
            kode_desa="village_code",
            tahun=pl.lit(year),
            penduduk=(pl.col("population") * 1.012 ** (year - 2020)).round(0).cast(pl.Int64),
            sumber_url=pl.lit("https://simulasi.invalid/penduduk"),
            tanggal_diketahui=pl.lit(date(year + 1, 6, 30)),
        )
        for year in (2015, 2020, 2023)
    )
    _write_csv(inbox / "penduduk.csv", population)


def _listed(
    incidents: pl.DataFrame, villages: pl.DataFrame, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Write incidents down as people do: misspelt, half dated, and some past all use."""
    by_code = {row["village_code"]: row for row in villages.iter_rows(named=True)}
    beside: dict[str, str] = {}
    for members in villages.partition_by("district_code", maintain_order=True):
        names = members["village"].to_list()
        beside |= dict(zip(members["village_code"], names[1:] + names[:1], strict=True))
    rows = []
    for number, incident in enumerate(incidents.iter_rows(named=True), start=1):
        place = by_code[incident["village_code"]]
        district, village = place["district"], place["village"]
        day: Any = incident["occurred_on"]
        if rng.random() < MISSPELT_SHARE:
            village = misspell(village, rng)
        chance = rng.random()  # at most one further flaw a row
        if chance > 0.94 and incident["type"] == "bentrok_warga":
            # The other side's village; in the process the clash counts for the first alone.
            village = f"{village}; {beside[incident['village_code']]}"
        elif chance < 0.015:
            village = ""
        elif chance < 0.035:
            day = f"{day:%Y-%m}"
        elif chance < 0.038:
            day = str(rng.choice(["tidak diketahui", "31/02/2018", ""]))
        elif chance < 0.041:
            district = village = ""
        where = f"Desa {village.removeprefix('Ds. ')}" if village else f"Kecamatan {district}"
        rows.append(
            {
                "tanggal": day,
                "tanggal_diketahui": incident["known_on"],
                "jenis": incident["type"],
                "pemilu": incident["election"],
                "kecamatan": district,
                "desa": village,
                "lokasi": where if district else "tempat tidak jelas",
                "uraian": f"{ORIGIN}. {TYPES[incident['type']][1]} nomor {number}.",
                "sumber_url": f"https://simulasi.invalid/insiden/{number:06d}",
            }
        )
    return rows


def _write_workbook(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write incidents as a workbook with true date cells; partial dates stay text."""
    # A fixed day of creation: the workbook must not differ between two runs.
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(2024, 11, 20), "comments": ORIGIN})
        as_date = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("insiden")
        sheet.write_row(0, 0, INCIDENT_COLUMNS)
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row.values()):
                if isinstance(value, date):
                    sheet.write_datetime(at, column, value, as_date)
                elif value:
                    sheet.write_string(at, column, value)


# Files ---------------------------------------------------------------------------------------


def _text(value: str) -> str:
    """Return a TOML string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write a CSV and its sidecar."""
    frame.write_csv(path)
    sidecar = [
        f"title = {_text(f'{ORIGIN}: {path.stem}')}",
        f'description = "{ORIGIN}: invented by {SOURCE}; it says nothing about any real place."',
        f"obtained_on = {CUTOFF}",
        f"rows = {frame.height}",
        f'sha256 = "{hashlib.sha256(path.read_bytes()).hexdigest()}"',
        f'notes = ["{ORIGIN}. See {MARKER} for the seed and the process."]',
        "",
        "[[sources]]",
        f"who = {_text(SOURCE)}",
        'url = ""',
        'terms = "invented"',
    ]
    path.with_name(f"{path.name}.meta.toml").write_text("\n".join(sidecar) + "\n", encoding="utf-8")


def _marker(n_villages: int, seed: int, process: Process) -> str:
    """Say that all of it is invented, by which seed and which process."""
    parameters = {key: value for key, value in vars(process).items() if key != "elections"}
    listed = "\n".join(f"  {key} = {value}" for key, value in parameters.items())
    elections = "\n".join(f"  {day} {name}" for name, day in process.elections)
    return f"""{MARKER_LINE}
{ORIGIN}: seluruh isi folder ini rekaan; tidak ada desa, kejadian atau laporan yang nyata.

Written by: rawan simulate --villages {n_villages} --seed {seed}
The next rawan simulate into this folder empties it first, whatever was added to it.

truth.parquet   true risk by village, hazard and stage, as on {CUTOFF}
outcomes.csv    what happens from {CUTOFF} for {WINDOW_DAYS} days, told (reported) or not
inbox/, reference/   what a pipeline may see; a few incidents became known after the cutoff

The process (formulas at the head of models/simulation.py):
{listed}
Voting days:
{elections}
"""


def _configuration(n_villages: int) -> str:
    """Return `rawan.toml`; its paths are relative to itself."""
    return f"""# {ORIGIN}: an invented region, written by rawan simulate.
config_version = 1

[region]
name = "{REGION}"
reference = "reference"
data_origin = "{ORIGIN}"
expected_villages = {n_villages}

[inputs]
inbox = "inbox"
use_public_record = false        # an invented region has none

[calendar]
election = "{ELECTION}"
cutoff = {CUTOFF}
window_days = {WINDOW_DAYS}
history_from = {HISTORY_FROM}
test_from = {TEST_FROM}

[warehouse]
path = "var/rawan.duckdb"
key_file = "var/warehouse.key"

[output]
folder = "out"
"""
