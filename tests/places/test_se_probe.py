"""One event told by several sources: joined where it is sure, asked where it is not."""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.places.placing import place_rows
from rawan.review.decisions import decide, pending, undo
from rawan.settings import Settings
from rawan.warehouse import Warehouse, open_warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]
Told = Callable[..., list[list[str]]]

A, B = "99.99.01.2001", "99.99.01.2002"
WORDS = "Dua kelompok pendukung bentrok di depan balai desa seusai rapat umum"
NEARLY = "Seusai rapat umum dua kelompok pendukung bentrok di depan balai desa."
ELSE = "Pemuda kedua dusun saling lempar batu di lapangan setelah pertandingan"
COLUMNS = ("nomor", "kode_peristiwa", "sumber_url", "uraian")


def telling(number: str, day: int = 1, known: int = 10, **more: object) -> Cells:
    """Return a telling of a clash; each site is told by its number unless another is given."""
    return (
        dict.fromkeys(COLUMNS, "")
        | {
            "nomor": number,
            "tanggal": f"2019-01-{day:02}",
            "tanggal_diketahui": f"2019-01-{known:02}",
            "jenis": "bentrok",
            "kode_desa": A,
            "uraian": WORDS,
            "sumber_url": f"https://situs{number}.invalid/berita",
        }
        | more
    )


@pytest.fixture
def told(bench: Bench, warehouse: Warehouse) -> Told:
    """Take tellings in, each list as one file, and tell which of them are of one event."""

    def files(*contents: Sequence[Cells]) -> list[list[str]]:
        bench.stage(warehouse, {f"insiden_{i}.csv": rows for i, rows in enumerate(contents)})
        return events(warehouse)

    return files


def events(warehouse: Warehouse, day: int = 31) -> list[list[str]]:
    """Return the events that were known on a day, each as the numbers of its tellings."""
    rows = warehouse.rows(
        "SELECT list(c.source_key ORDER BY c.source_key) FROM staging.tellings AS t"
        " JOIN staging.current_incidents AS c USING (row_id)"
        " WHERE t.known_on <= make_date(2019, 1, ?) GROUP BY t.event_no ORDER BY 1",
        [day],
    )
    return [numbers for (numbers,) in rows]


# What is sure


def test_two_sources_with_other_words_and_another_day_tell_one_event(
    told: Told, warehouse: Warehouse
) -> None:
    assert told([telling("1"), telling("2", day=2, uraian=NEARLY)]) == [["1", "2"]]
    assert warehouse.rows("SELECT tellings, occurred_on::VARCHAR FROM staging.incidents") == [
        (2, "2019-01-01")
    ]
    assert pending(warehouse) == []


@pytest.mark.parametrize(
    "other",
    [
        {"day": 8},
        {"kode_desa": B},
        {"jenis": "unjuk_rasa"},
        {"day": 2, "uraian": ELSE},
        {"tanggal": "2019-01"},
    ],
    ids=["a week later", "elsewhere", "of another kind", "in other words", "in part of a date"],
)
def test_two_incidents_stay_two(told: Told, other: dict[str, Any]) -> None:
    assert told([telling("1"), telling("2", day=other.pop("day", 1), **other)]) == [["1"], ["2"]]


def test_two_rows_of_one_site_are_two_incidents_and_may_be_asked_about(
    told: Told, warehouse: Warehouse
) -> None:
    site = {"sumber_url": "https://satu.invalid/berita"}
    two = [telling("1", **site), telling("2", day=2, **site)]
    assert told(two) == [["1"], ["2"]]
    assert len(pending(warehouse)) == 1


def test_two_numbers_of_one_source_are_never_one_event(told: Told, warehouse: Warehouse) -> None:
    found = told([telling("1", kode_peristiwa="P"), telling("2", day=2, kode_peristiwa="Q")])
    assert found == [["1"], ["2"]]
    assert pending(warehouse) == []
    assert told([telling("1", kode_peristiwa="P"), telling("2", day=2)]) == [["1", "2"]]


def test_a_telling_joins_an_event_and_brings_its_own_along(told: Told) -> None:
    own = {"kode_peristiwa": "P"}
    rows = [telling("1", known=11, **own), telling("2", day=1, known=12, kode_desa=B, **own)]
    assert told([telling("0", day=2), *rows]) == [["0", "1", "2"]]


# What is not sure


def doubtful(number: str, day: int = 2, **more: object) -> Cells:
    return telling(number, day=day, uraian="", **more)


def test_what_is_in_between_is_asked_and_stays_apart(told: Told, warehouse: Warehouse) -> None:
    assert told([telling("1"), doubtful("2", known=12)]) == [["1"], ["2"]]
    (item,) = pending(warehouse)
    question = item.question
    assert question.subject == "same_event"
    assert (question.left.telling_id, question.right.telling_id) == ("incidents:1", "incidents:2")
    assert (question.left.day, question.right.day) == ("2019-01-01", "2019-01-02")
    assert (question.left.place, question.left.type) == ("Sukarekaan, Umpama", "bentrok")
    assert (question.left.file, question.left.row) == ("inbox/insiden_0.csv", 2)
    assert question.left.url == "https://situs1.invalid/berita"
    assert 0.6 <= question.likeness < 0.85
    assert set(question.parts) == {"day", "type", "words", "site"}


