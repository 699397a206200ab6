"""Features: what was known at each cutoff, reckoned again by hand."""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from models.effort_inputs import EFFORT_COLUMNS
from rawan.features import registry

Bench = Any  # see conftest.py
Cells = dict[str, object]
Tables = dict[str, pl.DataFrame]

A, B, C, D = (f"99.99.01.200{n}" for n in (1, 2, 3, 4))
OTHER, ISLAND = "99.99.02.2002", "99.99.03.2001"
LAST = date(2020, 1, 1)  # the published cutoff
BEFORE = LAST - timedelta(days=182)
CUTOFFS = [LAST - timedelta(days=182 * n) for n in range(8)]
OUTCOMES = ["outcome_count", "outcome_known_on", "outcomes_known_on", "is_onset_candidate"]

# Latitude and longitude, as in conftest.py.
POINTS = {A: (-5.50, 105.50), B: (-5.51, 105.50), C: (-5.50, 105.52), D: (-5.52, 105.52)}


def incident(occurred: date | str, known: date | str, code: str = A, **more: object) -> Cells:
    return {
        "tanggal": str(occurred),
        "tanggal_diketahui": str(known),
        "jenis": "bentrok",
        "kode_desa": code,
    } | more


def report(occurred: date | str, known: date | str, code: str = A, **more: object) -> Cells:
    return {"nilai_sumber": "A", "nilai_informasi": "1"} | incident(occurred, known, code) | more


def people(known: date | str, number: int, year: int = 2018, code: str = A) -> Cells:
    return {
        "kode_desa": code,
        "tahun": year,
        "penduduk": number,
        "tanggal_diketahui": str(known),
    }


def days(number: int) -> timedelta:
    return timedelta(days=number)


def at(tables: Tables, code: str = A, cutoff: date = LAST) -> dict[str, Any]:
    """Return the features of a village at a cutoff."""
    found = tables["features.village_cutoff"].filter(village_code=code, cutoff=cutoff)
    assert found.height == 1
    return found.row(0, named=True)


def known_by(tables: Tables, cutoff: date) -> pl.DataFrame:
    """Return all features up to a cutoff; outcomes lie ahead of it and are left out."""
    frame = tables["features.village_cutoff"]
    return frame.filter(pl.col("cutoff") <= cutoff).drop(OUTCOMES)


def haversine_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat_a, lat_b = math.radians(a[0]), math.radians(b[0])
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half))


def change(bench: Bench, text: str) -> None:
    """Add to the configuration."""
    with bench.config.open("a", encoding="utf-8") as config:
        config.write(f"\n{text}\n")


# The table


def test_every_village_has_one_row_at_every_cutoff_and_every_declared_feature(bench: Bench) -> None:
    frame = bench.run([incident("2019-01-01", "2019-01-02")])["features.village_cutoff"]
    keys = frame.select("cutoff", "village_code").rows()
    assert len(keys) == len(set(keys)) == 8 * len(CUTOFFS)
    assert sorted(set(frame["cutoff"])) == sorted(CUTOFFS)
    made_later = set(EFFORT_COLUMNS)
    for name, feature in registry().items():
        if name in made_later:
            continue
        assert name in frame.columns
        assert feature.missing is None or frame.schema[feature.missing] == pl.Boolean


def test_the_detailed_history_has_each_group_of_types_at_each_half_life(bench: Bench) -> None:
    tables = bench.run(
        [
            incident(LAST - days(91), LAST - days(90)),
            incident(LAST - days(365), LAST - days(364), jenis="unjuk_rasa"),
            incident(LAST - days(10), LAST + days(1)),  # nobody had heard of it
        ]
    )
    row = at(tables)
    assert row["past_outcome_91"] == pytest.approx(0.5)
    assert row["past_outcome_365"] == pytest.approx(0.5 ** (91 / 365))
    assert row["past_protest_365"] == pytest.approx(0.5)
    assert row["past_any_365"] == pytest.approx(0.5 + 0.5 ** (91 / 365))
    assert row["past_protest_last"] == pytest.approx(0.5)
    assert row["past_any_last"] == pytest.approx(0.5 ** (91 / 365))
    assert row["past_land_365"] == row["past_land_last"] == 0, "there, though nothing happened"
    assert row["past_outcome_365"] == pytest.approx(row["clash_decayed"])
    assert row["past_outcome_year"] == pytest.approx(row["clash_per_year"])
    elsewhere = at(tables, B)
    assert all(elsewhere[name] == 0 for name in row if name.startswith("past_"))
    assert "past_clash_365" not in row, "the same types as the outcome would say it twice"


