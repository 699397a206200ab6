"""An invented region of eight villages, small enough to reckon by hand, and the way through it.

Everything is real: files on disk, the readers, DuckDB, the SQL. Only the place is made up.
"""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings as hypothesis_settings

from rawan.calendar import load_calendar
from rawan.features import set_parameters
from rawan.places.placing import Fates, place_rows, quarantine_lines
from rawan.reference import TABLES, load_reference
from rawan.settings import Settings, load_settings
from rawan.sources.inbox import ingest
from rawan.warehouse import FLOORS, Warehouse, open_warehouse

hypothesis_settings.register_profile("rawan", deadline=None, database=None, derandomize=True)
hypothesis_settings.load_profile("rawan")

Cells = Mapping[str, object]

CONFIG = """
[region]
name = "Kabupaten Contoh"
reference = "reference"
data_origin = "SIMULASI"

[inputs]
inbox = "inbox"
public_record = "record"
use_public_record = false

[calendar]
election = "contoh2020"
cutoff = 2020-01-01
window = "182d"
history_from = 2016-01-01
test_from = 2018-01-01

[warehouse]
path = "var/rawan.duckdb"
key_file = "var/warehouse.key"
"""

CALENDAR = """
[[elections]]
id = "pilkada2015"
name_id = "Pilkada rekaan 2015"
name_en = "Invented regional election of 2015"
kind = "regional"
voting_day = 2015-12-09

[[elections]]
id = "pemilu2019"
name_id = "Pemilu rekaan 2019"
name_en = "Invented general election of 2019"
kind = "general"
voting_day = 2019-04-17

[[elections]]
id = "contoh2020"
name_id = "Pilkada rekaan 2020"
name_en = "Invented regional election of 2020"
kind = "regional"
voting_day = 2020-02-01

[[elections.stages]]
id = "campaign"
start = 2019-11-01
end = 2019-12-20
name_id = "kampanye"
name_en = "campaign"

[[elections.stages]]
id = "logistics"
start = 2020-01-29
end = 2020-01-31
name_id = "logistik"
name_en = "distribution"

[[elections.stages]]
id = "voting"
start = 2020-02-01
end = 2020-02-01
name_id = "pemungutan"
name_en = "voting"

[[elections.stages]]
id = "recap"
start = 2020-02-01
end = 2020-02-10
name_id = "rekapitulasi"
name_en = "recap"
"""

TYPES = {
    "bentrok": ("conflict", True, "clash"),
    "unjuk_rasa": ("", False, "protest"),
    "sengketa_lahan": ("", False, "land"),
    "politik_uang": ("", False, "allegation"),
    "gangguan_logistik": ("logistics", True, "logistics"),
}

DISTRICTS = {"99.99.01": "Umpama", "99.99.02": "Andaikata", "99.99.03": "Seberangan"}

# code: name, latitude, longitude. One name stands in two kecamatan; two names differ in a letter.
VILLAGES = {
    "99.99.01.2001": ("Sukarekaan", -5.50, 105.50),
    "99.99.01.2002": ("Rejocontoh", -5.51, 105.50),
    "99.99.01.2003": ("Wanaandai Timur", -5.50, 105.52),
    "99.99.01.2004": ("Wanaandai Timor", -5.52, 105.52),
    "99.99.02.2001": ("Sukarekaan", -5.55, 105.55),
    "99.99.02.2002": ("Tirtakhayal", -5.56, 105.55),
    "99.99.02.2003": ("Margamisal", -5.57, 105.56),
    "99.99.03.2001": ("Pulauangan", -7.00, 107.00),
}

# What is known, and from when on. What is not listed is unknown.
POLLING_STATIONS = [
    ("pilkada2015", "99.99.01.2001", 10, "2015-12-09"),
    ("pemilu2019", "99.99.01.2001", 12, "2019-04-17"),
    ("pilkada2015", "99.99.01.2002", 4, "2015-12-09"),
    ("pemilu2019", "99.99.02.2002", 8, "2019-04-17"),
    ("contoh2020", "99.99.01.2001", 99, "2020-01-02"),
]
IKG_ACCESS = {"99.99.01.2001": 10, "99.99.01.2002": 20, "99.99.02.2001": 60}
# election, level, village, kecamatan, votes for A and B, invalid, voters, known_on
RESULTS = [
    ("pilkada2015", "district", "", "99.99.01", 600, 400, 0, 2000, "2015-12-16"),
    ("pilkada2015", "district", "", "99.99.02", 900, 100, 0, 1250, "2015-12-16"),
    ("pemilu2019", "village", "99.99.01.2001", "99.99.01", 50, 50, 20, 150, "2019-05-20"),
    ("contoh2020", "district", "", "99.99.01", 1, 999, 0, 1000, "2020-02-10"),
]


