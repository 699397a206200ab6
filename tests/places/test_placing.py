"""What becomes of each row: it is placed, excluded or set aside with a reason, and none is lost.

What a name means is tried in `test_resolver`; here names come in with files.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.places.placing import Fates, place_rows, quarantine_lines
from rawan.settings import PROJECT_ROOT, Settings
from rawan.warehouse import Warehouse, open_warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]
Place = Callable[..., Fates]
Row = tuple[str, str | None, str | None, list[tuple[str | None, str, str]]]

GOOD: Cells = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-02", "jenis": "bentrok"}
HERE: Cells = {"kode_desa": "99.99.01.2001"}
BY_ROW = (
    'SELECT f.row_id & 4294967295 AS "row", f.fate, f.field, f.reason,'
    " list((o.village_code, o.district_code, o.method) ORDER BY o.district_code, o.village_code)"
    " FILTER (f.fate = 'placed') AS places"
    " FROM staging.fates AS f LEFT JOIN staging.place_options AS o USING (place_no)"
    " GROUP BY ALL ORDER BY ALL"
)


@pytest.fixture
def place(bench: Bench, warehouse: Warehouse, settings: Settings) -> Place:
    """Take rows in as one file of incidents, or of what its name says, and place them."""

    def rows(*cells: Cells, file: str = "insiden.csv") -> Fates:
        fates: Fates = bench.place(warehouse, {file: cells}, settings)
        return fates

    return rows


def fate(warehouse: Warehouse) -> tuple[str, str | None, str | None]:
    ((found, field, reason),) = warehouse.rows("SELECT fate, field, reason FROM staging.fates")
    return found, field, reason


# Where a row belongs

SUKA, REJO, TIRTA = "99.99.01.2001", "99.99.01.2002", "99.99.02.2002"
ONE, TWO = "99.99.01", "99.99.02"

# What the row says, and where it belongs: (village, kecamatan, how it was found).
PLACED: dict[str, tuple[Cells, list[tuple[str | None, str, str]]]] = {
    "a code wins over every name": (
        {"kode_desa": TIRTA, "desa": "Rejocontoh", "kecamatan": "Umpama", "kabupaten": "Lain"},
        [(TIRTA, TWO, "code")],
    ),
    "a name is looked up inside its kecamatan": (
        {"desa": "Sukarekaan", "kecamatan": "Andaikata"},
        [("99.99.02.2001", TWO, "name")],
    ),
    "a name that stands once in the region needs no kecamatan": (
        {"desa": "Ds. Tirta Khayal"},
        [(TIRTA, TWO, "name")],
    ),
    "a repeated name under both its kecamatan is not guessed": (
        {"desa": "Sukarekaan", "kecamatan": "Umpama; Andaikata"},
        [(None, ONE, "village unknown"), (None, TWO, "village unknown")],
    ),
    "a misspelt name is found in its kecamatan": (
        {"desa": "Tirtakayal", "kecamatan": "Andaikata"},
        [(TIRTA, TWO, "spelling")],
    ),
    "a misspelling between two villages counts at the kecamatan": (
        {"desa": "Wanaandai Timar", "kecamatan": "Umpama"},
        [(None, ONE, "village unknown")],
    ),
    "an unknown village of a known kecamatan counts at the kecamatan": (
        {"desa": "Antahberantah", "kecamatan": "Umpama"},
        [(None, ONE, "village unknown")],
    ),
    "a kecamatan alone counts as that": (
        {"kecamatan": "Kec. Umpama"},
        [(None, ONE, "kecamatan only")],
    ),
    "one row may name several villages": (
        {"desa": "Rejocontoh; Tirtakhayal"},
        [(REJO, ONE, "name"), (TIRTA, TWO, "name")],
    ),
    "a known village beside an unknown one is kept": (
        {"desa": "Rejocontoh; Antahberantah"},
        [(REJO, ONE, "name")],
    ),
    "a village named twice is one place": (
        {"desa": "Rejocontoh; Rejo Contoh"},
        [(REJO, ONE, "name")],
    ),
    "a code given twice is one place": (
        {"kode_desa": f"{REJO};{REJO}"},
        [(REJO, ONE, "code")],
    ),
    "a code outside beside one inside counts inside": (
        {"kode_desa": f"99.98.01.2001;{REJO}"},
        [(REJO, ONE, "code")],
    ),
    "so it does in the other order": (
        {"kode_desa": f"{REJO};99.98.01.2001"},
        [(REJO, ONE, "code")],
    ),
    "the regency itself is known": (
        {"kabupaten": "Contoh", "desa": "Rejocontoh"},
        [(REJO, ONE, "name")],
    ),
    "however it is written": (
        {"kabupaten": "kab. contoh", "desa": "Rejocontoh"},
        [(REJO, ONE, "name")],
    ),
    "and as the configuration has it": (
        {"kabupaten": "Kabupaten Contoh", "desa": "Rejocontoh", "kecamatan": "Umpama"},
        [(REJO, ONE, "name")],
    ),
    "a point stands for the village that lies next to it": (
        {"lintang": "-5,501", "bujur": "105,501"},
        [(SUKA, ONE, "nearest")],
    ),
    "where no column tells the place its words do": (
        {"lokasi": "di Desa Rejocontoh, Kecamatan Umpama"},
        [(REJO, ONE, "name")],
    ),
    "and without those what happened tells it": (
        {"uraian": "Dua kelompok bentrok di Desa Rejocontoh, Kecamatan Umpama."},
        [(REJO, ONE, "name")],
    ),
}

# What the row says, and why it has no place.
UNPLACED: dict[str, tuple[Cells, tuple[str, str, str]]] = {
    "a repeated name without kecamatan is not guessed": (
        {"desa": "Sukarekaan"},
        (
            "quarantined",
            "villages",
            '"Sukarekaan" is no village of the region, or more than one. '
            "Name its kecamatan or give its code.",
        ),
    ),
    "a misspelling between two villages without kecamatan is not guessed": (
        {"desa": "Wanaandai Timar"},
        (
            "quarantined",
            "villages",
            '"Wanaandai Timar" is no village of the region, or more than one. '
            "Name its kecamatan or give its code.",
        ),
    ),
    "a row of another regency": (
        {"kabupaten": "Kab. Seberang Laut", "desa": "Rejocontoh"},
        ("excluded", "regency", '"Kab. Seberang Laut" is outside the region.'),
    ),
    "a code of another regency": (
        {"kode_desa": "99.98.01.2001"},
        ("excluded", "village_codes", '"99.98.01.2001" is outside the region.'),
    ),
    "a code of the region that is no village": (
        {"kode_desa": "99.99.01.2999"},
        ("quarantined", "village_codes", '"99.99.01.2999" is not the code of a village.'),
    ),
    "an unknown kecamatan is answered with the nearest one": (
        {"kecamatan": "Seberau", "desa": "Rejocontoh"},
        (
            "quarantined",
            "districts",
            '"Seberau" is not a kecamatan of the region. Did you mean "Seberangan"?',
        ),
    ),
    "places outside alone": (
        {"luar_wilayah": "Seberang Laut"},
        ("excluded", "outside", '"Seberang Laut" is outside the region.'),
    ),
    "no place at all": (
        {},
        ("quarantined", "villages", "no village and no kecamatan is named."),
    ),
}


@pytest.fixture(scope="module")
def belongs(make_bench: Callable[[], Bench]) -> dict[str, Row]:
    """Return what became of all rows above, which came in as one file."""
    cases = {name: cells for name, (cells, _) in (PLACED | UNPLACED).items()}
    bench = make_bench()
    with open_warehouse(bench.settings, ":memory:") as warehouse:
        bench.load(warehouse)
        bench.place(warehouse, {"insiden.csv": [GOOD | cells for cells in cases.values()]})
        found = warehouse.rows(BY_ROW)
    assert [number for number, *_ in found] == [*range(2, len(cases) + 2)]
    return {name: (row[1], row[2], row[3], row[4]) for name, row in zip(cases, found, strict=True)}


@pytest.mark.parametrize("case", PLACED)
def test_a_row_belongs(belongs: dict[str, Row], case: str) -> None:
    found, _, reason, places = belongs[case]
    assert places == PLACED[case][1]
    assert (found, reason) == ("placed", None)


@pytest.mark.parametrize("case", UNPLACED)
def test_a_row_without_a_place_says_why(belongs: dict[str, Row], case: str) -> None:
    assert tuple(belongs[case][:3]) == UNPLACED[case][1]


def test_a_report_that_names_only_places_outside_is_excluded(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    inputs = settings.inputs.model_copy(update={"use_public_record": True})
    (bench.folder / "record" / "reports.jsonl").write_text(
        '{"reported_on": "2019-01-01", "known_on": "2019-01-01", "outside": ["Seberang Laut"]}\n'
        '{"reported_on": "2019-01-01", "known_on": "2019-01-01", "outside": ["Seberang Laut"],'
        ' "district_codes": ["99.99.01"]}\n',
        encoding="utf-8",
    )
    fates = bench.place(warehouse, {}, settings.model_copy(update={"inputs": inputs}))
    assert fates.counts == {"reports": {"placed": 1, "excluded": 1, "quarantined": 0}}
    assert [places for *_, places in warehouse.rows(BY_ROW) if places] == [
        [(None, "99.99.01", "kecamatan only")]
    ]


def test_a_row_that_its_mapping_leaves_out_asks_for_no_place(
    bench: Bench, warehouse: Warehouse, settings: Settings, tmp_path: Path
) -> None:
    folder = copytree(PROJECT_ROOT / "data" / "mappings", tmp_path / "mappings")
    own = (folder / "incidents.toml").read_text(encoding="utf-8")
    own += '\n[exclude]\nnegara = ["Negeri Jauh"]\n'
    (folder / "incidents.toml").write_text(own, encoding="utf-8")
    inputs = settings.inputs.model_copy(update={"mappings": folder})
    rows = [
        GOOD | {"desa": "Sukarekaan", "negara": "Negeri Jauh"},
        GOOD | {"desa": "Rejocontoh", "negara": "Indonesia"},
    ]
    settings = settings.model_copy(update={"inputs": inputs})
    fates = bench.place(warehouse, {"insiden.csv": rows}, settings)
    assert fates.counts == {"incidents": {"placed": 1, "excluded": 1, "quarantined": 0}}
    assert fates.waiting == 0


# What a row says


@pytest.mark.parametrize(
    ("file", "column", "field", "cells"),
    [
        (
            "insiden.csv",
            "tanggal",
            "occurred_on",
            {"31/02/2019": '"31/02/2019"', "": "the date is empty."},
        ),
        ("insiden.csv", "tanggal_diketahui", "known_on", {"kemarin": '"kemarin"'}),
        (
            "insiden.csv",
            "jenis",
            "type",
            {"bentrock": 'Did you mean "bentrok"?', "": "the type is empty"},
        ),
        ("insiden.csv", "korban_jiwa", "deaths", {"dua": '"dua"'}),
        ("insiden.csv", "korban_luka", "injured", {"-1": '"-1"', "³": '"³"'}),
        ("insiden.csv", "status", "status", {"batal": "the status is empty, koreksi or dicabut."}),
        ("insiden.csv", "nomor", "source_key", {"": "must carry the number"}),
        ("laporan.csv", "nilai_sumber", "source_grade", {"G": "a letter A to F."}),
        ("laporan.csv", "nilai_informasi", "information_grade", {"12": "a number 1 to 6."}),
        ("laporan.csv", "jenis", "type", {"bentrock": 'Did you mean "bentrok"?'}),
        ("penduduk.csv", "penduduk", "population", {"1,5": '"1,5"', "": "the number is empty."}),
        (
            "penduduk.csv",
            "tahun",
            "year",
            {"": "the number is empty.", "1803": "between 1945 and 2100."},
        ),
        ("nihil.csv", "satuan", "unit", {"": "the unit is empty."}),
        (
            "kegiatan.csv",
            "tanggal_selesai",
            "ended_on",
            {"2018-12-31": "the last day lies before the first."},
        ),
        ("kegiatan.csv", "perkiraan_peserta", "expected_people", {"ratusan": '"ratusan"'}),
        ("penugasan.csv", "personel", "officers", {"-3": '"-3"'}),
        (
            "tps.csv",
            "pemilu",
            "election",
            {"pemilu1955": "no election of the calendar: pemilu1955"},
        ),
        ("tps.csv", "jumlah_tps", "tps", {"": "the number is empty.", "x": '"x"'}),
        ("tps_rawan.csv", "kerawanan", "vulnerability", {"parah": "the class is kurang_rawan"}),
        ("tps_rawan.csv", "nomor_tps", "tps_number", {"": "the polling station is empty."}),
    ],
)
def test_a_wrong_cell_is_told_with_the_column_of_the_file(
    place: Place,
    warehouse: Warehouse,
    settings: Settings,
    file: str,
    column: str,
    field: str,
    cells: dict[str, str],
) -> None:
    days: Cells = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-02"}
    forms: dict[str, Cells] = {
        "insiden.csv": GOOD | {"nomor": "1", "status": "koreksi"},
        "laporan.csv": GOOD | {"nilai_sumber": "A", "nilai_informasi": "1"},
        "penduduk.csv": {"tahun": "2019", "penduduk": "100"},
        "nihil.csv": days | {"satuan": "Polsek Umpama"},
        "kegiatan.csv": days | {"kegiatan": "debat", "tanggal_selesai": "2019-01-02"},
        "penugasan.csv": days | {"satuan": "Polsek Umpama", "personel": "3"},
        "tps.csv": {"pemilu": "pemilu2019", "jumlah_tps": "3"},
        "tps_rawan.csv": {"pemilu": "pemilu2019", "nomor_tps": "3", "kerawanan": "rawan"},
    }
    good = forms[file] | HERE
    place(good, *(good | {column: cell} for cell in cells), file=file)
    found = warehouse.rows("SELECT fate, field, reason FROM staging.fates ORDER BY row_id")
    assert [row[:2] for row in found] == [("placed", None)] + [("quarantined", field)] * len(cells)
    for (_, _, why), reason in zip(found[1:], cells.values(), strict=True):
        assert reason in why
    assert quarantine_lines(warehouse, settings) == [
        f'inbox/{file}, row {row}, column "{column}": {why}'
        for row, (_, _, why) in enumerate(found[1:], 3)
    ]


def test_a_long_cell_is_not_poured_out_into_the_reason(place: Place, warehouse: Warehouse) -> None:
    columns = ("tanggal", "jenis", "korban_jiwa", "tanggal_diketahui")
    place(*(GOOD | HERE | {column: "x" * 5000} for column in columns))
    reasons = [reason for (reason,) in warehouse.rows("SELECT reason FROM staging.fates")]
    assert len(reasons) == len(columns)
    assert all(0 < len(reason) < 200 for reason in reasons)


def test_a_row_set_aside_in_a_workbook_is_told_with_its_sheet(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    with xlsxwriter.Workbook(bench.inbox / "insiden.xlsx") as book:
        sheet = book.add_worksheet("2019")
        sheet.write_row(0, 0, ["tanggal", "jenis", "desa"])
        sheet.write_row(2, 0, ["31/02/2019", "bentrok", "Rejocontoh"])
    bench.place(warehouse, {})
    (line,) = quarantine_lines(warehouse, settings)
    assert line.startswith(
        'inbox/insiden.xlsx, sheet \'2019\', row 3, column "tanggal": "31/02/2019"'
    )


def test_part_of_a_date_is_kept_as_the_whole_interval(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | HERE | {"tanggal": "2019-02", "tanggal_diketahui": "2019"})
    assert warehouse.rows(
        "SELECT occurred_from, occurred_on, known_on, known_on_assumed FROM staging.own_events"
    ) == [(date(2019, 2, 1), date(2019, 2, 28), date(2019, 12, 31), False)]


def test_a_row_that_does_not_say_when_it_was_known_counts_from_the_day_it_was_obtained(
    bench: Bench, place: Place, warehouse: Warehouse
) -> None:
    bench.obtained("insiden.csv", "2019-06-01")
    fates = place(GOOD | HERE, {"tanggal": "2019-01-01", "jenis": "bentrok", "desa": "Tirtakhayal"})
    assert fates.known_on_assumed == 1
    assert warehouse.rows(
        "SELECT known_on, known_on_assumed FROM staging.own_events ORDER BY known_on"
    ) == [(date(2019, 1, 2), False), (date(2019, 6, 1), True)]


def test_a_report_without_grades_cannot_be_judged_and_grades_may_be_written_small(
    place: Place, warehouse: Warehouse
) -> None:
    report: Cells = {"tanggal": "2019-01-01", "desa": "Rejocontoh"}
    place(report, report | {"nilai_sumber": "b"}, file="laporan.csv")
    assert warehouse.rows(
        "SELECT type, source_grade, information_grade FROM staging.read_reports ORDER BY row_id"
    ) == [(None, "F", "6"), (None, "B", "6")]


@pytest.mark.parametrize(
    ("file", "cells"),
    [
        ("penduduk.csv", {"tahun": "2019", "penduduk": "100"}),
        ("tps.csv", {"pemilu": "pemilu2019", "jumlah_tps": "3"}),
        ("tps_rawan.csv", {"pemilu": "pemilu2019", "nomor_tps": "3"}),
    ],
)
def test_a_figure_belongs_to_exactly_one_village(
    place: Place, warehouse: Warehouse, file: str, cells: Cells
) -> None:
    where: list[Cells] = [
        {"desa": "Rejocontoh"},
        {"kecamatan": "Umpama"},
        {"desa": "Rejocontoh;Tirtakhayal"},
    ]
    place(*(cells | one for one in where), file=file)
    belongs = "this figure belongs to exactly one village."
    assert warehouse.rows("SELECT fate, reason FROM staging.fates ORDER BY row_id") == [
        ("placed", None),
        ("quarantined", belongs),
        ("quarantined", belongs),
    ]


# The balance


def test_rows_of_a_replaced_file_are_no_longer_placed(place: Place, warehouse: Warehouse) -> None:
    place(GOOD | {"desa": "Rejocontoh"}, GOOD | {"desa": "Tirtakhayal"})
    place(GOOD | {"desa": "Margamisal"})
    assert [places for *_, places in warehouse.rows(BY_ROW)] == [
        [("99.99.02.2003", "99.99.02", "name")]
    ]


def test_the_balance_is_told_file_by_file_and_kind_by_kind(
    bench: Bench, warehouse: Warehouse
) -> None:
    fates = bench.place(
        warehouse,
        {
            "insiden.csv": [
                GOOD | {"desa": "Rejocontoh"},
                GOOD | {"desa": "Rejocontoh", "tanggal": "kemarin"},
                GOOD | {"kabupaten": "Lain"},
            ],
            "insiden_2.csv": [GOOD | {"desa": "Rejocontoh"}],
        },
    )
    assert fates.lines() == [
        "inbox/insiden.csv: 1 placed + 1 excluded + 1 quarantined = 3 rows",
        "inbox/insiden_2.csv: 1 placed + 0 excluded + 0 quarantined = 1 rows",
        "1 questions wait for a person: rawan review",
    ]
    assert fates.counts == {"incidents": {"placed": 2, "excluded": 1, "quarantined": 1}}


@pytest.mark.parametrize("taken", ["raw.incidents", "raw.damaged"])
def test_a_row_that_got_lost_stops_the_placing(
    bench: Bench, warehouse: Warehouse, settings: Settings, taken: str
) -> None:
    (bench.inbox / "insiden.csv").write_text(
        "tanggal,jenis,desa\n2019-01-01,bentrok,Rejocontoh\n2019-01-01,bentrok,A,B,C,D\n",
        encoding="utf-8",
    )
    fates = bench.place(warehouse, {})
    assert fates.counts == {"incidents": {"placed": 1, "excluded": 0, "quarantined": 1}}
    warehouse.execute(f"DELETE FROM {taken}")
    with pytest.raises(RawanError, match=r"insiden\.csv: 2 rows came in, but 1 have a fate"):
        place_rows(warehouse, settings)


def test_rows_whose_mapping_is_gone_still_count(
    bench: Bench, place: Place, warehouse: Warehouse, settings: Settings
) -> None:
    place(GOOD | HERE, GOOD | HERE | {"tanggal": "kemarin"})
    (bench.folder / "mappings").mkdir()
    (bench.folder / "mappings" / "lain.toml").write_text(
        'kind = "incidents"\nmatch = ["x*"]\n[columns]\noccurred_on = "a"\ntype = "b"',
        encoding="utf-8",
    )
    inputs = settings.inputs.model_copy(update={"mappings": bench.folder / "mappings"})
    changed = settings.model_copy(update={"inputs": inputs})
    assert place_rows(warehouse, changed).counts["incidents"]["placed"] == 1
    (line,) = quarantine_lines(warehouse, changed)
    assert line.startswith('inbox/insiden.csv, row 3, column "occurred_on": "kemarin"')


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


@hypothesis_settings(max_examples=6)
@given(st.lists(ROWS, max_size=40), st.lists(ROWS, max_size=40))
def test_placed_and_excluded_and_quarantined_are_all_that_came_in(
    make_bench: Callable[[], Bench], incidents: list[Cells], reports: list[Cells]
) -> None:
    bench = make_bench()
    # A row with no cell filled is no row.
    incidents, reports = (
        [row for row in rows if any(str(cell).strip() for cell in row.values())] or [GOOD]
        for rows in (incidents, reports)
    )
    reports = [{k: v for k, v in row.items() if k != "korban_jiwa"} for row in reports]
    settings = bench.settings
    with open_warehouse(settings, ":memory:") as warehouse:
        bench.load(warehouse, settings)
        fates = bench.place(warehouse, {"insiden.csv": incidents, "laporan.csv": reports})
        came_in = warehouse.value("SELECT sum(rows)::BIGINT FROM raw.sheets")
        assert sum(sum(kind.values()) for kind in fates.counts.values()) == came_in
        assert warehouse.value("SELECT count(DISTINCT row_id) FROM staging.fates") == came_in
        # Whatever is placed has a place, and only that; whatever is not says why.
        assert (
            warehouse.value(
                "SELECT count(*) FROM staging.fates WHERE (fate = 'placed') IS DISTINCT FROM"
                " (place_no IN (SELECT place_no FROM staging.place_options) AND reason IS NULL)"
            )
            == 0
        )