def test_what_happens_around_counts_by_nearness(bench: Bench) -> None:
    tables = bench.run([incident(LAST - days(365), LAST - days(364), jenis="unjuk_rasa", code=B)])
    weights = {code: math.exp(-haversine_km(POINTS[A], POINTS[code]) / 5.0) for code in (B, C, D)}
    near = at(tables)
    assert near["near_outcome"] == 0
    assert 0 < near["near_any"] <= 0.5 * weights[B] / sum(weights.values()) + 1e-9


# Nothing from the future


def test_a_row_is_seen_if_it_lies_before_the_cutoff_and_was_known_by_its_start(
    bench: Bench,
) -> None:
    cases = {
        A: (LAST - days(1), LAST - days(1), 1),
        B: (LAST - days(1), LAST, 1),
        C: (LAST - days(1), LAST + days(1), 0),
        D: (LAST, LAST, 0),
        OTHER: (LAST + days(1), LAST, 0),
    }
    tables = bench.run(
        [incident(occurred, known, code) for code, (occurred, known, _) in cases.items()],
        [
            report(occurred, known, code, jenis="gangguan_logistik")
            for code, (occurred, known, _) in cases.items()
        ],
    )
    for code, (_, _, seen) in cases.items():
        row = at(tables, code)
        assert row["incidents_all"] == row["clash_365_days"] == seen, code
        assert row["logistics_reports"] == seen, code
        assert (row["report_logistics_decayed"] > 0) == bool(seen), code


def test_a_month_is_not_seen_before_it_is_over(bench: Bench) -> None:
    tables = bench.run(
        [
            incident("2019-07", "2019-07-01", A),  # BEFORE is 3 July
            incident("2019-06", "2019-07-01", B),
        ]
    )
    assert at(tables, A, BEFORE)["clash_all"] == 0
    assert at(tables, B, BEFORE)["clash_all"] == 1
    assert at(tables, A, LAST)["clash_all"] == 1


def test_a_later_source_with_a_better_date_does_not_change_the_past(bench: Bench) -> None:
    first = incident("2019-05", "2019-06-10", kode_peristiwa="P1")
    later = incident("2019-05-02", BEFORE + days(30), kode_peristiwa="P1")
    before, after = bench.run([first]), bench.run([first, later])
    assert_frame_equal(known_by(after, BEFORE), known_by(before, BEFORE), rel_tol=1e-12)
    assert at(after)["days_since_clash"] == (LAST - date(2019, 5, 2)).days


def test_a_later_source_that_names_the_village_does_not_change_the_past(bench: Bench) -> None:
    first = incident("2019-05-02", "2019-05-10", "", kecamatan="Umpama", kode_peristiwa="P1")
    later = incident("2019-05-02", BEFORE + days(30), B, kode_peristiwa="P1")
    before, after = bench.run([first]), bench.run([first, later])
    assert at(before, A, BEFORE)["district_clash_decayed"] > 0
    assert_frame_equal(known_by(after, BEFORE), known_by(before, BEFORE), rel_tol=1e-12)
    assert at(after, B)["clash_all"] == 1
    assert at(after, B)["district_clash_decayed"] == 0


