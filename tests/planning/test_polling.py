"""The table of polling stations: sums reconcile, nothing counted twice, assumptions marked."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.planning.rules.polling import COLUMNS, PollingTable, mismatches, polling_table
from rawan.planning.rules.polling_facts import base_points
from rawan.planning.rules.polling_files import PollingFiles, read_polling
from rawan.planning.rules.spreading import spread
from rawan.settings import PROJECT_ROOT

SEBESI, SUMUR = "18.01.16.2014", "18.01.14.2008"
A, B = "99.99.01", "99.99.02"


@pytest.fixture(scope="module")
def published() -> PollingFiles:
    return read_polling(PROJECT_ROOT / "data" / "reference")


@pytest.fixture(scope="module")
def pilkada(published: PollingFiles) -> PollingTable:
    return polling_table(published, "pilkada2024", lang="en")


def invented(special: tuple[tuple[Any, ...], ...] = (), **totals: int) -> PollingFiles:
    """Three villages in A and two in B; `election2` is known by kecamatan only."""
    villages = [
        {
            "village_code": f"{district}.200{n}",
            "village": f"Desa {district[-1]}{n}",
            "district_code": district,
            "district": f"Kecamatan {district[-1]}",
            "lat": "-5.5",
            "lon": f"105.{n}",
        }
        for district, count in ((A, 3), (B, 2))
        for n in range(1, count + 1)
    ]
    stations = [
        {
            "election": "election1",
            "village_code": row["village_code"],
            "district_code": row["district_code"],
            "tps": str(n),
            "known_on": "2019-01-01",
        }
        for n, row in enumerate(villages, start=2)
    ]
    stations += [
        {
            "election": "election2",
            "village_code": "",
            "district_code": f"99.99.0{'ab'.index(name) + 1}",
            "tps": str(tps),
            "known_on": "2020-01-01",
        }
        for name, tps in totals.items()
    ]
    columns = ("election", "level", "code", "fact", "class", "tps", "within_total", "island")
    return PollingFiles(
        villages=villages,
        stations=stations,
        districts=[{"district_code": A, "district": "Kecamatan 1", "seat": "Desa 12"}],
        polsek=[{"district_code": A, "polsek": "Polsek 1"}, {"district_code": B, "polsek": "P 2"}],
        special=[dict(zip(columns, map(str, row), strict=True)) for row in special],
    )


def tps_of(table: PollingTable, **where: object) -> int:
    return int(table.frame.filter(**where)["tps"].sum())


def test_the_1592_of_2024_reconcile_with_every_published_number(pilkada: PollingTable) -> None:
    assert [(line.subject, line.published, line.placed) for line in pilkada.lines] == [
        ("kurang_rawan", 1526, 1526),
        ("rawan", 60, 60),
        ("khusus", 6, 6),
        ("all", 1592, 1592),
    ]
    assert mismatches(pilkada) == []
    assert pilkada.spread_by == "pemilu2024"


def test_every_kecamatan_keeps_its_own_total(
    published: PollingFiles, pilkada: PollingTable
) -> None:
    held = dict(pilkada.frame.group_by("district_code").agg(pl.sum("tps")).rows())
    assert held == {
        row["district_code"]: int(row["tps"])
        for row in published.stations
        if row["election"] == "pilkada2024"
    }


def test_every_village_has_a_polling_station(pilkada: PollingTable) -> None:
    assert pilkada.frame["village_code"].drop_nulls().n_unique() == 260
    assert pilkada.frame["tps"].min() >= 1  # type: ignore[operator]  # polars: any number


def test_the_islands_are_where_a_source_puts_them(pilkada: PollingTable) -> None:
    islands = pilkada.frame.filter("is_cut_off").select("place", "tps", "is_assumed", "island")
    assert islands.rows() == [
        (SUMUR, 1, False, "Pulau Rimau Balak"),
        (SEBESI, 4, False, "Pulau Sebesi"),
    ]
    assert tps_of(pilkada, village_code=SEBESI) == 4
    assert tps_of(pilkada, village_code=SUMUR, is_cut_off=False) >= 1


def test_classes_nobody_places_stand_at_the_kecamatan_and_say_that_it_is_assumed(
    pilkada: PollingTable,
) -> None:
    at_district = pilkada.frame.filter(pl.col("village_code").is_null())
    assert set(at_district["class"]) == {"rawan", "khusus"}
    assert at_district["is_assumed"].all()
    assert at_district["place"].str.len_chars().unique().to_list() == [8]
    assert "60 TPS" in at_district.filter(pl.col("class") == "rawan")["note"][0]
    spread_out = pilkada.frame.filter(pl.col("village_code").is_not_null() & ~pl.col("is_cut_off"))
    assert spread_out["is_assumed"].all()
    assert spread_out["note"].str.contains("pemilu2024").all()


def test_special_tps_outside_the_villages_come_on_top(published: PollingFiles) -> None:
    table = polling_table(published, "pemilu2024")
    assert [line.difference for line in table.lines] == [0, 0, 0, 0]
    assert table.frame["tps"].sum() == 3029
    assert table.spread_by is None
    whole = table.frame.filter(~pl.col("is_assumed") & ~pl.col("is_cut_off"))
    counted = {
        (row["village_code"], int(row["tps"]))
        for row in published.stations
        if row["election"] == "pemilu2024"
    }
    # A village that is not marked lost none; Sumur's TPS on the island stands in a row of its own.
    assert set(whole.filter(pl.col("place") != SUMUR).select("place", "tps").rows()) <= counted


def test_the_form_is_that_of_the_table_of_tps(pilkada: PollingTable) -> None:
    assert dict(pilkada.frame.schema) == COLUMNS
    keys = pilkada.frame.select("place", "class", "is_cut_off")
    assert keys.is_unique().all()
    assert pilkada.frame.select("lat", "lon", "polsek").null_count().sum_horizontal()[0] == 0


def test_the_order_of_rows_changes_nothing(published: PollingFiles, pilkada: PollingTable) -> None:
    turned = replace(
        published, villages=published.villages[::-1], stations=published.stations[::-1]
    )
    assert polling_table(turned, "pilkada2024", lang="en").frame.equals(pilkada.frame)


def test_what_the_planner_places_is_not_spread(published: PollingFiles) -> None:
    table = polling_table(published, "pilkada2024", {SEBESI: "rawan"}, {("18.01.06", "khusus"): 6})
    assert [line.difference for line in table.lines] == [0, 0, 0, 0]
    assert tps_of(table, place=SEBESI, **{"class": "rawan"}) == 4
    special = table.frame.filter(pl.col("class") == "khusus")
    assert special.select("place", "tps", "is_assumed").rows() == [("18.01.06", 6, False)]


def test_more_than_was_published_is_told_by_how_much(published: PollingFiles) -> None:
    villages = {row["village_code"] for row in published.villages if row["district"] == "Natar"}
    table = polling_table(published, "pilkada2024", dict.fromkeys(villages, "rawan"))
    rawan = next(line for line in table.lines if line.subject == "rawan")
    assert rawan.placed == 277
    assert rawan.difference == 217
    assert "60 published, 277 in the table; 217 apart." in mismatches(table, "en")[1]


def test_a_number_published_by_kecamatan_stands_there_and_is_not_assumed() -> None:
    special = (("election2", "district", A, "class", "rawan", 2, "true", ""),)
    table = polling_table(invented(special, a=9, b=4), "election2")
    row = table.frame.filter(pl.col("class") == "rawan").to_dicts()[0]
    assert (row["place"], row["tps"], row["is_assumed"], row["lon"]) == (A, 2, False, 105.2)
    assert table.frame["tps"].sum() == 13


@pytest.mark.parametrize(
    ("special", "totals", "said"),
    [
        ((), {"a": 9}, r"the village Desa 21 \(99.99.02.2001\) has no number of TPS"),
        ((), {"a": 9, "b": -4}, "is not a whole number"),
        (
            (("election2", "region", "", "class", "gawat", 1, "true", ""),),
            {"a": 9, "b": 4},
            '"gawat" is no class',
        ),
        (
            (("election2", "village", "99.99.09.2001", "island_all", "", 1, "true", "P"),),
            {"a": 9, "b": 4},
            "row 2: there is no village 99.99.09.2001",
        ),
        (
            (("election2", "region", "", "class", "rawan", 1, "ya", ""),),
            {"a": 9, "b": 4},
            'row 2, column "within_total": "ya" is neither',
        ),
        (
            (("election2", "region", "", "class", "rawan", 1, "true", ""),) * 2,
            {"a": 9, "b": 4},
            "row 3: class rawan stands twice",
        ),
        (
            (("election2", "district", A, "class", "rawan", 20, "true", ""),),
            {"a": 9, "b": 4},
            "kecamatan 99.99.01: 20 TPS of other classes .* 11 too few",
        ),
        (
            (("election2", "region", "", "class", "rawan", 50, "true", ""),),
            {"a": 9, "b": 4},
            "too few",
        ),
        (
            (("election2", "village", f"{A}.2001", "island_all", "", 12, "true", "P"),),
            {"a": 9, "b": 4},
            "have 12 TPS and the kecamatan 9: 3 apart",
        ),
    ],
)
def test_what_cannot_be_is_said_with_its_place(
    special: tuple[tuple[Any, ...], ...], totals: dict[str, int], said: str
) -> None:
    with pytest.raises(RawanError, match=said):
        polling_table(invented(special, **totals), "election2")


def test_an_unknown_election_is_answered_with_the_nearest() -> None:
    with pytest.raises(RawanError, match='Did you mean "election1"'):
        polling_table(invented(), "election7")


def test_listed_tps_stand_in_their_village_and_count_towards_the_published_number() -> None:
    special = (
        ("election2", "region", "", "class", "rawan", 4, "true", ""),
        ("election2", "village", f"{A}.2001", "island_part", "", 1, "true", "Pulau X"),
    )
    listed = {(f"{A}.2001", "rawan"): 2, (f"{A}.2002", "kurang_rawan"): 1}
    table = polling_table(invented(special, a=9, b=4), "election2", listed=listed)
    assert tps_of(table, place=f"{A}.2001", **{"class": "rawan"}) == 2
    assert tps_of(table, **{"class": "rawan"}) == 4
    assert tps_of(table, is_cut_off=True) == 1
    assert table.frame["tps"].sum() == 13


def test_a_village_has_room_for_the_tps_that_a_list_names_in_it() -> None:
    listed = {(f"{A}.2001", "rawan"): 6}  # its share would be 2 of 9
    table = polling_table(invented(a=9, b=4), "election2", listed=listed)
    assert tps_of(table, place=f"{A}.2001") == 6
    assert tps_of(table, district_code=A) == 9
    with pytest.raises(RawanError, match=r"Desa 11 .* has room for 7: 13 too many"):
        polling_table(invented(a=9, b=4), "election2", listed={(f"{A}.2001", "rawan"): 20})
    with pytest.raises(RawanError, match=r"Desa 11 .* 2 TPS are known there .* 18 too many"):
        polling_table(invented(), "election1", listed={(f"{A}.2001", "rawan"): 20})


def test_part_of_the_classes_is_not_held_against_all_tps() -> None:
    special = (("election2", "region", "", "class", "rawan", 4, "true", ""),)
    table = polling_table(invented(special, a=9, b=4), "election2")
    assert [line.subject for line in table.lines] == ["rawan"]


def test_units_stand_at_a_village_or_at_the_seat_of_a_kecamatan() -> None:
    points = base_points(invented())
    assert points[f"{A}.2003"] == (-5.5, 105.3)
    assert points[A] == (-5.5, 105.2)  # its seat is the second village


@pytest.mark.parametrize("placed", [{("99.99.09", "rawan"): 1}, {(A, "gawat"): 1}])
def test_what_the_planner_places_nowhere_is_refused(placed: dict[tuple[str, str], int]) -> None:
    with pytest.raises(RawanError, match="placed"):
        polling_table(invented(a=9, b=4), "election2", placed=placed)


@given(
    weights=st.dictionaries(st.text(max_size=4), st.integers(0, 10**6), min_size=1, max_size=30),
    total=st.integers(0, 10**6),
    least=st.integers(0, 3),
)
def test_what_is_spread_adds_up_and_is_nearly_in_proportion(
    weights: dict[str, int], total: int, least: int
) -> None:
    whole = sum(weights.values())
    if not whole:
        return
    parts = spread(total, weights)
    assert sum(parts.values()) == total
    assert all(abs(parts[k] * whole - total * w) < whole for k, w in weights.items())
    assert spread(total, dict(reversed(weights.items()))) == parts
    with_least = spread(total, weights, least=least)
    assert sum(with_least.values()) == total
    weighty = [key for key, weight in weights.items() if weight]
    if least * len(weighty) <= total:
        assert min(with_least[key] for key in weighty) >= least


@given(a=st.integers(0, 60), b=st.integers(0, 60), rawan=st.integers(0, 20), n=st.integers(0, 3))
def test_no_tps_is_lost_or_counted_twice(a: int, b: int, rawan: int, n: int) -> None:
    special = (
        ("election2", "region", "", "class", "rawan", rawan, "true", ""),
        ("election2", "village", f"{A}.2001", "island_part", "", n, "true", "Pulau X"),
    )
    files = invented(special, a=a, b=b)
    if rawan > a + b:
        with pytest.raises(RawanError, match=r"too few|take them from"):
            polling_table(files, "election2")
        return
    table = polling_table(files, "election2")
    assert table.frame["tps"].sum() == a + b
    assert tps_of(table, **{"class": "rawan"}) == rawan
    assert (table.frame["tps"] > 0).all()
