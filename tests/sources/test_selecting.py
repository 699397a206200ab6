"""A batch by field: what a mapping does to cells, and that it loses none."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.sources.contract import fields_of
from rawan.sources.mapping import load_mappings
from rawan.sources.mapping_files import parse_mapping

Write = Callable[..., Path]

GOOD = """
kind = "incidents"
match = ["kejadian*"]
ignore = ["catatan"]
drop = ["pelapor"]
[columns]
occurred_on = "Tanggal"
type = "Jenis"
villages = "Desa"
"""
RICH = (
    GOOD
    + """
place_text = "Lokasi"
lat = "Lintang"
known_on = "Diunggah"
[values.type]
Tawuran = "bentrok_warga"
"-" = ""
[constants]
election = "pilkada2024"
[forms]
known_on = "unix_seconds"
[precision.occurred_on]
column = "Ketelitian"
week = ["2"]
month = ["3"]
[when.lat]
Tepat = ["ya", "1"]
[exclude]
Negara = ["Malaysia", "Brunei"]
[only]
Provinsi = ["Lampung"]
"""
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write mappings by name and return their folder."""

    def to_folder(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return to_folder


def frame(*rows: Mapping[str, str | None]) -> pl.DataFrame:
    """Return rows as a reader hands them on; the columns are those of the first row."""
    columns = list(rows[0])
    return pl.DataFrame(
        [{"row": number, **{c: row.get(c) for c in columns}} for number, row in enumerate(rows, 2)],
        schema={"row": pl.Int64, **dict.fromkeys(columns, pl.String)},
    )


def select(folder: Path, *rows: Mapping[str, str | None]) -> list[dict[str, str | None]]:
    """Return rows by field, as the mapping "polsek" of a folder says."""
    batch = frame(*rows)
    selected = load_mappings(folder)["polsek"].select(batch, batch.columns[1:])
    assert selected["row"].to_list() == batch["row"].to_list()
    return selected.to_dicts()


def test_cells_are_given_by_field_and_stripped(write: Write) -> None:
    (row,) = select(
        write(polsek=GOOD), {"Tanggal": " 2019-01-01 ", "Jenis": "bentrok", "Desa": " "}
    )
    assert list(row) == ["row", *fields_of("incidents"), "other", "excluded"]
    assert (row["occurred_on"], row["type"], row["villages"]) == ("2019-01-01", "bentrok", None)
    assert (row["other"], row["excluded"]) == (None, None)


def test_names_of_columns_match_by_letters_and_digits_alone(write: Write) -> None:
    (row,) = select(
        write(polsek=GOOD), {"TANGGAL *": "2019-01-01", "jenis": "bentrok", "Lokasi Desa": "Umpama"}
    )
    assert (row["occurred_on"], row["type"], row["villages"]) == ("2019-01-01", "bentrok", "Umpama")


def test_what_is_not_used_is_kept_and_who_reported_is_not(write: Write) -> None:
    row = {
        "Tanggal": "2019",
        "Jenis": "x",
        "catatan": 'dia "bilang"\n',
        "pelapor": "A",
        "Suhu": "31",
    }
    personal = {"Nama Saksi": "B", "No. HP": "08", "nama": "C"}
    (selected,) = select(write(polsek=GOOD), {**row, **personal})
    assert json.loads(selected["other"] or "") == {"catatan": 'dia "bilang"', "Suhu": "31"}


def test_columns_that_look_like_patterns_are_read_as_any_other(write: Write) -> None:
    (row,) = select(write(polsek=GOOD), {"*": "1", "^.*$": "2", "c0": "3", "Tanggal": "2019"})
    assert row["occurred_on"] == "2019"
    assert json.loads(row["other"] or "") == {"*": "1", "^.*$": "2", "c0": "3"}


def test_words_of_the_source_become_ours_and_strange_ones_stay(write: Write) -> None:
    rows = select(
        write(polsek=RICH),
        *({"Tanggal": "2019", "Jenis": jenis} for jenis in ("TAWURAN ", "Kebakaran", "-", None)),
    )
    assert [row["type"] for row in rows] == ["bentrok_warga", "Kebakaran", None, None]
    assert json.loads(rows[0]["other"] or "") == {"Jenis": "TAWURAN"}, "as it came"
    assert {row["election"] for row in rows} == {"pilkada2024"}


@pytest.mark.parametrize(
    ("date", "precision", "told"),
    [
        ("2024-11-15", "1", "2024-11-15"),
        ("2024-11-15", "2", "2024-11-11/2024-11-17"),
        ("2024-11-11", "2", "2024-11-11/2024-11-17"),
        ("15 November 2024", "3", "2024-11"),
        ("2024-11-15", None, "2024-11-15"),
        ("15 Nopember 2024", "3", "15 Nopember 2024 (month)"),
        (None, "3", None),
    ],
)
def test_a_date_is_no_more_precise_than_the_source_says(
    write: Write, date: str | None, precision: str | None, told: str | None
) -> None:
    """A day that stands for a month must not become that day; what cannot be read is no date."""
    (row,) = select(write(polsek=RICH), {"Tanggal": date, "Ketelitian": precision})
    assert row["occurred_on"] == told


def test_a_field_counts_only_under_its_condition(write: Write) -> None:
    place = {"Tanggal": "2019", "Lintang": "-5.5"}
    rows = select(
        write(polsek=RICH), *({**place, "Tepat": told} for told in ("Ya", "1", "0", None))
    )
    assert [row["lat"] for row in rows] == ["-5.5", "-5.5", None, None]
    assert json.loads(rows[2]["other"] or "")["Lintang"] == "-5.5", "set aside, not lost"
    (row,) = select(write(polsek=RICH), place)
    assert row["lat"] is None, "nobody says that it holds"


def test_a_row_that_is_excluded_says_why(write: Write) -> None:
    where = [
        ("Malaysia", "Lampung"),
        ("indonesia", "Banten"),
        ("Indonesia", None),
        (None, "LAMPUNG"),
    ]
    rows = select(
        write(polsek=RICH), *({"Tanggal": "2019", "Negara": n, "Provinsi": p} for n, p in where)
    )
    assert [row["excluded"] for row in rows] == [
        '"Negara" is "Malaysia": the mapping polsek leaves such rows out.',
        '"Provinsi" is not "Lampung": the mapping polsek leaves such rows out.',
        None,
        None,
    ]
    mapping = load_mappings(write(polsek=RICH))["polsek"]
    told = [row["excluded"] or "" for row in rows]
    assert mapping.unused_exclusions(told) == [
        'the exclusion of "Brunei" in column "Negara" leaves out no row'
    ]
    assert len(mapping.unused_exclusions([])) == 1, "one line a column"


def test_ticked_columns_are_named_and_other_words_stay_visible(write: Write) -> None:
    ticks = """
kind = "tps_vulnerability"
match = ["daftar*"]
[columns]
tps_number = "TPS"
[constants]
election = "pilkada2024"
[ticks]
indicators = ["Sulit; jauh", "Rawan banjir", "Lokasi khusus"]
"""
    marks = [("v", "1", "YA"), ("0", "tidak", None), ("3", "rob; pasang", "-"), (None, None, None)]
    columns = ("Sulit; jauh", "Rawan banjir", "Lokasi khusus")
    rows = select(
        write(polsek=ticks), *({"TPS": "1", **dict(zip(columns, m, strict=True))} for m in marks)
    )
    assert [row["indicators"] for row in rows] == [
        "Sulit, jauh;Rawan banjir;Lokasi khusus",
        None,
        "Sulit, jauh;Rawan banjir: rob, pasang",
        None,
    ]


def test_an_interval_is_made_of_two_columns(write: Write) -> None:
    spans = (
        GOOD.replace('occurred_on = "Tanggal"', "") + '[spans]\noccurred_on = ["Dari", "Hingga"]\n'
    )
    days = [
        ("2012-10-27 00:00:00.000", "2012-10-29"),
        ("2012", "2012"),
        ("2012", None),
        (None, "2"),
    ]
    rows = select(write(polsek=spans), *({"Dari": a, "Hingga": b, "Jenis": "x"} for a, b in days))
    assert [row["occurred_on"] for row in rows] == ["2012-10-27/2012-10-29", "2012", "2012", "2"]


@pytest.mark.parametrize(
    ("form", "cell", "told"),
    [
        ("unix_seconds", "1732000000", "2024-11-19"),
        ("unix_seconds", "kemarin", "kemarin"),
        ("month_day_year", "11/05/2024", "2024-11-05"),
        ("month_day_year", "2024-11-05", "2024-11-05"),
        ("day_month_year", "5.11.2024 10:00", "2024-11-05"),
        ("yyyymmdd", "20241105", "2024-11-05"),
        ("without_level", "Contoh Selatan regency", "Contoh Selatan"),
    ],
)
def test_a_form_of_writing_is_read_and_anything_else_stays(
    write: Write, form: str, cell: str, told: str
) -> None:
    (row,) = select(
        write(polsek=GOOD + f'[forms]\noccurred_on = "{form}"\n'), {"Tanggal": cell, "Jenis": "x"}
    )
    assert row["occurred_on"] == told


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["Tanggal", "Jenis", "Desa", "catatan", "Lintang", "Negara", "Suhu"]),
            st.none() | st.text(st.characters(blacklist_categories=["Cs"]), max_size=20),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_no_cell_is_lost_and_no_row(rows: list[dict[str, str | None]]) -> None:
    """What a cell says stands in its field or among the others, whatever it is."""
    mapping, mistakes = parse_mapping("polsek", RICH)
    assert mapping is not None, mistakes
    columns = ["Tanggal", "Jenis", "Desa", "catatan", "Lintang", "Negara", "Suhu"]
    batch = frame(dict.fromkeys(columns, None), *rows)
    for came, got in zip(batch.to_dicts(), mapping.select(batch, columns).to_dicts(), strict=True):
        held = [*json.loads(got["other"] or "{}").values(), *map(got.get, fields_of("incidents"))]
        for column in columns:
            cell = came[column]
            if cell is not None and (shown := pl.Series([cell]).str.strip_chars()[0]):
                assert shown in held, column