def test_a_report_is_a_signal_until_its_incident_is_known(bench: Bench) -> None:
    url = "https://contoh.invalid/1"
    early = report("2019-05-02", "2019-05-10", sumber_url=url)
    late = incident("2019-05-02", BEFORE + days(30), sumber_url=url)
    before, after = bench.run([], [early]), bench.run([late], [early])
    assert_frame_equal(known_by(after, BEFORE), known_by(before, BEFORE), rel_tol=1e-12)
    assert at(after)["report_conflict_decayed"] == 0


def test_a_population_corrected_later_does_not_change_the_past(bench: Bench) -> None:
    first, later = people("2019-01-01", 100), people(BEFORE + days(30), 150)
    before, after = bench.run(population=[first]), bench.run(population=[first, later])
    assert at(before, A, BEFORE)["population"] == 100
    assert_frame_equal(known_by(after, BEFORE), known_by(before, BEFORE), rel_tol=1e-12)
    assert at(after)["population"] == 150


def test_later_news_is_no_outcome_of_the_past(bench: Bench) -> None:
    first = incident("2019-08", "2019-09-10", kode_peristiwa="P1")
    later = incident("2019-06-25", LAST + days(30), kode_peristiwa="P1")
    before, after = bench.run([first]), bench.run([first, later])
    assert at(before, A, BEFORE)["outcome_count"] == 1
    assert_frame_equal(after["features.outcomes"], before["features.outcomes"])


EVENTS = st.sampled_from(["", "P1", "P2", "P3"])
OCCURRED = st.sampled_from(["2019-05-02", "2019-05", "2019-05-20", "2018-11-11", "2019-06-30"])
WHERE = st.sampled_from(
    [
        {"kode_desa": A},
        {"kode_desa": B},
        {"kode_desa": f"{A};{OTHER}"},
        {"kode_desa": "", "kecamatan": "Umpama"},
    ]
)
ADDRESS = st.sampled_from(["", "https://contoh.invalid/1", "https://contoh.invalid/2"])
KINDS = st.sampled_from(["bentrok", "bentrok", "unjuk_rasa", "politik_uang"])


def as_kind(kind: str, row: Mapping[str, object]) -> tuple[str, Cells]:
    return kind, dict(row)


def rows_known(first: date, last: date) -> st.SearchStrategy[list[tuple[str, Cells]]]:
    """Return rows of all kinds that became known between two days."""
    known = st.dates(first, last).map(str)
    told = st.fixed_dictionaries(
        {"tanggal": OCCURRED, "tanggal_diketahui": known, "jenis": KINDS, "sumber_url": ADDRESS}
    )
    incidents = st.tuples(told, WHERE, EVENTS).map(
        lambda row: as_kind("incidents", row[0] | row[1] | {"kode_peristiwa": row[2]})
    )
    reports = st.tuples(told, WHERE, EVENTS).map(
        lambda row: as_kind("reports", row[0] | row[1] | {"nomor": row[2], "nilai_sumber": "B"})
    )
    population = st.builds(
        lambda day, number: as_kind("population", people(day, number)), known, st.integers(1, 999)
    )
    return st.lists(incidents | reports | population, max_size=6)


@hypothesis_settings(max_examples=15, phases=[Phase.generate])  # to shrink takes minutes
@given(rows_known(date(2019, 1, 1), BEFORE), rows_known(BEFORE + days(1), LAST + days(90)))
def test_what_became_known_after_a_cutoff_changes_no_feature_at_it(
    make_bench: Callable[[], Bench],
    known: list[tuple[str, Cells]],
    later: list[tuple[str, Cells]],
) -> None:
    bench = make_bench()

    def run(rows: Iterable[tuple[str, Cells]]) -> Tables:
        by_kind: dict[str, list[Cells]] = {"incidents": [], "reports": [], "population": []}
        for kind, row in rows:
            by_kind[kind].append(row)
        tables: Tables = bench.run(**by_kind)
        return tables

    assert_frame_equal(
        known_by(run([*known, *later]), BEFORE), known_by(run(known), BEFORE), rel_tol=1e-12
    )


# What had happened


