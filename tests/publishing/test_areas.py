"""The list by kecamatan and polsek: it adds up, and tells what is known only at that level."""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl
import pytest

from rawan.errors import GateStopped
from rawan.publishing.areas import BY_DISTRICT, areas, check_areas, known_by_district
from rawan.settings import Audience, Settings
from rawan.warehouse import Warehouse
from tests.conftest import DISTRICTS, VILLAGES, Bench

LISTS = [("conflict", "voting"), ("conflict", "recap"), ("logistics", "logistics")]
POLSEK = {"99.99.01": "Polsek Umpama", "99.99.02": "Polsek Umpama", "99.99.03": "Polsek Seberang"}


@dataclass(frozen=True)
class Readable:
    """What `areas` reads of an edition."""

    audience: Audience
    ranking: pl.DataFrame
    evidence: pl.DataFrame
    by_district: pl.DataFrame

    def rows(self, kind: str, hazard: str = "conflict", stage: str = "voting") -> pl.DataFrame:
        return areas(self).filter(
            (pl.col("kind") == kind) & (pl.col("hazard") == hazard) & (pl.col("stage") == stage)
        )


def ranking(polsek: dict[str, str] | None = None) -> pl.DataFrame:
    named = {code: POLSEK[code[:8]] for code in VILLAGES} | (polsek or {})
    return pl.DataFrame(
        [
            {
                "run_id": "20200101-abc",
                "hazard": hazard,
                "stage": stage,
                "cutoff": date(2020, 1, 1),
                "village_code": code,
                "village": name,
                "district": DISTRICTS[code[:8]],
                "polsek": named[code],
                "rank": 1 + (i * 3) % len(VILLAGES),
                "top_k": 2,
                "top_k_probability": 0.1 * (i + 1),
                "risk": None if hazard == "logistics" else 0.01 * (i + 1),
                "blind_spot": i % 3 == 0,
                "incidents_used": i,
                "tps": None if i % 2 else 10 + i,
                "data_origin": "SIMULASI",
            }
            for hazard, stage in LISTS
            for i, (code, (name, _, _)) in enumerate(VILLAGES.items())
        ]
    )


def by_district(**cells: int) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "district_code": code,
                "district": name,
                "tps_district": 100 + i,
                "tps_district_source": "contoh2020",
                "outcomes_conflict": i,
                "outcomes_logistics": 7,
                "incidents_district_only": 10 * i,
                "reports_district_only": 1,
                "tps_vulnerable_district_only": 2,
            }
            | cells
            for i, (code, name) in enumerate(DISTRICTS.items())
        ],
        schema=BY_DISTRICT,
    )


@pytest.fixture
def readable() -> Readable:
    codes = list(VILLAGES)
    told = [(codes[0], "a"), (codes[0], "a"), (codes[1], "a"), (codes[4], "a"), (codes[4], "b")]
    evidence = pl.DataFrame(told, schema=["village_code", "event_id"], orient="row")
    return Readable("intel", ranking(), evidence, by_district())


@pytest.mark.parametrize("kind", ["district", "polsek"])
@pytest.mark.parametrize(("hazard", "stage"), LISTS)
def test_each_kind_of_area_adds_up_to_the_ranking(
    readable: Readable, kind: str, hazard: str, stage: str
) -> None:
    found = readable.rows(kind, hazard, stage)
    rows = readable.ranking.filter((pl.col("hazard") == hazard) & (pl.col("stage") == stage))
    assert found["villages"].sum() == rows.height == len(VILLAGES)
    assert found["villages_in_top_k"].sum() == (rows["rank"] <= rows["top_k"]).sum()
    assert found["expected_in_top_k"].sum() == pytest.approx(rows["top_k_probability"].sum())
    assert found["blind_spots"].sum() == rows["blind_spot"].sum()
    assert found["incidents_used"].sum() == rows["incidents_used"].sum()
    assert found["tps"].sum() == rows["tps"].sum()
    assert found["villages_without_tps"].sum() == rows["tps"].null_count()
    if hazard == "conflict":
        assert found["expected_with_incident"].sum() == pytest.approx(rows["risk"].sum())
    else:  # an index is no probability, and adds up to nothing
        assert found["expected_with_incident"].null_count() == found.height


def test_an_area_tells_its_highest_village_and_each_incident_once(readable: Readable) -> None:
    found = {row["area"]: row for row in readable.rows("district").to_dicts()}
    assert found["Umpama"]["highest_rank"] == 1
    assert found["Umpama"]["highest_village_code"] == "99.99.01.2001"
    assert found["Umpama"]["highest_village"] == "Sukarekaan"
    assert [found[name]["incidents_known"] for name in DISTRICTS.values()] == [1, 2, 0]
    assert readable.rows("polsek").filter(pl.col("area") == "Polsek Umpama")[
        "incidents_known"
    ].to_list() == [2]


def test_two_kecamatan_of_one_name_stay_two(readable: Readable) -> None:
    same = readable.ranking.with_columns(district=pl.lit("Umpama"))
    found = replace(readable, ranking=same).rows("district")
    assert sorted(found["area_code"]) == list(DISTRICTS)


def test_what_is_known_by_kecamatan_only_stands_at_its_kecamatan(readable: Readable) -> None:
    found = {row["area_code"]: row for row in readable.rows("district").to_dicts()}
    assert [found[code]["outcomes_district_only"] for code in DISTRICTS] == [0, 1, 2]
    assert [found[code]["incidents_district_only"] for code in DISTRICTS] == [0, 10, 20]
    assert found["99.99.02"]["tps_district"] == 101
    logistics = readable.rows("district", "logistics", "logistics")
    assert set(logistics["outcomes_district_only"]) == {7}