@pytest.mark.parametrize(
    ("action", "found"), [("same", [["1", "2"], ["3"]]), ("different", [["1"], ["2"], ["3"]])]
)
@pytest.mark.parametrize("named", ["by number", "by address"])
def test_what_a_person_said_holds_when_the_file_comes_in_anew(
    told: Told, bench: Bench, warehouse: Warehouse, action: str, found: object, named: str
) -> None:
    rows = [telling("1"), doubtful("2")]
    keys = {"1": "1", "2": "2", "3": "3"}
    if named == "by address":  # the number is told by the address alone
        keys = {f"https://situs{number}.invalid/berita": number for number in keys}
        rows = [row | {"nomor": ""} for row in rows]
    column = "source_key" if named == "by number" else "source_url"

    def now() -> list[list[str]]:
        groups = warehouse.rows(
            f"SELECT list(c.{column}) FROM staging.tellings AS t"
            " JOIN staging.current_incidents AS c USING (row_id) GROUP BY t.event_no"
        )
        return sorted(sorted(keys[name] for name in names) for (names,) in groups)

    told(rows)
    (item,) = pending(warehouse)
    decide(warehouse, item, action, {}, "penguji")
    settings: Settings = bench.settings
    place_rows(warehouse, settings)
    assert pending(warehouse) == []
    third = telling("3", day=20) | ({"nomor": ""} if named == "by address" else {})
    told([third, *reversed(rows)])  # other rows, so another content
    assert now() == found
    assert pending(warehouse) == []
    undo(warehouse, "penguji")
    place_rows(warehouse, settings)
    assert now() == [["1"], ["2"], ["3"]]
    assert [again.key for again in pending(warehouse)] == [item.key]


# Time and order


def test_a_bridge_told_later_joins_nothing_that_was_apart_before(told: Told) -> None:
    rows = [
        telling("1", day=1, known=10),
        telling("2", day=3, known=11, uraian=ELSE),
        telling("3", day=2, known=12, uraian=f"{WORDS} {ELSE}"),
    ]
    without = told(rows[:2])
    assert without == [["1"], ["2"]]
    assert [group for group in told(rows) if group != ["3"]] == without


def test_a_crowd_of_later_tellings_parts_nothing_that_was_one_before(
    told: Told, warehouse: Warehouse
) -> None:
    one = [telling("1", day=1, known=10), telling("2", day=2, known=11)]
    assert told(one) == [["1", "2"]]
    crowd = [
        telling(str(number), day=1 + number % 2, known=20, kode_peristiwa=str(number), uraian=ELSE)
        for number in range(100, 120)
    ]
    told([*crowd, *one])
    assert events(warehouse, day=19) == [["1", "2"]]


SAID = st.fixed_dictionaries(
    {
        "day": st.integers(1, 5),
        "known": st.integers(10, 13),
        "uraian": st.sampled_from([WORDS, NEARLY, f"{WORDS} dan {ELSE}", ELSE, ""]),
        "kode_desa": st.sampled_from([A, A, A, f"{A};{B}", B]),
        "kode_peristiwa": st.sampled_from(["", "", "", "P", "Q"]),
        "sumber_url": st.sampled_from(["https://satu.invalid/1", "https://dua.invalid/2", ""]),
    }
)


@hypothesis_settings(max_examples=150)
@given(st.lists(SAID, min_size=2, max_size=9), st.integers(10, 13), st.randoms())
def test_events_known_by_a_day_do_not_depend_on_later_rows_nor_on_the_order_of_rows_and_files(
    make_bench: Callable[[], Bench], said: list[dict[str, Any]], day: int, random: Any
) -> None:
    rows = [telling(str(number), **cells) for number, cells in enumerate(said)]
    shuffled = random.sample(rows, len(rows))
    half = random.randint(1, len(rows))
    early = [row for row in rows if str(row["tanggal_diketahui"]) <= f"2019-01-{day:02}"]
    bench = make_bench()
    settings = bench.settings
    with open_warehouse(settings, ":memory:") as warehouse:
        bench.load(warehouse, settings)
        # Two files, so that one may become empty of rows without being gone.
        apart = telling("z", day=28, kode_desa="99.99.03.2001")
        bench.place(warehouse, {"insiden_0.csv": rows, "insiden_1.csv": [apart]})
        warehouse.build("staging")
        all_of_them, known = events(warehouse), events(warehouse, day)
        files = {"insiden_0.csv": shuffled[:half], "insiden_1.csv": [apart, *shuffled[half:]]}
        bench.place(warehouse, files)
        warehouse.build("staging")
        assert events(warehouse) == all_of_them
        bench.place(warehouse, {"insiden_0.csv": early or [apart], "insiden_1.csv": [apart]})
        warehouse.build("staging")
        assert early == [] or events(warehouse, day) == known


def test_of_tellings_known_on_one_day_no_order_of_the_rows_makes_other_events(
    told: Told,
) -> None:
    # The middle one is like both, and the outer ones are not like each other.
    rows = [
        telling("1", uraian=WORDS),
        telling("2", day=2, uraian=f"{WORDS} lalu"),
        telling("3", day=3, uraian=f"{WORDS} lalu bubar"),
    ]
    for order in permutations(rows):
        assert told(order) == [["1", "2", "3"]]