def test_what_is_past_fades_by_half_in_each_half_life(bench: Bench) -> None:
    when = {
        "bentrok": ["2019-10-01", "2017-01-31"],
        "unjuk_rasa": ["2019-02-02"],
        "sengketa_lahan": ["2018-03-03", "2018-03-04"],
        "politik_uang": ["2019-12-31"],
        "gangguan_logistik": ["2016-02-29"],
    }
    tables = bench.run(
        [
            incident(day, "2019-12-31", jenis=kind, kode_peristiwa=kind + day)
            for kind, occurred in when.items()
            for day in occurred
        ]
    )

    def faded(kind: str, half_life: int, cutoff: date) -> float:
        return math.fsum(
            0.5 ** ((cutoff - date.fromisoformat(day)).days / half_life) for day in when[kind]
        )

    row = at(tables)
    assert row["incidents_all"] == 7
    assert row["clash_decayed"] == pytest.approx(faded("bentrok", 365, LAST), rel=1e-12)
    for feature, kind in {
        "clash_decayed_long": "bentrok",
        "protest_decayed": "unjuk_rasa",
        "land_decayed": "sengketa_lahan",
        "allegation_decayed": "politik_uang",
        "logistics_decayed": "gangguan_logistik",
    }.items():
        assert row[feature] == pytest.approx(faded(kind, 1460, LAST), rel=1e-12), feature


def test_half_lives_are_those_of_the_configuration(bench: Bench) -> None:
    change(bench, "[features]\nhalf_life_days = 100\nlong_half_life_days = 200")
    row = at(bench.run([incident(LAST - days(200), LAST)]))
    assert (row["clash_decayed"], row["clash_decayed_long"]) == (0.25, 0.5)


def test_windows_of_counting_end_where_their_names_say(bench: Bench) -> None:
    cases = {
        A: (182, (1, 1, 1)),
        B: (183, (0, 1, 1)),
        C: (365, (0, 1, 1)),
        D: (366, (0, 0, 1)),
        OTHER: (1825, (0, 0, 1)),
        ISLAND: (1826, (0, 0, 0)),
    }
    tables = bench.run([incident(LAST - days(age), LAST, code) for code, (age, _) in cases.items()])
    for code, (age, counts) in cases.items():
        row = at(tables, code)
        windows = ("clash_182_days", "clash_365_days", "clash_1825_days")
        assert tuple(row[window] for window in windows) == counts, code
        assert row["days_since_clash"] == age
        assert row["clash_all"] == 1


def test_a_place_without_clashes_has_no_day_of_the_last_one(bench: Bench) -> None:
    row = at(bench.run([incident("2019-01-01", "2019-01-02", jenis="unjuk_rasa")]))
    assert row["days_since_clash"] is None
    assert (row["incidents_all"], row["clash_all"], row["clash_decayed"]) == (1, 0, 0)


def test_clashes_a_year_are_counted_from_the_start_of_the_record(bench: Bench) -> None:
    row = at(bench.run([incident(f"2019-0{month}-01", "2019-12-01") for month in (1, 2, 3)]))
    years = (LAST - date(2016, 1, 1)).days / 365.25
    assert row["clash_per_year"] == pytest.approx(3 / years, rel=1e-12)


# Around it


def test_an_incident_of_the_kecamatan_alone_reaches_the_kecamatan_alone(bench: Bench) -> None:
    tables = bench.run([incident("2019-10-01", "2019-10-02", "", kecamatan="Umpama")])
    expected = 0.5 ** ((LAST - date(2019, 10, 1)).days / 1460) / 4
    for code in (A, B, C, D):
        row = at(tables, code)
        assert row["district_clash_decayed"] == pytest.approx(expected, rel=1e-12)
        assert row["incidents_all"] == row["neighbour_clash_decayed"] == 0
        assert row["is_blind_spot"]
    assert at(tables, OTHER)["district_clash_decayed"] == 0


