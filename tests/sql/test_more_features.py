"""Trends, distances, borders, contagion, agreeing reports, presence and plans, by hand."""

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
import shapely
from polars.testing import assert_frame_equal

from models.effort_inputs import EFFORT_COLUMNS
from rawan import features
from rawan.feature_inputs import typical_distance_km
from rawan.warehouse import Warehouse
from tests.sql.test_features import (
    BEFORE,
    CUTOFFS,
    ISLAND,
    LAST,
    OTHER,
    POINTS,
    A,
    B,
    Bench,
    C,
    Cells,
    D,
    at,
    change,
    days,
    haversine_km,
    incident,
    report,
)

Files = Mapping[str, Iterable[Mapping[str, object]]]
YEAR = 365.25 * math.log(2)
KNOWN = str(LAST - days(1))


def built(bench: Bench, warehouse: Warehouse, files: Files) -> pl.DataFrame:
    """Take files in and return the one table, and write it where `at` finds it."""
    bench.stage(warehouse, files)
    warehouse.build("features")
    return warehouse.frame("FROM features.village_cutoff")


def row_of(frame: pl.DataFrame, code: str = A, cutoff: date = LAST) -> dict[str, Any]:
    return at({"features.village_cutoff": frame}, code, cutoff)


def test_every_declared_feature_is_a_column_and_every_learned_column_is_declared(
    bench: Bench,
) -> None:
    columns = bench.run()["features.village_cutoff"].columns
    missing = [f.missing for f in features.registry().values() if f.missing]
    made = {*columns, *EFFORT_COLUMNS}
    assert not [name for name in (*features.registry(), *missing) if name not in made]
    assert all(features.find(name) is not None for name in features.learned(columns))
    keys = {"village_code", "cutoff", "block", "tps_known", "tps_source", "results_election"}
    ahead = {"outcome_count", "outcome_known_on", "outcomes_known_on", "is_onset_candidate"}
    window = {"window_from", "window_until", "is_tested", "is_blind_spot", "share_missing"}
    told = keys | ahead | window | set(missing)
    assert not [name for name in columns if name not in told and features.find(name) is None]


def test_a_few_cutoffs_at_a_time_give_the_same_tables_as_all_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [incident(LAST - days(n), LAST - days(n), A) for n in range(10, 1400, 90)]
    at_once = bench.run([*rows, incident(BEFORE - days(3), BEFORE, C)])
    monkeypatch.setattr("rawan.warehouse.ROWS_AT_ONCE", 1)
    by_cutoff = bench.run([*rows, incident(BEFORE - days(3), BEFORE, C)])
    assert at_once.keys() == by_cutoff.keys()
    for name in ("features.village_cutoff", "features.history", "features.outcomes"):
        order = ["cutoff", "village_code"]
        assert_frame_equal(by_cutoff[name].sort(order), at_once[name].sort(order))


# Trends


def test_a_steady_rate_has_no_trend_and_news_after_silence_has_one(bench: Bench) -> None:
    steady = [incident(LAST - days(n), LAST, A, kode_peristiwa=f"S{n}") for n in range(1, 1461, 10)]
    fresh = [incident(LAST - days(n), LAST, B, kode_peristiwa=f"F{n}") for n in (10, 20)]
    stale = [incident(LAST - days(1400), LAST, C)]
    tables = bench.run([*steady, *fresh, *stale])
    record = (LAST - date(2016, 1, 1)).days

    def rate(ages: tuple[int, ...], half_life: int) -> float:
        counted = sum(0.5 ** (age / half_life) for age in ages)
        return float(counted * YEAR / half_life / (1 - 0.5 ** (record / half_life)))

    assert at(tables, A)["clash_trend"] == pytest.approx(0, abs=0.01)
    expected = math.log((rate((10, 20), 365) + 0.25) / (rate((10, 20), 1460) + 0.25))
    assert at(tables, B)["clash_trend"] == pytest.approx(expected, rel=1e-9)
    assert at(tables, B)["clash_trend"] > 0.4
    assert at(tables, C)["clash_trend"] < 0
    assert at(tables, D)["clash_trend"] == 0
    assert at(tables, D)["around_trend"] > 0, "it heats up next door"


def test_others_are_incidents_of_every_other_type(bench: Bench) -> None:
    rows = [incident("2019-01-01", LAST), incident("2019-01-02", LAST, jenis="unjuk_rasa")]
    row = at(bench.run([*rows, incident("2012-01-02", LAST, jenis="politik_uang")]))
    assert (row["incidents_all"], row["clash_all"], row["others_all"]) == (3, 1, 2)


# Around


