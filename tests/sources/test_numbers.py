"""Written numbers: what a person would read without doubt is read, and all else is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.sources.numbers import (
    Axis,
    explain_count,
    explain_decimal,
    explain_degrees,
    read_count,
    read_decimal,
    read_degrees,
)

counts = st.integers(0, 999_999_999)
SIGNS = "0123456789.,- +()°'\"SLUBTE%"


@given(counts)
def test_a_count_is_read_however_its_thousands_are_parted(number: int) -> None:
    for sign in (".", ",", " ", "\N{NO-BREAK SPACE}"):
        assert read_count(f"{number:,}".replace(",", sign)) == number
    for text in (
        str(number),
        f" {number:05}\n",
        f"{number},0",
        f"{number}.0",
        f"{number:,}.00",
        f"{number:,}".replace(",", ".") + ",00",
        f"{number} orang",
        f"{number} jiwa.",
        f"{number} TPS",
    ):
        assert read_count(text) == number, text


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "empty"),
        ("-", "is not a number"),
        ("-3", "negative"),
        ("\N{MINUS SIGN}3 orang", "negative"),
        ("(3)", "negative"),
        ("1,5", "not a whole number"),
        ("1.23", "not a whole number"),
        ("0.25", "not a whole number"),
        ("0.234", "not a whole number"),
        ("1.234.56", "not a whole number"),
        ("1.234,567", "not a whole number"),
        ("12.34.567", "not a whole number"),
        ("12 34", "is not a number"),
        ("±200", "signs other than"),
        ("ratusan", "is not a number"),
        ("sekitar 60", "is not a number"),
        ("3 atau 4", "is not a number"),
        ("3-4", "is not a number"),
        ("3 ekor", "is not a number"),
        ("TPS 3", "is not a number"),
        ("1e5", "is not a number"),
        ("+5", "is not a number"),
        ("nan", "is not a number"),
        ("٣", "signs other than"),
        ("１２", "signs other than"),
        ("²", "signs other than"),
        ("1000000000", "too large"),
        ("9" * 41, "too long"),
        ("0" * 5000, "too long"),
    ],
)
def test_what_is_no_count_is_told_why(text: str, because: str) -> None:
    assert read_count(text) is None
    assert because in explain_count(text).reason


@given(st.decimals(-999_999, 999_999, places=3))
def test_a_decimal_number_is_read_with_point_or_comma(number: object) -> None:
    point = str(number)
    grouped = f"{number:,}".translate(str.maketrans(",.", ".,"))
    for text in (point, point.replace(".", ","), f" {point} ", grouped):
        assert read_decimal(text) == float(point), text


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "1,234.5", "1.234.567", "12.34,5", "5,", ",5", "1e5", "inf", "nan", "12%", "±1"),
        *("0x10", "1_000", "٣,٥", "1 234,5", "- 5", "9" * 41),
    ],
)
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    assert read_decimal(text) is None
    assert explain_decimal(text).reason.endswith(".")


@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59), st.booleans())
def test_degrees_minutes_and_seconds_become_decimal_degrees(
    degrees: int, minutes: int, seconds: int, is_south: bool
) -> None:
    expected = degrees + minutes / 60 + seconds / 3600
    if is_south:
        expected = -expected
    parts = f"{degrees}°{minutes:02}'{seconds:02}\""
    side, short = ("LS", "S") if is_south else ("LU", "N")
    for text in (
        f"{parts} {side}",
        f"{parts}{short}",
        f"{side}: {parts}",
        f"{short} {degrees}° {minutes}′ {seconds}″",
        f"{degrees} {minutes} {seconds} {side}",
        f"{degrees}º{minutes}’{seconds}’’ {side.lower()}",
        f"{'-' * is_south}{parts}",
        f"{parts} lintang {'selatan' if is_south else 'utara'}",
    ):
        found = read_degrees(text, "lat")
        assert found is not None, text
        assert math.isclose(found, expected, abs_tol=1e-9), text


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_decimal_degrees_come_back(lat: float, lon: float) -> None:
    south = f"{abs(lat):.6f}"
    assert read_degrees(f"{lat:.6f}", "lat") == float(f"{lat:.6f}")
    assert read_degrees(f"{south}° LS".replace(".", ","), "lat") == -float(south)
    assert read_degrees(f"{lon:.6f}".replace(".", ","), "lon") == float(f"{lon:.6f}")
    assert read_degrees(f"{abs(lon):.4f} BT", "lon") == float(f"{abs(lon):.4f}")


@pytest.mark.parametrize(
    ("text", "axis", "because"),
    [
        ("105.5", "lat", "beyond 90"),
        ("180,01 BT", "lon", "beyond 180"),
        ("5.5 LS", "lon", "is not a longitude"),
        ("105.5 BT", "lat", "is not a latitude"),
        ("-5.5 LS", "lat", "twice"),
        ("S 5.5 S", "lat", "twice"),
        ("5°61'00\" LS", "lat", "60 minutes"),
        ("5.5°30' LS", "lat", "fraction"),
        ("5°30' LSX", "lat", "is not a number of degrees"),
        ("-5.5, 105.5", "lat", "is not a number of degrees"),
        ("", "lat", "empty"),
        ("di selatan", "lat", "is not a number of degrees"),
        ("٥.٥", "lat", "signs other than"),
    ],
)
def test_what_is_no_place_on_its_axis_is_told_why(text: str, axis: Axis, because: str) -> None:
    assert read_degrees(text, axis) is None
    assert because in explain_degrees(text, axis).reason


@given(st.text() | st.text(st.sampled_from(SIGNS), max_size=20))
def test_any_text_gives_a_number_within_bounds_or_a_reason(text: str) -> None:
    count, why = explain_count(text)
    assert (count is None) == bool(why)
    assert count is None or 0 <= count <= 999_999_999
    decimal, why = explain_decimal(text)
    assert (decimal is None) == bool(why)
    assert decimal is None or math.isfinite(decimal)
    axes: dict[Axis, int] = {"lat": 90, "lon": 180}
    for axis, bound in axes.items():
        degrees, why = explain_degrees(text, axis)
        assert (degrees is None) == bool(why)
        assert degrees is None or abs(degrees) <= bound
        assert why.isprintable()