def test_a_village_is_not_part_of_its_own_surroundings(bench: Bench) -> None:
    tables = bench.run([incident("2019-10-01", "2019-10-02", A)])
    faded = 0.5 ** ((LAST - date(2019, 10, 1)).days / 1460)
    assert at(tables, A)["district_clash_decayed"] == 0
    assert at(tables, A)["neighbour_clash_decayed"] == 0
    assert at(tables, B)["district_clash_decayed"] == pytest.approx(faded / 4, rel=1e-12)


def test_only_clashes_count_in_the_surroundings(bench: Bench) -> None:
    tables = bench.run([incident("2019-10-01", "2019-10-02", A, jenis="unjuk_rasa")])
    assert at(tables, B)["district_clash_decayed"] == 0
    assert at(tables, B)["neighbour_clash_decayed"] == 0


def test_a_clash_next_door_weighs_by_its_distance(bench: Bench) -> None:
    tables = bench.run([incident("2019-10-01", "2019-10-02", A)])
    faded = 0.5 ** ((LAST - date(2019, 10, 1)).days / 1460)
    for code in (B, C, D):
        weight = math.exp(-haversine_km(POINTS[code], POINTS[A]) / 5)
        assert at(tables, code)["neighbour_clash_decayed"] == pytest.approx(
            weight * faded, rel=1e-12
        )
    assert at(tables, ISLAND)["neighbour_clash_decayed"] == 0


def test_distances_are_those_of_the_globe_and_the_same_both_ways(bench: Bench) -> None:
    pairs = {
        (a, b): (distance, weight)
        for a, b, distance, weight in bench.run()["features.neighbours"].iter_rows()
    }
    for (a, b), (distance, weight) in pairs.items():
        assert a != b
        assert pairs[b, a] == (distance, weight)
        if a in POINTS and b in POINTS:
            assert distance == pytest.approx(haversine_km(POINTS[a], POINTS[b]), rel=1e-9)
            assert weight == pytest.approx(math.exp(-distance / 5), rel=1e-12)
    assert {(a, b) for a in POINTS for b in POINTS if a != b} <= set(pairs)
    assert not [pair for pair in pairs if ISLAND in pair]


def test_only_the_nearest_are_neighbours_and_ties_follow_the_code(bench: Bench) -> None:
    change(bench, "[features]\nneighbours = 2")
    found = bench.run()["features.neighbours"].filter(village_code=A)
    assert found["neighbour_code"].to_list() == [B, C]


# Politics


def test_the_closeness_of_an_election_is_one_less_the_winners_lead(bench: Bench) -> None:
    row = at(bench.run(), B)
    assert row["competitiveness"] == pytest.approx(1 - (0.6 - 0.4))
    assert row["turnout"] == pytest.approx(1000 / 2000)
    assert row["results_election"] == "pilkada2015"
    assert not row["is_competitiveness_missing"]
    assert not row["is_turnout_missing"]


def test_a_result_of_the_village_wins_over_that_of_its_kecamatan(bench: Bench) -> None:
    tables = bench.run()
    row = at(tables, A)
    assert row["competitiveness"] == pytest.approx(1)
    assert row["turnout"] == pytest.approx(120 / 150)
    assert row["results_election"] == "pemilu2019"
    assert at(tables, A, CUTOFFS[2])["results_election"] == "pilkada2015"


def test_a_result_known_later_is_not_used(bench: Bench) -> None:
    """The results of contoh2020 for this kecamatan stand in the table, known in February."""
    assert set(bench.run()["features.politics"]["results_election"]) == {
        "pilkada2015",
        "pemilu2019",
        None,
    }


# The place


def test_polling_stations_are_those_of_the_newest_count_known(bench: Bench) -> None:
    tables = bench.run()
    counts = {
        cutoff: (row["tps_known"], row["tps_source"])
        for cutoff in CUTOFFS
        if (row := at(tables, A, cutoff))
    }
    assert counts[LAST] == counts[BEFORE] == (12, "pemilu2019")
    assert {counts[cutoff] for cutoff in CUTOFFS[2:]} == {(10, "pilkada2015")}