def test_lags_are_means_weighted_by_a_gaussian_of_the_distance(bench: Bench) -> None:
    rows = [
        incident(LAST - days(365), LAST, B),
        incident(LAST - days(730), LAST, D, jenis="unjuk_rasa"),
    ]
    tables = bench.run(rows)
    villages = pl.read_csv(bench.folder / "reference" / "villages.csv", infer_schema=False)
    places = {
        code: (float(lat), float(lon))
        for code, lat, lon in villages.select("village_code", "lat", "lon").rows()
    }
    apart = typical_distance_km(pl.DataFrame(list(places.values()), ["lat", "lon"], orient="row"))
    assert apart is not None
    for distance, times in (("near", 1.5), ("far", 4.0)):
        scale = times * apart
        weights = {
            code: math.exp(-0.5 * (km / scale) ** 2)
            for code, place in places.items()
            if code != A and (km := haversine_km(place, POINTS[A])) <= 2.5 * scale
        }
        told = {"outcome": 0.5 * weights[B], "any": 0.5 * weights[B] + 0.25 * weights[D]}
        for kind, lent in told.items():
            name = f"around_{distance}_{kind}"
            assert at(tables)[name] == pytest.approx(lent / sum(weights.values()), abs=1e-8), name
            assert at(tables, ISLAND)[name] == 0, "nobody lives near the island"


def test_the_typical_distance_is_the_median_to_the_nearest_at_another_place() -> None:
    units = pl.DataFrame({"lat": [0.0, 0.0, 1.0, 3.0, None], "lon": [0.0, 0.0, 0.0, 0.0, 9.0]})
    degree = haversine_km((0.0, 0.0), (1.0, 0.0))
    assert typical_distance_km(units) == pytest.approx(degree)
    assert typical_distance_km(units.head(2)) is None


def square(lat: float, lon: float, side: float = 0.01) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(lon, lat, lon + side, lat + side)))


def test_only_those_that_share_a_border_count_across_it(bench: Bench, warehouse: Warehouse) -> None:
    places = {A: (0.0, 0.0), B: (0.0, 0.0101), C: (0.01, 0.01), D: (0.0, 0.03)}
    for code, (lat, lon) in places.items():
        warehouse.execute(
            "INSERT INTO reference.outlines VALUES (?, ?, 1, 'f', 'h', now()::TIMESTAMP, 'u')",
            [code, square(lat, lon)],
        )
    features.set_parameters(warehouse, bench.settings)
    rows = [incident(LAST - days(365), KNOWN, code) for code in (B, D)]
    frame = built(bench, warehouse, {"insiden.csv": rows})
    # B lies ten metres off A, C touches a corner of it, D lies apart.
    assert row_of(frame)["border_outcome"] == row_of(frame)["border_any"] == pytest.approx(0.25)
    assert row_of(frame, D)["border_outcome"] == 0
    assert "border_*" not in features.not_applicable(warehouse)


def test_contagion_is_what_others_of_the_kecamatan_had_lately(bench: Bench) -> None:
    tables = bench.run(
        [
            incident(LAST - days(90), LAST, A),
            incident(LAST - days(91), LAST, B),
            incident(LAST - days(1), LAST, B, jenis="unjuk_rasa"),
            incident(LAST - days(5), LAST, "", kecamatan="Umpama"),
        ]
    )
    assert at(tables, A)["district_clash_recent"] == pytest.approx(1 / 4)
    assert at(tables, B)["district_clash_recent"] == pytest.approx(2 / 4)
    assert at(tables, OTHER)["district_clash_recent"] == 0


# Politics and the calendar


def ballot(election: str, known: str, first: int, second: int, district: str) -> list[Cells]:
    ids = {"election": election, "level": "district", "district_code": district, "known_on": known}
    return [ids | {"candidate": c, "votes": v} for c, v in (("A", first), ("B", second))]


def test_a_swing_compares_the_two_newest_elections_of_one_kind_that_are_known(
    bench: Bench,
) -> None:
    here = "99.99.01"
    bench.reference(
        "results",
        [
            *ballot("pilkada2010", "2010-06-01", 90, 10, here),
            *ballot("pilkada2015", "2015-12-16", 60, 40, here),
            *ballot("pemilu2019", "2019-05-20", 51, 49, here),
            *ballot("pilkada2020", str(BEFORE + days(1)), 45, 55, here),
            *ballot("pilkada2015", "2015-12-16", 60, 40, "99.99.02"),
        ],
    )
    tables = bench.run()
    assert at(tables, A, BEFORE)["swing"] == pytest.approx(0.8 - 0.2)
    assert at(tables, A)["swing"] == pytest.approx(0.2 - 0.1)
    assert at(tables, A)["margin"] == pytest.approx(0.1)
    assert not at(tables, A)["is_swing_missing"]
    assert at(tables, OTHER)["is_swing_missing"]
    assert at(tables, OTHER)["swing"] == pytest.approx(0.2 - 0.1), "the region's median"


