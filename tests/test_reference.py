"""The reference tables: typed as declared, or refused with file, row and column."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rawan.calendar import load_calendar
from rawan.errors import RawanError
from rawan.reference import TABLES, load_reference, reference_hashes
from rawan.settings import PROJECT_ROOT, load_settings
from rawan.warehouse import Warehouse, open_warehouse

Bench = Any  # see conftest.py
Edit = Callable[..., Path]


@pytest.fixture
def edit(bench: Bench) -> Edit:
    """Replace text in a reference file."""

    def replace_in(name: str, old: str, new: str) -> Path:
        path: Path = bench.folder / "reference" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return replace_in


def test_every_table_has_exactly_its_declared_columns(warehouse: Warehouse) -> None:
    for table, schema in TABLES.items():
        assert warehouse.frame(f"FROM reference.{table}").schema == schema


def test_an_empty_cell_is_unknown_and_never_zero(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "SELECT ikg_access, elevation_m FROM reference.geography ORDER BY village_code LIMIT 1"
    ) == [(10.0, None)]


def test_a_cell_of_blanks_is_unknown_too(bench: Bench, edit: Edit) -> None:
    edit("villages.csv", "105.5,", '"  ",')
    edit("villages.csv", "desa", '" "')
    with open_warehouse(bench.settings, ":memory:") as warehouse:
        bench.load(warehouse)
        assert warehouse.rows(
            "SELECT lon, kind FROM reference.villages ORDER BY village_code LIMIT 1"
        ) == [(None, None)]


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("villages.csv", "-5.5,", "lima,", 'row 2, column "lat": "lima" is not a number'),
        ("polling_stations.csv", ",4,", ",4.5,", 'row 4, column "tps": "4.5" is not a whole numb'),
        ("polling_stations.csv", "2019-04-17", "17/04/2019", '"17/04/2019" is not a date'),
        ("polsek.csv", "true", "ya", 'column "assumed": "ya" is not a true or false'),
    ],
)
def test_a_cell_of_the_wrong_type_is_told_with_file_row_and_column(
    bench: Bench, edit: Edit, name: str, old: str, new: str, told: str
) -> None:
    path = edit(name, old, new)
    with (
        open_warehouse(bench.settings, ":memory:") as warehouse,
        pytest.raises(RawanError) as error,
    ):
        bench.load(warehouse)
    assert str(error.value).startswith(f"{path}, row ")
    assert told in str(error.value)


def test_a_missing_column_is_told_by_name(bench: Bench, edit: Edit) -> None:
    edit("districts.csv", "population_2010", "penduduk")
    with (
        open_warehouse(bench.settings, ":memory:") as warehouse,
        pytest.raises(RawanError, match=r"districts\.csv: the columns population_2010 are missing"),
    ):
        bench.load(warehouse)


@pytest.mark.parametrize("name", ["villages.csv", "hazards.toml"])
def test_a_missing_file_is_told_with_what_to_do(bench: Bench, name: str) -> None:
    (bench.folder / "reference" / name).unlink()
    with (
        open_warehouse(bench.settings, ":memory:") as warehouse,
        pytest.raises(RawanError, match=rf"{name}: .* missing"),
    ):
        bench.load(warehouse)


def test_a_file_that_is_not_what_its_sidecar_says_is_told_and_still_read(
    bench: Bench, warehouse: Warehouse, edit: Edit
) -> None:
    path: Path = bench.folder / "reference" / "villages.csv"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name("villages.csv.meta.toml").write_text(f'sha256 = "{digest}"', encoding="utf-8")
    elections = load_calendar(bench.folder / "reference" / "calendar.toml")
    assert load_reference(warehouse, bench.settings, elections) == []
    edit("villages.csv", "Tirtakhayal", "Tirtakhayalan")
    assert load_reference(warehouse, bench.settings, elections) == [
        "villages.csv is not the file that its sidecar describes: its content was changed."
    ]
    assert warehouse.value(
        "SELECT count(*) FROM reference.villages WHERE village = 'Tirtakhayalan'"
    )


def test_a_changed_reference_file_changes_its_hash_and_no_other(bench: Bench, edit: Edit) -> None:
    before = reference_hashes(bench.settings)
    edit("hazards.toml", "clash", "bentrok")
    after = reference_hashes(bench.settings)
    assert {name for name in before if before[name] != after[name]} == {"reference/hazards.toml"}


def test_the_reference_tables_that_ship_are_those_their_sidecars_describe() -> None:
    settings = load_settings(PROJECT_ROOT / "rawan.toml")
    elections = load_calendar(settings.region.reference / "calendar.toml")
    with open_warehouse(settings, ":memory:") as warehouse:
        assert load_reference(warehouse, settings, elections) == []
        assert warehouse.value("SELECT count(*) FROM reference.villages") == 260
        assert (
            warehouse.value("SELECT count(DISTINCT district_code) FROM reference.districts") == 17
        )