def test_an_empty_newer_count_does_not_lend_its_name_to_an_old_one(bench: Bench) -> None:
    bench.reference(
        "polling_stations",
        [
            {"election": "pemilu2019", "village_code": A, "tps": 12, "known_on": "2019-04-17"},
            {"election": "contoh2020", "village_code": A, "tps": "", "known_on": "2019-11-01"},
        ],
    )
    row = at(bench.run())
    assert (row["tps_known"], row["tps_source"]) == (12, "pemilu2019")


def test_the_population_is_that_of_the_newest_year_known(bench: Bench) -> None:
    tables = bench.run(
        population=[
            people("2019-01-01", 100, 2017),
            people("2019-08-01", 120, 2018),
            people("2020-01-02", 999, 2019),
        ]
    )
    assert at(tables)["population"] == 120
    assert at(tables, A, BEFORE)["population"] == 100
    assert at(tables, A, CUTOFFS[-1])["is_population_missing"]


def test_the_unknown_is_filled_with_the_median_and_says_so(bench: Bench) -> None:
    tables = bench.run()
    known, unknown = at(tables, A, CUTOFFS[-1]), at(tables, C, CUTOFFS[-1])
    assert (known["tps_count"], known["is_tps_missing"]) == (10, False)
    assert (unknown["tps_count"], unknown["is_tps_missing"]) == (7, True)  # of 10 and 4
    assert unknown["tps_known"] is None
    assert at(tables, C)["tps_count"] == 8  # of 12, 4 and 8
    assert (known["ikg_access"], known["is_ikg_missing"]) == (10, False)
    assert (unknown["ikg_access"], unknown["is_ikg_missing"]) == (20, True)  # of 10, 20 and 60
    island = at(tables, ISLAND)  # no result is known for its kecamatan
    # of 1, three times 0.8 and three times 0.2
    assert island["competitiveness"] == pytest.approx(0.8)
    assert island["is_competitiveness_missing"]
    assert island["is_water_crossing_missing"]


# Signals


def test_a_report_fades_from_the_weight_of_its_grades(bench: Bench) -> None:
    change(bench, "[features]\nreport_half_life_days = 50")
    tables = bench.run(
        reports=[
            report(LAST - days(100), LAST - days(99), nilai_sumber="B", nilai_informasi="3"),
            report(LAST - days(50), LAST - days(49), nilai_sumber="A", nilai_informasi="1"),
            report(LAST - days(50), LAST - days(49), jenis="gangguan_logistik"),
            report(LAST - days(50), LAST - days(49), jenis=""),
            report(LAST - days(50), LAST - days(49), "", kecamatan="Umpama"),
        ]
    )
    row = at(tables)
    assert row["report_conflict_decayed"] == pytest.approx(0.48 / 4 + 1 / 2, rel=1e-12)
    assert row["report_logistics_decayed"] == pytest.approx(0.5, rel=1e-12)
    assert (row["conflict_reports"], row["logistics_reports"]) == (2, 1)
    assert at(tables, B)["conflict_reports"] == 0


def test_a_report_from_the_source_of_an_incident_is_no_second_signal(bench: Bench) -> None:
    url = "https://contoh.invalid/1"
    rows = [incident("2019-10-01", "2019-10-02", sumber_url=url)]
    row = at(bench.run(rows, [report("2019-10-01", "2019-10-02", sumber_url=url)]))
    assert (row["conflict_reports"], row["report_conflict_decayed"]) == (0, 0)
    assert row["clash_all"] == 1


# How much is heard


def test_coverage_is_the_share_of_half_years_in_which_a_village_was_named(bench: Bench) -> None:
    tables = bench.run(
        [
            incident("2015-06-01", LAST, A),
            incident("2015-06-01", LAST - days(181), A, kode_peristiwa="P2"),
            incident("2015-06-01", LAST - days(182), A, kode_peristiwa="P3"),
        ],
        [report("2015-06-01", LAST - days(1819), A, jenis="")],
    )
    row = at(tables)
    assert row["coverage"] == pytest.approx(3 / 10)
    assert not row["is_blind_spot"]
    assert at(tables, B)["coverage"] == 0
    assert at(tables, B)["is_blind_spot"]