@dataclass(frozen=True)
class Bench:
    """The region on disk; `run` carries what it is given through every floor below the marts."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "rawan.toml"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    def reference(self, table: str, rows: Iterable[Cells]) -> None:
        """Write a reference table anew; cells that are not given are empty."""
        write_csv(self.folder / "reference" / f"{table}.csv", rows, list(TABLES[table]))

    def drop(self, name: str, rows: Iterable[Cells]) -> Path:
        """Put a CSV into the inbox."""
        return write_csv(self.inbox / name, rows)

    def load(self, warehouse: Warehouse, settings: Settings | None = None) -> None:
        """Load the reference tables and the parameters."""
        settings = settings or self.settings
        elections = load_calendar(self.folder / "reference" / "calendar.toml")
        load_reference(warehouse, settings, elections)
        set_parameters(warehouse, settings)

    def obtained(self, name: str, day: str) -> None:
        """Say on which day a file of the inbox was obtained; call it before the file is placed."""
        sidecar = self.inbox / f"{name}.meta.toml"
        sidecar.write_text(f"obtained_on = {day}\n", encoding="utf-8")

    def place(
        self,
        warehouse: Warehouse,
        files: Mapping[str, Iterable[Cells]],
        settings: Settings | None = None,
    ) -> Fates:
        """Take rows in as files, beside those that came in before, and place all of them."""
        settings = settings or self.settings
        for name, rows in files.items():
            self.drop(name, rows)
        intake = ingest(warehouse, settings)
        assert not intake.rejected, intake.rejected
        return place_rows(warehouse, settings)

    def stage(
        self,
        warehouse: Warehouse,
        files: Mapping[str, Iterable[Cells]],
        settings: Settings | None = None,
    ) -> None:
        """Place rows as `place` does, none of them in quarantine, and build the staging tables."""
        settings = settings or self.settings
        self.place(warehouse, files, settings)
        lost = quarantine_lines(warehouse, settings)
        assert not lost, lost
        warehouse.build("staging")

    def run(
        self,
        incidents: Iterable[Cells] = (),
        reports: Iterable[Cells] = (),
        population: Iterable[Cells] = (),
    ) -> dict[str, pl.DataFrame]:
        """Take these rows in as files and return every staging and feature table."""
        for path in self.inbox.rglob("*"):
            if path.is_file():
                path.unlink()
        self.drop("insiden.csv", incidents or [{"tanggal": "", "jenis": ""}])
        self.drop("laporan.csv", reports or [{"tanggal": "", "isi": ""}])
        self.drop("penduduk.csv", population or [{"tahun": "", "penduduk": ""}])
        settings = self.settings
        with open_warehouse(settings, ":memory:") as warehouse:
            self.load(warehouse, settings)
            ingest(warehouse, settings)
            place_rows(warehouse, settings)
            lost = quarantine_lines(warehouse, settings)
            assert not lost, lost  # a test of SQL whose rows never arrive would test nothing
            for floor in ("staging", "features"):
                warehouse.build(floor)
            return {
                f"{floor}.{name}": warehouse.frame(f"FROM {floor}.{name}")
                for floor in ("staging", "features")
                for name in FLOORS[floor]
            }


def write_csv(path: Path, rows: Iterable[Cells], columns: list[str] | None = None) -> Path:
    """Write rows as CSV; the columns are all that any row has, in the order met."""
    rows = list(rows)
    columns = columns or list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(dict(row) for row in rows)
    return path


def write_bench(folder: Path) -> Bench:
    """Write the region into an empty folder."""
    for name in ("reference", "inbox", "record"):
        (folder / name).mkdir(parents=True)
    (folder / "rawan.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "reference" / "calendar.toml").write_text(CALENDAR, encoding="utf-8")
    (folder / "reference" / "hazards.toml").write_text(
        "".join(
            f'[types.{name}]\nhazard = "{hazard}"\noutcome = {str(outcome).lower()}\n'
            f'group = "{group}"\nlabel_id = "{name}"\nlabel_en = "{name}"\n'
            for name, (hazard, outcome, group) in TYPES.items()
        ),
        encoding="utf-8",
    )
    bench = Bench(folder)
    bench.reference(
        "districts", ({"district_code": code, "district": name} for code, name in DISTRICTS.items())
    )
    bench.reference(
        "villages",
        (
            {
                "village_code": code,
                "village": name,
                "kind": "desa",
                "district_code": code[:8],
                "district": DISTRICTS[code[:8]],
                "lat": lat,
                "lon": lon,
                "name_bps": name,
                "name_kpu_2019": name,
            }
            for code, (name, lat, lon) in VILLAGES.items()
        ),
    )
    bench.reference(
        "polling_stations",
        (
            {
                "election": election,
                "village_code": code,
                "district_code": code[:8],
                "tps": tps,
                "known_on": known_on,
            }
            for election, code, tps, known_on in POLLING_STATIONS
        ),
    )
    bench.reference(
        "geography",
        ({"village_code": code, "ikg_access": ikg} for code, ikg in IKG_ACCESS.items()),
    )
    bench.reference("polsek", ({"district_code": code, "assumed": "true"} for code in DISTRICTS))
    bench.reference("results", (row for ballot in RESULTS for row in result_rows(*ballot)))
    return bench


def result_rows(
    election: str,
    level: str,
    village: str,
    district: str,
    first: int,
    second: int,
    invalid: int,
    voters: int,
    known_on: str,
) -> list[Cells]:
    """Return one row a candidate; the figures of the whole ballot stand on each."""
    return [
        {
            "election": election,
            "level": level,
            "village_code": village,
            "district_code": district,
            "candidate": candidate,
            "votes": votes,
            "valid_votes": first + second,
            "invalid_votes": invalid,
            "voters": voters,
            "known_on": known_on,
        }
        for candidate, votes in (("A", first), ("B", second))
    ]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own key and overrides out of every test."""
    for name in list(os.environ):
        if name.startswith("RAWAN_") and name != "RAWAN_CHROMIUM":
            monkeypatch.delenv(name)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return write_bench(tmp_path / "region")


@pytest.fixture(scope="session")
def make_bench(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Bench]:
    """Give a fresh region to each example of a property."""
    return lambda: write_bench(tmp_path_factory.mktemp("bench") / "region")


@pytest.fixture
def settings(bench: Bench) -> Settings:
    return bench.settings


@pytest.fixture
def warehouse(bench: Bench, settings: Settings) -> Iterator[Warehouse]:
    """A warehouse in memory with the reference tables and the parameters."""
    with open_warehouse(settings, ":memory:") as opened:
        bench.load(opened, settings)
        yield opened
