"""JSON, JSON Lines and Parquet: every value as the text that says the same."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.settings import Limits
from rawan.sources import json_rows
from rawan.sources.json_values import plain_number
from rawan.sources.readers import read_sheets


def table(path: Path) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return the columns and rows of a file of one sheet without damage."""
    found = []
    for sheet in read_sheets(path, Limits()):
        rows = [row for batch in sheet.batches for row in batch.rows()]
        assert sheet.damaged == []
        found.append((sheet.columns, rows))
    assert len(found) == 1
    return found[0]


# JSON


def test_json_lines_keep_lists_numbers_and_nothing(tmp_path: Path) -> None:
    lines = [
        '{"a": "x", "b": ["99.99.01.2001", "99.99.01.2002"], "c": 3, "d": 12345678901234567890.10}',
        '{"a": null, "b": [], "c": null}',
        "",
        '{"e": {"k": [1.50, "\\u00e9"]}, "c": true, "a": " "}',
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    assert table(path) == (
        ("a", "b", "c", "d", "e"),
        [
            (1, "x", "99.99.01.2001;99.99.01.2002", "3", "12345678901234567890.10", None),
            (4, None, None, "true", None, '{"k":[1.50,"\u00e9"]}'),
        ],
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_list_and_an_object_around_a_list_read_alike(tmp_path: Path, encoding: str) -> None:
    rows = [{"desa": f"Desa {n}", "n": n} for n in range(500)]
    about = {"count": 500, "tags": ["x", 1], "rows": rows, "more": {"rows": [{"desa": "no"}]}}
    expected = [(n + 1, f"Desa {n}", str(n)) for n in range(500)]
    for content in (rows, about):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(content, indent=2), encoding=encoding)
        assert table(path) == (("desa", "n"), expected)


KEYS = st.text(max_size=4).map(lambda text: f"k{text.strip()}")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


@given(
    st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), min_size=1, max_size=5),
    st.integers(1, 50),
    st.booleans(),
)
def test_json_read_through_a_small_window_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], size: int, is_ascii: bool
) -> None:
    """A value may lie across two windows: it must not be cut, nor a number be cut short."""
    folder = tmp_path_factory.getbasetemp()
    whole, line_by_line = folder / "jendela.json", folder / "jendela.jsonl"
    whole.write_text(json.dumps(rows, ensure_ascii=is_ascii), encoding="utf-8")
    lines = (json.dumps(row, ensure_ascii=is_ascii) + "\n" for row in rows)
    line_by_line.write_text("".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "WINDOW", size)
        found = table(whole)
    assert found == table(line_by_line)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    assert found[0] == tuple(keys)
    for number, *cells in found[1]:
        for key, cell in zip(keys, cells, strict=True):
            value = rows[number - 1].get(key)
            if isinstance(value, dict):
                assert json.loads(cell) == value
            elif isinstance(value, str):
                assert cell == (value if value.strip() else None)


@given(st.integers(-(10**25), 10**25), st.integers(-30, 30))
def test_a_number_keeps_its_value(digits: int, exponent: int) -> None:
    text = plain_number(f"{digits}e{exponent}")
    assert "e" not in text
    assert not text.endswith(".0")
    assert Decimal(text) == Decimal(digits).scaleb(exponent)


# Parquet


def test_values_of_parquet_come_as_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    moment = datetime(2024, 11, 19, 18, 30, tzinfo=UTC)
    content = {
        "bulat": pa.array([5120, -(2**62)]),
        "pecahan": pa.array([5120.0, 1e-7]),
        "kosong": pa.array([float("nan"), 0.1]),
        "desimal": pa.array([Decimal("3.00"), Decimal("1.50")]),
        "benar": pa.array([True, None]),
        "hari": pa.array([date(2024, 11, 20), date(1, 1, 1)]),
        "saat": pa.array([datetime(2024, 11, 20), datetime(2024, 11, 20, 13, 45, 0, 500_000)]),  # noqa: DTZ001
        "wib": pa.array([moment, None], pa.timestamp("ms", "Asia/Jakarta")),
        "pukul": pa.array([time(13, 45), None]),
        "daftar": pa.array([["a", "b"], [1 * "c"]]),
        "sarang": pa.array([{"x": 1.0}, None]),
        "kamus": pa.array(["u", "u"]).dictionary_encode(),
        "biner": pa.array([b"x", None]),
        "tiada": pa.nulls(2),
    }
    pyarrow.parquet.write_table(pa.table(content), path)
    columns, rows = table(path)
    assert columns == tuple(content)
    assert [dict(zip(["row", *columns], row, strict=True)) for row in rows] == [
        {
            "row": 1,
            "bulat": "5120",
            "pecahan": "5120",
            "kosong": None,
            "desimal": "3",
            "benar": "true",
            "hari": "2024-11-20",
            "saat": "2024-11-20",
            "wib": "2024-11-20 01:30:00+0700",
            "pukul": "13:45:00",
            "daftar": "a;b",
            "sarang": '{"x":1}',
            "kamus": "u",
            "biner": "x",
            "tiada": None,
        },
        {
            "row": 2,
            "bulat": str(-(2**62)),
            "pecahan": "0.0000001",
            "kosong": "0.1",
            "desimal": "1.50",
            "benar": None,
            "hari": "0001-01-01",
            "saat": "2024-11-20 13:45:00.5",
            "wib": None,
            "pukul": None,
            "daftar": "c",
            "sarang": None,
            "kamus": "u",
            "biner": None,
            "tiada": None,
        },
    ]


def test_times_beyond_the_calendar_do_not_break_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    far = pa.array([2**31 - 1, 0], pa.int32()).cast(pa.date32())
    pyarrow.parquet.write_table(pa.table({"hari": far}), path)
    rows = table(path)[1]
    assert rows[1] == (2, "1970-01-01")
    assert "out of range" in rows[0][1]


def test_rows_of_parquet_are_numbered_over_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [None if n % 2 else n for n in range(120_000)]}).write_parquet(path)
    columns, rows = table(path)
    assert columns == ("a",)
    assert rows == [(n + 1, str(n)) for n in range(0, 120_000, 2)]