def test_a_village_unheard_of_within_the_window_is_a_blind_spot(bench: Bench) -> None:
    cases = {A: (1819, False), B: (1820, True), C: (0, False), D: (-1, True)}
    tables = bench.run(
        [incident("2014-01-01", LAST - days(age), code) for code, (age, _) in cases.items()]
    )
    for code, (_, is_blind) in cases.items():
        row = at(tables, code)
        assert row["is_blind_spot"] == is_blind, code
        assert (row["coverage"] == 0) == is_blind, code


def test_a_shorter_window_of_coverage_counts_fewer_half_years(bench: Bench) -> None:
    change(bench, "[features]\ncoverage_years = 1")
    tables = bench.run(
        [
            incident("2018-01-01", LAST - days(364), A),
            incident("2019-01-01", LAST - days(10), B),
        ]
    )
    assert at(tables, A)["is_blind_spot"]
    assert at(tables, B)["coverage"] == pytest.approx(1 / 2)


# What followed


def test_an_outcome_is_a_listed_incident_within_the_window_from_the_cutoff_on(
    bench: Bench,
) -> None:
    inside = BEFORE + days(10)
    cases = {
        A: (BEFORE, BEFORE, "bentrok", 1),
        B: (BEFORE + days(181), LAST, "bentrok", 1),
        C: (BEFORE - days(1), BEFORE, "bentrok", 0),
        D: (inside, LAST + days(1), "bentrok", 0),
        "99.99.02.2001": (inside, LAST, "unjuk_rasa", 0),
        OTHER: (inside, LAST, "politik_uang", 0),
        ISLAND: (inside, LAST, "gangguan_logistik", 0),
    }
    tables = bench.run(
        [
            incident(occurred, known, code, jenis=kind)
            for code, (occurred, known, kind, _) in cases.items()
        ]
    )
    for code, (_, known, _, count) in cases.items():
        row = at(tables, code, BEFORE)
        assert row["outcome_count"] == count, code
        assert row["outcome_known_on"] == (known if count else None), code


def test_each_outcome_falls_in_exactly_one_window(bench: Bench) -> None:
    rows = [incident(CUTOFFS[-1] + days(13 * n), LAST, kode_peristiwa=f"P{n}") for n in range(98)]
    tables = bench.run(rows)
    assert max(str(row["tanggal"]) for row in rows) < str(LAST)
    assert tables["features.outcomes"]["outcome_count"].sum() == len(rows)


def test_nothing_has_followed_the_published_cutoff_yet(bench: Bench) -> None:
    row = at(bench.run([incident(LAST, LAST), incident(LAST + days(5), LAST)]))
    assert (row["outcome_count"], row["outcome_known_on"]) == (0, None)


def test_an_onset_needs_two_quiet_years(bench: Bench) -> None:
    cases = {A: (1, False), B: (730, False), C: (731, True)}
    tables = bench.run(
        [incident(BEFORE - days(age), BEFORE, code) for code, (age, _) in cases.items()]
    )
    for code, (_, candidate) in cases.items():
        assert at(tables, code, BEFORE)["is_onset_candidate"] == candidate, code
    assert at(tables, D, BEFORE)["is_onset_candidate"]


# The calendar


def test_the_next_voting_day_is_counted_from_the_cutoff(bench: Bench) -> None:
    tables = bench.run()
    expected = {
        LAST: ((date(2020, 2, 1) - LAST).days, True),
        BEFORE: ((date(2020, 2, 1) - BEFORE).days, False),
        CUTOFFS[2]: ((date(2019, 4, 17) - CUTOFFS[2]).days, True),
        CUTOFFS[-1]: (365, False),
    }
    for cutoff, (days_to_voting, in_window) in expected.items():
        row = at(tables, A, cutoff)
        assert (row["days_to_voting"], row["is_election_window"]) == (days_to_voting, in_window)