def test_the_first_vote_after_a_split_is_the_first_of_its_kind(bench: Bench) -> None:
    head = "former_name,former_level,former_district,valid_until,village_code,district_code,weight"
    rows = ["Lama,district,,2016-12-31,,99.99.01,0.5", "Lama,district,,2016-12-31,,99.99.02,0.5"]
    (bench.folder / "reference" / "former_places.csv").write_text(
        "\n".join([f"{head},source_url,note", *(f"{row},," for row in rows)]), encoding="utf-8"
    )
    tables = bench.run()
    told = {cutoff: at(tables, A, cutoff)["is_first_after_split"] for cutoff in CUTOFFS}
    # The general election of 2019 and the regional one of February 2020 are the first of theirs.
    assert {cutoff for cutoff, first in told.items() if first} == {CUTOFFS[2], LAST}
    assert at(tables, ISLAND)["is_first_after_split"] == 0


def test_the_wet_season_is_counted_by_the_days_of_the_window(bench: Bench) -> None:
    tables = bench.run()
    for cutoff in CUTOFFS:
        asked = [cutoff + days(n) for n in range(182)]
        share = sum(day.month in features.WET_MONTHS for day in asked) / 182
        assert at(tables, A, cutoff)["season_wet_share"] == pytest.approx(share)


# Reports


def test_reports_that_agree_within_two_weeks_bear_each_other_out(bench: Bench) -> None:
    change(bench, "[features]\nreport_half_life_days = 50")
    half = {"nilai_sumber": "B", "nilai_informasi": "3"}  # 0.8 * 0.6
    tables = bench.run(
        reports=[
            report(LAST - days(50), LAST, nomor="1", isi="Bentrok di pasar", **half),
            report(LAST - days(64), LAST, nomor="2", isi="Massa berkumpul di jembatan"),
            report(LAST - days(79), LAST, nomor="3", isi="Warga saling serang"),
            report(LAST - days(50), LAST, nomor="4", jenis="gangguan_logistik", isi="Truk macet"),
            report(LAST - days(50), LAST, B, nomor="5", isi="Batu dilempar ke rumah"),
            report(LAST - days(50), LAST + days(1), B, nomor="6", isi="Ribut di balai desa"),
        ]
    )
    row, alone = at(tables), at(tables, B)
    fades = {age: 0.5 ** (age / 50) for age in (50, 64)}
    expected = 0.48 * fades[50] * 1 + 1 * fades[64] * 0.48
    assert row["report_conflict_corroborated"] == pytest.approx(expected, abs=1e-8)
    assert row["report_conflict_agreeing"] == 2
    assert (row["report_logistics_corroborated"], row["report_logistics_agreeing"]) == (0, 1)
    assert (alone["report_conflict_corroborated"], alone["report_conflict_agreeing"]) == (0, 1)
    assert at(tables, C)["report_conflict_agreeing"] == 0


# Who looked, who was there, what is planned


def test_each_day_on_which_a_village_was_named_fades_and_counts_once(bench: Bench) -> None:
    rows = [incident("2019-01-01", LAST - days(365), A, kode_peristiwa=f"P{n}") for n in (1, 2)]
    tables = bench.run([*rows, incident("2019-01-01", LAST, A, jenis="unjuk_rasa")])
    assert at(tables)["mentions_decayed"] == pytest.approx(1.5)
    assert at(tables, B)["mentions_decayed"] == 0


