"""What becomes of each row: it is placed, excluded or set aside with a reason, and none is lost."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.places.placing import Fates, place_rows, quarantine_lines
from rawan.settings import Settings
from rawan.sources.inbox import ingest
from rawan.warehouse import Warehouse, open_warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]
Place = Callable[..., Fates]

GOOD: Cells = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-02", "jenis": "bentrok"}


@pytest.fixture
def place(bench: Bench, warehouse: Warehouse, settings: Settings) -> Place:
    """Take rows in as one file of incidents, or of what its name says, and place them."""

    def rows(*cells: Cells, file: str = "insiden.csv") -> Fates:
        bench.drop(file, cells)
        ingest(warehouse, settings.inputs)
        return place_rows(warehouse, settings.inputs, settings.region.name)

    return rows


def places(warehouse: Warehouse) -> list[tuple[str, str | None, str, str]]:
    return warehouse.rows(
        "SELECT level, village_code, district_code, method FROM staging.places ORDER BY ALL"
    )


def fate(warehouse: Warehouse) -> tuple[str, str, str]:
    ((found, column, reason),) = warehouse.rows('SELECT fate, "column", reason FROM staging.fates')
    return found, column, reason


# Where a row belongs


def test_a_code_wins_over_every_name(place: Place, warehouse: Warehouse) -> None:
    place(
        GOOD
        | {"kode_desa": "99.99.02.2002", "desa": "Rejocontoh", "kecamatan": "Umpama"}
        | {"kabupaten": "Lain"}
    )
    assert places(warehouse) == [("village", "99.99.02.2002", "99.99.02", "code")]


def test_a_name_is_looked_up_inside_its_kecamatan(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"desa": "Sukarekaan", "kecamatan": "Andaikata"})
    assert places(warehouse) == [("village", "99.99.02.2001", "99.99.02", "name")]


def test_a_name_that_stands_once_in_the_region_needs_no_kecamatan(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"desa": "Ds. Tirta Khayal"})
    assert places(warehouse) == [("village", "99.99.02.2002", "99.99.02", "name")]


def test_a_repeated_name_without_kecamatan_is_set_aside_and_not_guessed(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"desa": "Sukarekaan"})
    assert fate(warehouse) == (
        "quarantined",
        "desa",
        '"Sukarekaan" is no village of the region, or more than one. '
        "Name its kecamatan or give its code.",
    )


def test_a_repeated_name_under_both_its_kecamatan_is_not_guessed(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"desa": "Sukarekaan", "kecamatan": "Umpama; Andaikata"})
    assert places(warehouse) == [
        ("district", None, "99.99.01", "village unknown"),
        ("district", None, "99.99.02", "village unknown"),
    ]


def test_a_misspelt_name_is_found_in_its_kecamatan_and_nowhere_else(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"desa": "Tirtakayal", "kecamatan": "Andaikata"})
    assert places(warehouse) == [("village", "99.99.02.2002", "99.99.02", "spelling")]
    place(GOOD | {"desa": "Tirtakayal"})
    assert fate(warehouse)[:2] == ("quarantined", "desa")


def test_a_misspelling_between_two_villages_counts_at_the_kecamatan(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"desa": "Wanaandai Timar", "kecamatan": "Umpama"})
    assert places(warehouse) == [("district", None, "99.99.01", "village unknown")]


def test_an_unknown_village_of_a_known_kecamatan_counts_at_the_kecamatan(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"desa": "Antahberantah", "kecamatan": "Umpama"})
    assert places(warehouse) == [("district", None, "99.99.01", "village unknown")]


def test_a_kecamatan_alone_counts_as_that(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"kecamatan": "Kec. Umpama"})
    assert places(warehouse) == [("district", None, "99.99.01", "kecamatan only")]


def test_one_row_may_name_several_villages(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"desa": "Rejocontoh; Tirtakhayal"})
    assert [code for _, code, _, _ in places(warehouse)] == ["99.99.01.2002", "99.99.02.2002"]


def test_a_known_village_beside_an_unknown_one_is_kept(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"desa": "Rejocontoh; Antahberantah"})
    assert [code for _, code, _, _ in places(warehouse)] == ["99.99.01.2002"]


def test_a_village_named_twice_is_one_place(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"desa": "Rejocontoh; Rejo Contoh"})
    assert len(places(warehouse)) == 1
    place(GOOD | {"kode_desa": "99.99.01.2002;99.99.01.2002"})
    assert len(places(warehouse)) == 1


def test_a_row_of_another_regency_is_excluded_and_not_set_aside(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"kabupaten": "Kab. Seberang Laut", "desa": "Rejocontoh"})
    assert fate(warehouse) == (
        "excluded",
        "kabupaten",
        '"Kab. Seberang Laut" is outside the region.',
    )


@pytest.mark.parametrize("regency", ["Contoh", "kab. contoh", "Kabupaten Contoh"])
def test_the_regency_itself_is_known_however_it_is_written(
    place: Place, warehouse: Warehouse, regency: str
) -> None:
    place(GOOD | {"kabupaten": regency, "desa": "Rejocontoh"})
    assert fate(warehouse)[0] == "placed"


def test_a_code_of_another_regency_is_excluded(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"kode_desa": "99.98.01.2001"})
    assert fate(warehouse) == ("excluded", "kode_desa", '"99.98.01.2001" is outside the region.')


def test_a_row_that_names_a_village_inside_and_one_outside_counts_inside(
    place: Place, warehouse: Warehouse
) -> None:
    for codes in ("99.99.01.2002;99.98.01.2001", "99.98.01.2001;99.99.01.2002"):
        place(GOOD | {"kode_desa": codes})
        assert fate(warehouse)[0] == "placed"
        assert [code for _, code, _, _ in places(warehouse)] == ["99.99.01.2002"]


def test_a_code_of_the_region_that_is_no_village_is_set_aside(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"kode_desa": "99.99.01.2999"})
    assert fate(warehouse) == (
        "quarantined",
        "kode_desa",
        '"99.99.01.2999" is not the code of a village.',
    )


def test_an_unknown_kecamatan_is_answered_with_the_nearest_one(
    place: Place, warehouse: Warehouse
) -> None:
    place(GOOD | {"kecamatan": "Seberau", "desa": "Rejocontoh"})
    assert fate(warehouse) == (
        "quarantined",
        "kecamatan",
        '"Seberau" is not a kecamatan of the region. Did you mean "Seberangan"?',
    )


def test_a_row_that_names_no_place_is_set_aside(place: Place, warehouse: Warehouse) -> None:
    place(GOOD)
    assert fate(warehouse) == (
        "quarantined",
        "desa",
        "no village and no kecamatan is named.",
    )


def test_a_report_that_names_only_places_outside_is_excluded(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    inputs = settings.inputs.model_copy(update={"use_public_record": True})
    (bench.folder / "record" / "reports.jsonl").write_text(
        '{"reported_on": "2019-01-01", "outside": ["Seberang Laut"]}\n'
        '{"reported_on": "2019-01-01", "outside": ["Seberang Laut"], "district_codes":'
        ' ["99.99.01"]}\n',
        encoding="utf-8",
    )
    ingest(warehouse, inputs)
    fates = place_rows(warehouse, inputs, settings.region.name)
    assert fates.counts == {"reports": {"placed": 1, "excluded": 1, "quarantined": 0}}
    assert places(warehouse) == [("district", None, "99.99.01", "kecamatan only")]


# What a row says


@pytest.mark.parametrize(
    ("file", "cells", "column", "reason"),
    [
        ("insiden.csv", {"tanggal": "31/02/2019"}, "tanggal", '"31/02/2019" is not a date.'),
        ("insiden.csv", {"tanggal": ""}, "tanggal", "the date is empty."),
        ("insiden.csv", {"tanggal_diketahui": "kemarin"}, "tanggal_diketahui", "is not a date."),
        ("insiden.csv", {"jenis": "bentrock"}, "jenis", 'Did you mean "bentrok"?'),
        ("insiden.csv", {"jenis": ""}, "jenis", "is not a type of incident."),
        ("insiden.csv", {"korban_jiwa": "dua"}, "korban_jiwa", '"dua" is not a whole number.'),
        ("insiden.csv", {"korban_luka": "-1"}, "korban_luka", '"-1" is not a whole number.'),
        ("insiden.csv", {"korban_luka": "³"}, "korban_luka", '"³" is not a whole number.'),
        ("laporan.csv", {"nilai_sumber": "G"}, "nilai_sumber", '"G" is not a grade A to F.'),
        ("laporan.csv", {"nilai_informasi": "12"}, "nilai_informasi", "is not a grade 1 to 6."),
        ("laporan.csv", {"jenis": "bentrock"}, "jenis", 'Did you mean "bentrok"?'),
        ("penduduk.csv", {"penduduk": "1.234"}, "penduduk", '"1.234" is not a whole number.'),
        ("penduduk.csv", {"tahun": ""}, "tahun", "year or population is empty."),
    ],
)
def test_a_wrong_cell_is_told_with_the_column_of_the_file(
    place: Place, warehouse: Warehouse, file: str, cells: Cells, column: str, reason: str
) -> None:
    forms: dict[str, Cells] = {
        "insiden.csv": GOOD,
        "laporan.csv": GOOD | {"nilai_sumber": "A", "nilai_informasi": "1"},
        "penduduk.csv": {"tahun": "2019", "penduduk": "100"},
    }
    good: Cells = forms[file] | {"kode_desa": "99.99.01.2001"}
    place(good, file=file)
    assert fate(warehouse)[0] == "placed"
    place(good | cells, file=file)
    found, named, why = fate(warehouse)
    assert (found, named) == ("quarantined", column)
    assert reason in why
    assert quarantine_lines(warehouse) == [f'inbox/{file}, row 2, column "{column}": {why}']


def test_a_long_cell_is_not_poured_out_into_the_reason(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"kode_desa": "99.99.01.2001", "tanggal": "x" * 5000})
    assert len(fate(warehouse)[2]) < 100


def test_a_row_set_aside_in_a_workbook_is_told_with_its_sheet(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(bench.inbox / "insiden.xlsx") as book:
        sheet = book.add_worksheet("2019")
        sheet.write_row(0, 0, ["tanggal", "jenis", "desa"])
        sheet.write_row(2, 0, ["31/02/2019", "bentrok", "Rejocontoh"])
    ingest(warehouse, settings.inputs)
    place_rows(warehouse, settings.inputs, settings.region.name)
    assert quarantine_lines(warehouse) == [
        'inbox/insiden.xlsx, sheet \'2019\', row 3, column "tanggal": "31/02/2019" is not a date.'
    ]


def test_part_of_a_date_is_kept_as_the_whole_interval(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"tanggal": "2019-02", "tanggal_diketahui": "2019", "desa": "Rejocontoh"})
    assert warehouse.rows(
        "SELECT occurred_from, occurred_on, known_on, known_on_assumed FROM staging.tellings"
    ) == [(date(2019, 2, 1), date(2019, 2, 28), date(2019, 12, 31), False)]


def test_a_row_that_does_not_say_when_it_was_known_counts_from_the_day_it_was_obtained(
    bench: Bench, place: Place, warehouse: Warehouse
) -> None:
    (bench.inbox / "insiden.csv.meta.toml").write_text("obtained_on = 2019-06-01", encoding="utf-8")
    fates = place(
        GOOD | {"desa": "Rejocontoh"},
        {"tanggal": "2019-01-01", "jenis": "bentrok", "desa": "Tirtakhayal"},
    )
    assert fates.known_on_assumed == 1
    assert warehouse.rows(
        "SELECT known_on, known_on_assumed FROM staging.tellings ORDER BY known_on"
    ) == [(date(2019, 1, 2), False), (date(2019, 6, 1), True)]


def test_a_report_without_grades_is_one_that_cannot_be_judged(
    place: Place, warehouse: Warehouse
) -> None:
    place({"tanggal": "2019-01-01", "desa": "Rejocontoh"}, file="laporan.csv")
    assert warehouse.rows(
        "SELECT type, source_grade, information_grade FROM staging.report_rows"
    ) == [(None, "F", "6")]


def test_grades_may_be_written_small(place: Place, warehouse: Warehouse) -> None:
    place({"tanggal": "2019-01-01", "desa": "Rejocontoh", "nilai_sumber": "b"}, file="laporan.csv")
    assert warehouse.value("SELECT source_grade FROM staging.report_rows") == "B"


def test_a_population_belongs_to_exactly_one_village(place: Place, warehouse: Warehouse) -> None:
    people: Cells = {"tahun": "2019", "penduduk": "100"}
    place(people | {"desa": "Rejocontoh"}, file="penduduk.csv")
    assert warehouse.rows("SELECT village_code, year, population FROM staging.population_rows") == [
        ("99.99.01.2002", 2019, 100)
    ]
    for where in ({"kecamatan": "Umpama"}, {"desa": "Rejocontoh;Tirtakhayal"}):
        place(people | where, file="penduduk.csv")
        assert fate(warehouse)[2] == "a population belongs to exactly one village."


# The balance


def test_rows_of_a_replaced_file_are_no_longer_placed(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"desa": "Rejocontoh"}, GOOD | {"desa": "Tirtakhayal"})
    place(GOOD | {"desa": "Margamisal"})
    assert [code for _, code, _, _ in places(warehouse)] == ["99.99.02.2003"]


def test_the_balance_is_told_kind_by_kind(place: Place) -> None:
    fates = place(
        GOOD | {"desa": "Rejocontoh"},
        GOOD | {"desa": "Rejocontoh", "tanggal": "kemarin"},
        GOOD | {"kabupaten": "Lain"},
    )
    assert fates.lines() == ["incidents: 1 placed + 1 excluded + 1 quarantined = 3 rows"]


def test_rows_whose_mapping_is_gone_stop_the_run(
    bench: Bench, place: Place, warehouse: Warehouse, settings: Settings
) -> None:
    place(GOOD | {"desa": "Rejocontoh"})
    (bench.folder / "mappings").mkdir()
    (bench.folder / "mappings" / "lain.toml").write_text(
        'kind = "incidents"\nmatch = ["x*"]\n[columns]\noccurred_on = "a"\ntype = "b"',
        encoding="utf-8",
    )
    inputs = settings.inputs.model_copy(update={"mappings": bench.folder / "mappings"})
    with pytest.raises(RawanError, match=r"inbox/insiden\.csv: its mapping incidents\.toml is gon"):
        place_rows(warehouse, inputs, settings.region.name)


ROWS = st.fixed_dictionaries(
    {
        "tanggal": st.sampled_from(["2019-01-01", "2019-02", "2019", "31/02/2019", "", "kemarin"]),
        "tanggal_diketahui": st.sampled_from(["2019-03-01", "", "?"]),
        "jenis": st.sampled_from(["bentrok", "unjuk_rasa", "bentrock", ""]),
        "kabupaten": st.sampled_from(["", "Contoh", "Kab. Contoh", "Seberang Laut"]),
        "kecamatan": st.sampled_from(["", "Umpama", "Umpamma", "Umpama;Andaikata", "Lain"]),
        "desa": st.sampled_from(
            ["", "Sukarekaan", "Rejocontoh", "Rejocontho", "Rejocontoh;Tirtakhayal", "Antah", ";"]
        )
        | st.text(st.characters(codec="utf-8"), max_size=8),
        "kode_desa": st.sampled_from(
            ["", "", "", "99.99.01.2001", "99.99.01.2999", "99.98.01.2001", "Rejocontoh"]
        ),
        "korban_jiwa": st.sampled_from(["", "0", "3", "tiga", "1.5"]),
    }
)


@hypothesis_settings(max_examples=25)
@given(st.lists(ROWS, max_size=30), st.lists(ROWS, max_size=30))
def test_placed_and_excluded_and_quarantined_are_all_that_came_in(
    make_bench: Callable[[], Bench], incidents: list[Cells], reports: list[Cells]
) -> None:
    bench = make_bench()
    # A row with no cell filled is no row.
    incidents, reports = (
        [row for row in rows if any(str(cell).strip() for cell in row.values())]
        for rows in (incidents, reports)
    )
    bench.drop("insiden.csv", incidents or [GOOD])
    casualties = {"korban_jiwa"}
    bench.drop(
        "laporan.csv",
        [{k: v for k, v in row.items() if k not in casualties} for row in reports] or [GOOD],
    )
    settings = bench.settings
    with open_warehouse(settings, ":memory:") as warehouse:
        bench.load(warehouse, settings)
        came_in = ingest(warehouse, settings.inputs).rows
        fates = place_rows(warehouse, settings.inputs, settings.region.name)
        assert sum(sum(kind.values()) for kind in fates.counts.values()) == came_in
        by_fate = dict(
            warehouse.rows("SELECT fate, count(DISTINCT row_id) FROM staging.fates GROUP BY fate")
        )
        assert sum(by_fate.values()) == came_in
        placed = {
            row_id for (row_id,) in warehouse.rows("SELECT DISTINCT row_id FROM staging.places")
        }
        assert len(placed) == by_fate.get("placed", 0)
        assert placed == {
            row_id
            for (row_id,) in warehouse.rows(
                "SELECT row_id FROM staging.tellings UNION SELECT row_id FROM staging.report_rows"
            )
        }
        assert (
            warehouse.value(
                "SELECT count(*) FROM staging.fates"
                " WHERE (fate != 'placed') != (reason != '' AND \"column\" != '')"
            )
            == 0
        )
