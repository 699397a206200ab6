"""What cells mean: dates, counts and types, each written form read once, and types from words."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rawan.places import values
from rawan.warehouse import Warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]

PROTEST = "Warga unjuk rasa di depan kantor"
MONEY = "Diduga ada pembagian amplop menjelang hari pemungutan"
TWO_THREATS = "Warga bentrok dan unjuk rasa soal lahan"
NO_THREAT = "Warga bertemu di balai"
GOOD: Cells = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-02", "kode_desa": ""}
GOOD |= {"kode_desa": "99.99.01.2001"}


def label(bench: Bench, **labels: tuple[str, str]) -> None:
    """Give types of the region their names in both languages."""
    file: Path = bench.folder / "reference" / "hazards.toml"
    content = file.read_text(encoding="utf-8")
    for kind, (name_id, name_en) in labels.items():
        content = content.replace(f'label_id = "{kind}"', f'label_id = "{name_id}"')
        content = content.replace(f'label_en = "{kind}"', f'label_en = "{name_en}"')
    file.write_text(content, encoding="utf-8")


def test_a_type_may_be_written_by_its_id_or_its_name_in_either_language(
    bench: Bench, warehouse: Warehouse
) -> None:
    label(bench, unjuk_rasa=("Unjuk rasa", "Protest"), bentrok=("Bentrok", "Clash"))
    bench.load(warehouse)
    written = ["unjuk_rasa", "UNJUK RASA", "protest", "Clash", "Unjukrasa"]
    bench.place(warehouse, {"insiden.csv": [GOOD | {"jenis": kind} for kind in written]})
    found = dict(warehouse.rows("SELECT written, type FROM staging.types"))
    assert found == {
        "unjuk_rasa": "unjuk_rasa",
        "UNJUK RASA": "unjuk_rasa",
        "protest": "unjuk_rasa",
        "Clash": "bentrok",
        "Unjukrasa": None,
    }
    assert warehouse.value("SELECT reason FROM staging.fates WHERE fate = 'quarantined'") == (
        '"Unjukrasa" is not a type of incident. Did you mean "unjuk_rasa"?'
    )


@pytest.mark.parametrize(
    ("written", "people"),
    [("1234", 1234), ("1.234", 1234), ("1.234.567", 1234567), (" 1 234 ", 1234), ("0", 0)],
)
def test_counts_may_have_thousands_points(
    bench: Bench, warehouse: Warehouse, written: str, people: int
) -> None:
    cells = GOOD | {"tahun": "2019", "penduduk": written}
    bench.place(warehouse, {"penduduk.csv": [cells]})
    assert warehouse.rows("SELECT year, population FROM staging.read_demographics") == [
        (2019, people)
    ]


def test_dates_are_read_as_days_or_intervals_or_with_a_reason(
    bench: Bench, warehouse: Warehouse
) -> None:
    written = ["28 Okt 2018", "Minggu (28/10/18)", "2018-10", "2018", "31/02/2019", "kemarin"]
    rows = [GOOD | {"jenis": "bentrok", "tanggal": day} for day in written]
    bench.place(warehouse, {"insiden.csv": rows})
    found = {
        text: (first, last, reason)
        for text, first, last, reason in warehouse.rows("FROM staging.dates")
    }
    day = date(2018, 10, 28)
    assert found["28 Okt 2018"] == found["Minggu (28/10/18)"] == (day, day, None)
    assert found["2018-10"] == (date(2018, 10, 1), date(2018, 10, 31), None)
    assert found["2018"] == (date(2018, 1, 1), date(2018, 12, 31), None)
    for text in ("31/02/2019", "kemarin"):
        first, last, reason = found[text]
        assert (first, last) == (None, None)
        assert text in reason
    assert len(found) == len(written) + 1  # and the day on which they were known


def test_each_written_form_is_read_once_however_often_it_comes(
    bench: Bench, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(text: str) -> Any:
        read.append(text)
        return read_interval(text)

    read_interval = values.read_interval
    monkeypatch.setattr(values, "read_interval", counted)
    rows = [GOOD | {"jenis": "bentrok", "uraian": str(number)} for number in range(50)]
    bench.place(warehouse, {"insiden.csv": rows, "laporan.csv": rows[:3]})
    assert sorted(read) == ["2019-01-01", "2019-01-02"]


def test_an_incident_without_a_type_gets_it_from_its_words_only_where_they_are_sure(
    bench: Bench, warehouse: Warehouse
) -> None:
    words = [PROTEST, MONEY, TWO_THREATS, NO_THREAT, ""]
    rows = [GOOD | {"jenis": "", "uraian": text, "nomor": str(i)} for i, text in enumerate(words)]
    told = GOOD | {"jenis": "bentrok", "uraian": PROTEST, "nomor": "told"}
    bench.place(warehouse, {"insiden.csv": [*rows, told]})
    found = warehouse.rows(
        "SELECT c.source_key, r.verdict.fate, if(r.verdict.fate = 'placed', r.type, NULL),"
        " r.verdict.field FROM staging.read_incidents AS r"
        " JOIN staging.current_incidents AS c USING (row_id) ORDER BY c.row"
    )
    assert found == [
        ("0", "placed", "unjuk_rasa", None),
        ("1", "placed", "politik_uang", None),
        ("2", "quarantined", None, "type"),
        ("3", "quarantined", None, "type"),
        ("4", "quarantined", None, "type"),
        ("told", "placed", "bentrok", None),
    ]


def test_a_report_without_a_type_keeps_its_place_and_takes_what_its_text_surely_says(
    bench: Bench, warehouse: Warehouse
) -> None:
    texts = [PROTEST, TWO_THREATS, NO_THREAT]
    bench.place(warehouse, {"laporan.csv": [GOOD | {"jenis": "", "isi": text} for text in texts]})
    assert warehouse.rows(
        "SELECT type, is_type_read, verdict.fate FROM staging.read_reports ORDER BY row_id"
    ) == [("unjuk_rasa", True, "placed"), (None, False, "placed"), (None, False, "placed")]


def test_the_confidence_asked_for_is_that_of_the_configuration(
    bench: Bench, warehouse: Warehouse
) -> None:
    config = bench.config.read_text(encoding="utf-8") + "\n[reports]\nleast_confidence = 0.99\n"
    bench.config.write_text(config, encoding="utf-8")
    bench.place(warehouse, {"laporan.csv": [GOOD | {"jenis": "", "isi": PROTEST}]})
    assert warehouse.rows("SELECT type FROM staging.read_reports") == [(None,)]