def test_nil_returns_presence_plans_and_classes_count_from_when_they_are_known(
    bench: Bench, warehouse: Warehouse
) -> None:
    year_ago = {"tanggal": str(LAST - days(366)), "tanggal_selesai": str(LAST - days(365))}
    known, late = {"tanggal_diketahui": KNOWN}, {"tanggal_diketahui": str(LAST + days(1))}
    sent = {"satuan": "Polsek Umpama"} | year_ago
    plan = {"kegiatan": "Kampanye Akbar", "perkiraan_peserta": "1500"}
    station = {"pemilu": "pemilu2019", "kode_desa": A}
    frame = built(
        bench,
        warehouse,
        {
            "nihil.csv": [
                {"satuan": "Polsek U", "kode_desa": A} | year_ago | known,
                {"satuan": "Polsek V", "kode_desa": A} | year_ago | late,
            ],
            "penugasan.csv": [
                sent | known | {"personel": "12", "kode_desa": f"{A};{OTHER}"},
                sent | known | {"personel": "8", "kecamatan": "Umpama"},
                sent | late | {"personel": "500", "kode_desa": A},
                sent | known | {"personel": "70", "kode_desa": A} | {"tanggal_selesai": str(LAST)},
            ],
            "kegiatan.csv": [
                plan | known | {"kode_desa": A, "tanggal": str(LAST + days(9))},
                plan | known | {"kode_desa": A, "tanggal": str(LAST - days(9))},
                plan | late | {"kode_desa": A, "tanggal": str(LAST + days(9))},
            ],
            "tps_rawan.csv": [
                station | known | {"nomor_tps": "1", "kerawanan": "rawan"},
                station | known | {"nomor_tps": "2", "kerawanan": "khusus"},
                station | known | {"nomor_tps": "3", "kerawanan": "kurang rawan"},
                station | late | {"nomor_tps": "3", "kerawanan": "rawan"},
                station
                | {"nomor_tps": "2", "kerawanan": "kurang rawan"}
                | {"tanggal_diketahui": str(LAST - days(30))},
            ],
        },
    )
    row, beside = row_of(frame), row_of(frame, B)
    assert row["nil_returns_decayed"] == pytest.approx(0.5)
    assert row["presence_decayed"] == pytest.approx((12 * 2 / 2 + 8 * 2 / 4) / 2)
    assert beside["presence_decayed"] == pytest.approx(8 * 2 / 4 / 2)
    assert row_of(frame, OTHER)["presence_decayed"] == pytest.approx(12 * 2 / 2 / 2)
    assert (row["gatherings_planned"], row["gathering_people"]) == (1, 1500)
    assert row["tps_vulnerable_share"] == pytest.approx(2 / 12), "of the twelve of 2019"
    assert (row["is_tps_vulnerable_missing"], beside["is_tps_vulnerable_missing"]) == (False, True)
    assert row_of(frame, A, BEFORE)["presence_decayed"] == 0
    assert row_of(frame, A, BEFORE)["is_tps_vulnerable_missing"]
    told = features.not_applicable(warehouse)
    assert not {"presence_decayed", "gatherings_planned", "nil_returns_decayed"} & set(told)


# What a region lacks


def test_what_is_missing_as_a_whole_is_told_and_says_the_same_of_everyone(
    bench: Bench, warehouse: Warehouse
) -> None:
    frame = built(bench, warehouse, {"insiden.csv": [incident("2019-01-01", "2019-01-02")]})
    told = features.not_applicable(warehouse)
    assert {"border_*", "report_*", "presence_decayed", "elevation_m", "covariate_*"} <= set(told)
    assert not {"around_*", "district_*", "tps_count", "competitiveness", "ikg_access"} & set(told)
    for key, why in told.items():
        assert why.endswith(".")
        stem = key.removesuffix("*")
        found = [n for n in frame.columns if n == key or (key != stem and n.startswith(stem))]
        assert found or stem == "covariate_", key
        for name in found:
            assert frame[name].drop_nulls().n_unique() <= 1, name


def test_without_coordinates_and_with_one_parent_nothing_is_around(bench: Bench) -> None:
    villages = pl.read_csv(bench.folder / "reference" / "villages.csv", infer_schema=False)
    bench.reference(
        "villages",
        villages.with_columns(
            lat=pl.lit(""), lon=pl.lit(""), district_code=pl.lit("99.99.01"), note=pl.lit("")
        ).to_dicts(),
    )
    rows = [incident(LAST - days(9), LAST, code) for code in (A, B)]
    frame = bench.run(rows)["features.village_cutoff"]
    around = [n for n in frame.columns if n.startswith(("near_", "around_", "district_", "neigh"))]
    assert len(around) == 10
    for name in around:
        assert set(frame[name]) == {0.0}, name


def test_rows_known_later_change_no_bit_of_the_new_features(bench: Bench) -> None:
    early = [
        incident(BEFORE - days(3 * n), BEFORE - days(1), code, kode_peristiwa=f"{code}{n}")
        for n in range(1, 30)
        for code in (A, B, C, OTHER)
    ]
    late = [
        incident(BEFORE - days(2 * n), BEFORE + days(1), code, kode_peristiwa=f"L{code}{n}")
        for n in range(1, 30)
        for code in (D, B, A)
    ]
    names = [*(n for n in features.registry() if n.startswith("around_")), "district_clash_recent"]
    names += ["clash_trend", "mentions_decayed", "others_all"]
    one, two = (
        bench.run(rows)["features.village_cutoff"]
        .filter(pl.col("cutoff") <= BEFORE)
        .sort("cutoff", "village_code")
        .select(names)
        for rows in (early, [*late, *early])
    )
    assert one.equals(two)
    assert one["around_far_any"].n_unique() > 5


def test_two_half_lives_that_are_one_tell_no_trend(bench: Bench) -> None:
    change(bench, "[features]\nhalf_life_days = 100\nlong_half_life_days = 100")
    assert at(bench.run([incident(LAST - days(100), LAST)]))["clash_trend"] == 0
