"""Written dates: a day is a day, a part of one is the whole of it, and nothing else is guessed."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rawan.sources.dates import parse_interval, read_interval

MONTHS = ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus"]
MONTHS += ["September", "Oktober", "November", "Desember"]
SHORT = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]
ENGLISH = ["January", "February", "March", "April", "May", "June", "July", "August"]
ENGLISH += ["September", "October", "November", "December"]
WEEKDAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]

years = st.integers(1945, 2100)
days = st.dates(date(1945, 1, 1), date(2100, 12, 31))


def one(text: str) -> date | None:
    """Return the day that a text means, if it means just one."""
    found = parse_interval(text)
    return found[0] if found and found[0] == found[1] else None


@given(days)
def test_a_day_is_that_day_however_it_is_written(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[m - 1]
    for text in (
        day.isoformat(),
        f" {day.isoformat()} 00:00:00\n",
        f"{day.isoformat()}T13:45:00+07:00",
        f"{y}/{m:02}/{d:02}",
        f"{d}/{m}/{y}",
        f"{d:02}-{m:02}-{y}",
        f"{d}.{m}.{y}",
        f"{y}{m:02}{d:02}",
        f"{d} {month} {y}",
        f"{d} {SHORT[m - 1]}. {y}",
        f"{d}-{SHORT[m - 1]}-{y}",
        f"{d}{month.upper()}{y}",
        f"{ENGLISH[m - 1]} {d}, {y}",
        f"{d}/{ROMAN[m - 1]}/{y}",
        f"{weekday}, {d} {month} {y} pukul 23.30 WIB",
        f"{weekday} ({d}/{m}/{y})",
        f"{weekday} malam ({d}/{m}/{y})",
        f"{weekday[:3]} {d} {SHORT[m - 1]} {y} 23:30",
        f"Pada hari {weekday} tanggal {d} {month} {y} sekira pukul 01.15 WITA",
        f"{d} {month} {y} ({weekday})",
        f"{d} {month} {y} jam 10.00 s.d. 12.00 WIB",
    ):
        assert one(text) == day, text


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_two_figures_of_a_year_lie_between_1950_and_2049(day: date) -> None:
    for text in (
        day.strftime("%d/%m/%y"),
        day.strftime("%d-%m-%y"),
        f"{WEEKDAYS[day.weekday()]} ({day.strftime('%d/%m/%y')})",
        f"{day.day} {SHORT[day.month - 1]} {day.strftime('%y')}",
    ):
        assert one(text) == day, text


@given(days, st.integers(1, 6))
def test_a_weekday_that_contradicts_the_date_undoes_it(day: date, off: int) -> None:
    wrong = WEEKDAYS[(day.weekday() + off) % 7]
    text = f"{wrong}, {day.day} {MONTHS[day.month - 1]} {day.year}"
    assert parse_interval(text) is None
    assert f"not a {wrong}." in read_interval(text).reason


@given(years, st.integers(1, 12))
def test_a_month_is_all_of_its_days(year: int, month: int) -> None:
    expected = (date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    for text in (
        f"{year}-{month:02}",
        f"{year}-{month}",
        f"{month}/{year}",
        f"{MONTHS[month - 1]} {year}",
        f"bulan {MONTHS[month - 1]} tahun {year}",
        f"{ENGLISH[month - 1]} {year}",
    ):
        assert parse_interval(text) == expected, text


@given(years)
def test_a_year_or_a_part_of_it_is_all_of_its_days(year: int) -> None:
    whole = (date(year, 1, 1), date(year, 12, 31))
    assert parse_interval(f"{year}") == parse_interval(f"tahun {year}") == whole
    assert parse_interval(f"semester I {year}") == (whole[0], date(year, 6, 30))
    assert parse_interval(f"Semester 2 tahun {year}") == (date(year, 7, 1), whole[1])
    assert parse_interval(f"triwulan II {year}") == (date(year, 4, 1), date(year, 6, 30))
    assert parse_interval(f"TW IV {year}") == (date(year, 10, 1), whole[1])


def test_parts_of_a_month_are_its_thirds() -> None:
    assert parse_interval("awal Februari 2012") == (date(2012, 2, 1), date(2012, 2, 10))
    assert parse_interval("pertengahan bulan Februari 2012") == (
        date(2012, 2, 11),
        date(2012, 2, 20),
    )
    assert parse_interval("akhir Februari 2012") == (date(2012, 2, 21), date(2012, 2, 29))


@given(days, st.integers(0, 400))
def test_a_range_runs_from_its_first_day_to_its_last(first: date, length: int) -> None:
    last = min(first + timedelta(days=length), date(2100, 12, 31))
    texts = [
        f"{day_in_words(first)} s.d. {day_in_words(last)}",
        f"{day_in_words(first)} sampai dengan {day_in_words(last)}",
        f"{first.isoformat()} sampai {last.isoformat()}",
        f"{first.isoformat()}/{last.isoformat()}",
        f"{first.strftime('%d/%m/')}{first.year} - {last.strftime('%d/%m/')}{last.year}",
        f"{WEEKDAYS[first.weekday()]}, {day_in_words(first)} pukul 08.00 WIB s/d "
        f"{WEEKDAYS[last.weekday()]}, {day_in_words(last)} pukul 17.00 WIB",
    ]
    if first.year == last.year:
        texts.append(f"{first.day} {MONTHS[first.month - 1]} – {day_in_words(last)}")
    if (first.year, first.month) == (last.year, last.month):
        texts += [
            f"{first.day}-{day_in_words(last)}",
            f"{WEEKDAYS[first.weekday()]}-{WEEKDAYS[last.weekday()]} "
            f"({first.day}-{last.day}/{last.month}/{last.year})",
        ]
    for text in texts:
        assert parse_interval(text) == (first, last), text


def day_in_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@given(st.dates(date(1946, 1, 1), date(2099, 12, 30)), st.times(), st.integers(-12, 14))
@example(date(2012, 10, 28), time(18, 30), 0)
def test_a_stamp_with_an_offset_falls_on_its_day_at_utc_plus_7(
    day: date, clock: time, off: int
) -> None:
    zone = timezone(timedelta(hours=off))
    stamp = datetime.combine(day, clock.replace(microsecond=0), zone)
    expected = stamp.astimezone(timezone(timedelta(hours=7))).date()
    assert one(stamp.isoformat()) == expected
    assert one(stamp.isoformat().replace("T", " ").replace("+00:00", "Z")) == expected


@given(st.integers(0, 99_999))
def test_five_figures_are_a_day_number_only_within_its_bounds(number: int) -> None:
    expected = date(1899, 12, 30) + timedelta(days=number) if 30_000 <= number <= 60_000 else None
    assert one(f"{number:05}") == expected


def test_a_day_number_is_the_day_that_a_spreadsheet_shows() -> None:
    assert one("45258") == date(2023, 11, 28)


WRITTEN = "0123456789/-.:, ()TZ+" + "".join(f" {w} " for w in ["Okt", "sd", "Minggu", "awal"])


@given(st.text() | st.text(st.sampled_from(WRITTEN), max_size=30))
def test_whatever_is_written_gives_an_interval_in_order_or_a_reason(text: str) -> None:
    first, last, reason = read_interval(text)
    if first is None or last is None:
        assert first is last is None
        assert '" is not a date' in reason
        assert reason.endswith(".")
        assert reason.isprintable()
        assert len(reason) < 200
    else:
        assert date(1945, 1, 1) <= first <= last <= date(2100, 12, 31)
        assert not reason


@given(st.text(st.characters(exclude_categories=["Nd"])))
def test_words_are_no_date(text: str) -> None:
    assert parse_interval(text) is None


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("kemarin", "day of writing"),
        ("hari ini", "day of writing"),
        ("minggu lalu", "day of writing"),
        ("Minggu", ""),
        ("28 Oktober", "no year"),
        ("31/02/2023", "month 2 of 2023 has 28 days"),
        ("2023-02-29", "month 2 of 2023 has 28 days"),
        ("2023-13", "no month 13"),
        ("2023-00", "no month 0"),
        ("2023-05-00", "has 31 days"),
        ("10/28/2012", "Write the day first, 28/10/2012"),
        ("0000", "outside 1945 to 2100"),
        ("0001-01-01", "outside 1945 to 2100"),
        ("9999-12-31", "outside 1945 to 2100"),
        ("1 Januari 1944", "outside 1945 to 2100"),
        ("28102012", "outside 1945 to 2100"),
        ("28 Oktober - 20 Oktober 2012", "ends before it begins"),
        ("28 Desember - 2 Januari 2013", "ends before it begins"),
        ("28 Oktuber 2012", '"oktuber" is no part'),
        ("sekitar Oktober 2012", ""),
        ("28 Oktober 2012 pukul 25.10 WIB", "25.10 is not a time"),
        ("28 Oktober 2012 s.d. selesai", ""),
        ("28 dan 30 Oktober 2012", ""),
        ("Minggu Oktober 2012", ""),
        ("Oktober 2012 pukul 10.00", ""),
        ("awal tahun 2012", ""),
        ("semester 3 2012", "no part 3"),
        ("Okt-12", ""),  # the twelfth, or of 2012
        ("23", ""),
        ("1945 hari", ""),
        ("tahun 45231", ""),
        ("45231.5", ""),
        ("28/10-2012", ""),
        ("2023-", ""),
        ("-2023-05-12", ""),
        ("٢٨/١٠/٢٠١٢", ""),
        ("２０１２-10-28", ""),
        ("2012-10-28T10:00:00+99:00", "not an offset"),
        ("28 Oktober 2012 " * 10, "too long"),
    ],
)
def test_what_could_be_misread_is_no_date_and_the_reason_is_told(text: str, because: str) -> None:
    assert parse_interval(text) is None
    assert because in read_interval(text).reason


def test_the_day_comes_first_as_it_is_written_in_indonesia() -> None:
    assert one("03/04/2023") == date(2023, 4, 3)
    assert one("3.12.2023") == date(2023, 12, 3)


def test_the_29th_of_february_counts_where_there_is_one() -> None:
    assert parse_interval("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert one("29/02/2024") == date(2024, 2, 29)
    assert parse_interval("29/02/2023") is None