def test_a_polsek_has_the_sum_of_its_kecamatan_unless_one_is_shared(readable: Readable) -> None:
    whole = {row["area"]: row for row in readable.rows("polsek").to_dicts()}
    assert whole["Polsek Umpama"]["incidents_district_only"] == 10
    assert whole["Polsek Umpama"]["tps_district"] == 201
    assert whole["Polsek Umpama"]["area_code"] is None
    shared = replace(readable, ranking=ranking({"99.99.02.2003": "Polsek Seberang"}))
    for row in shared.rows("polsek").to_dicts():
        assert row["incidents_district_only"] is None
        assert row["tps_district_source"] is None
    assert shared.rows("polsek")["villages"].sum() == len(VILLAGES)


def test_figures_that_are_not_known_are_empty_and_not_zero(readable: Readable) -> None:
    """A run of an older version did not count them."""
    for frame in (pl.DataFrame(), pl.DataFrame(schema=BY_DISTRICT)):
        found = areas(replace(readable, by_district=frame))
        assert found["incidents_district_only"].null_count() == found.height
        check_areas(found)


def test_an_audience_gets_no_more_than_it_may_read(readable: Readable) -> None:
    internal = {"reports_district_only", "tps_vulnerable_district_only"}
    everything = set(areas(readable).columns)
    assert internal <= everything
    assert set(areas(replace(readable, audience="planner")).columns) == everything
    assert set(areas(replace(readable, audience="partner")).columns) == everything - internal


def test_every_row_is_held_against_the_contract(readable: Readable) -> None:
    for audience in ("intel", "partner"):
        check_areas(areas(replace(readable, audience=audience)))
    broken = areas(readable).with_columns(villages=pl.lit(0))
    with pytest.raises(GateStopped, match=r"areas\.v1\.json.*villages"):
        check_areas(broken)


def test_the_order_of_rows_that_come_in_changes_nothing(readable: Readable) -> None:
    turned = readable.ranking.reverse().sort("hazard", "stage", maintain_order=True)
    again = readable.ranking.sort("hazard", "stage", maintain_order=True)
    found = [areas(replace(readable, ranking=frame)) for frame in (turned, again)]
    assert found[0].equals(found[1])


def incident(day: str, kind: str, district: str, village: str = "", **more: str) -> dict[str, str]:
    cells = {"tanggal": day, "jenis": kind, "kecamatan": district, "desa": village}
    return cells | {"sumber_url": f"https://contoh.invalid/{day}{kind}{district}{village}"} | more


def station(number: str, kind: str, district: str, village: str = "") -> dict[str, str]:
    cells = {"pemilu": "contoh2020", "nomor_tps": number, "kerawanan": kind}
    return cells | {"kecamatan": district, "desa": village}


def test_what_names_a_kecamatan_only_is_counted_as_of_the_cutoff(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    bench.reference(
        "polling_stations",
        [
            {"election": e, "district_code": c, "tps": n, "known_on": day, "village_code": v}
            for e, c, v, n, day in (
                ("pilkada2015", "99.99.01", "", 40, "2015-12-09"),
                ("pemilu2019", "99.99.01", "", 44, "2019-04-17"),
                ("contoh2020", "99.99.01", "", 99, "2020-01-02"),
                ("pemilu2019", "99.99.02", "99.99.02.2002", 8, "2019-04-17"),
            )
        ],
    )
    bench.load(warehouse)
    incidents = [
        incident("2019-03-01", "bentrok", "Umpama"),
        incident("2019-05-01", "bentrok", "Umpama", "Sukarekaan"),
        incident("2019-06-01", "unjuk_rasa", "Umpama"),
        incident("2019-07-01", "gangguan_logistik", "Andaikata"),
        incident("2020-01-05", "bentrok", "Umpama"),  # after the cutoff
    ]
    stations = [
        station("1", "rawan", "Andaikata"),
        station("2", "sangat_rawan", "Andaikata"),
        station("2", "sangat_rawan", "Andaikata"),  # told twice
        station("3", "kurang_rawan", "Andaikata"),
        station("4", "rawan", "Andaikata", "Tirtakhayal"),  # belongs to its village
    ]
    bench.obtained("insiden.csv", "2019-12-01")
    bench.obtained("tps_rawan.csv", "2019-12-01")
    bench.place(warehouse, {"insiden.csv": incidents, "tps_rawan.csv": stations})
    for floor in ("staging", "features"):
        warehouse.build(floor)
    found = {row["district_code"]: row for row in known_by_district(warehouse, settings).to_dicts()}
    assert list(found) == list(DISTRICTS)
    counted = ["outcomes_conflict", "outcomes_logistics", "incidents_district_only"]
    counted += ["tps_district", "tps_vulnerable_district_only", "reports_district_only"]

    def figures(code: str) -> list[int | None]:
        return [found[code][name] for name in counted]

    assert figures("99.99.01") == [1, 0, 2, 44, 0, 0]
    assert figures("99.99.02") == [0, 1, 1, None, 2, 0]
    assert figures("99.99.03") == [0, 0, 0, None, 0, 0]
    assert found["99.99.01"]["tps_district_source"] == "pemilu2019"
