"""Classes of vulnerability: the highest reason wins, the planner above all, unknown is not safe."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rawan.errors import RawanError
from rawan.planning.rules.class_rules import ClassRules
from rawan.planning.rules.classes import Override, class_inputs, classify, listed_tps
from rawan.planning.rules.patterns import CLASSES
from rawan.warehouse import Warehouse

VILLAGE = "99.99.01.2001"
KINDS: dict[str, Any] = {
    "village_code": pl.String,
    "band": pl.String,
    "top_k_probability": pl.Float64,
    "blind_spot": pl.Boolean,
    "logistics_index": pl.Float64,
    "water_crossing_share": pl.Float64,
    "distance_seat_km": pl.Float64,
    "ikg_access": pl.Float64,
    "listed_share": pl.Float64,
}
CALM = {"band": "kurang_rawan", "top_k_probability": 0.1, "blind_spot": False}


def inputs(**cells: object) -> pl.DataFrame:
    row = {name: cells.get(name) for name in KINDS} | {"village_code": VILLAGE}
    return pl.DataFrame([row], schema=KINDS)


def only(frame: pl.DataFrame) -> dict[str, Any]:
    (row,) = frame.to_dicts()
    return row


@pytest.mark.parametrize(
    ("cells", "vulnerability", "rule"),
    [
        (CALM, "kurang_rawan", "none"),
        (CALM | {"band": "sangat_rawan", "top_k_probability": 0.9}, "sangat_rawan", "risk"),
        (CALM | {"logistics_index": 40.0}, "rawan", "logistics"),
        (CALM | {"logistics_index": 75.0}, "sangat_rawan", "logistics"),
        (CALM | {"water_crossing_share": 1.0}, "rawan", "water_crossing_share"),
        (CALM | {"water_crossing_share": 0.05}, "kurang_rawan", "none"),
        (CALM | {"distance_seat_km": 15.0}, "rawan", "distance_seat_km"),
        (CALM | {"ikg_access": 44.3}, "rawan", "ikg_access"),
        (CALM | {"listed_share": 0.5}, "rawan", "listed"),
    ],
)
def test_each_figure_gives_its_class(
    cells: dict[str, object], vulnerability: str, rule: str
) -> None:
    row = only(classify(inputs(**cells), ClassRules()))
    assert (row["class"], row["rule"]) == (vulnerability, rule)
    assert row["reason_id"] != row["reason_en"]


def test_the_highest_class_wins_and_says_every_reason_for_it() -> None:
    cells = CALM | {"water_crossing_share": 1.0, "distance_seat_km": 20.3}
    row = only(classify(inputs(**cells), ClassRules()))
    assert row["reason_en"] == (
        "TPS behind water: share 1.00 (threshold 0.50). Far from the seat of the kecamatan: "
        "20.30 km in a straight line (threshold 15.00)."
    )
    assert "20,30 km" in row["reason_id"]
    higher = only(classify(inputs(**cells, logistics_index=80.0), ClassRules()))
    assert (higher["class"], higher["rule"]) == ("sangat_rawan", "logistics")
    assert "Far" not in higher["reason_en"]


def test_thresholds_come_from_the_configuration() -> None:
    rules = ClassRules(
        risk_from="top_k_probability", rawan_probability=0.05, remote_class="sangat_rawan"
    )
    assert only(classify(inputs(**CALM), rules))["class"] == "rawan"
    remote = only(classify(inputs(**CALM, ikg_access=30.0), rules))
    assert remote["class"] == "sangat_rawan"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rawan_probability": 0.9},
        {"rawan_index": 80.0},
        {"listed_share": 0.0},
        {"ambang": 1},
        {"ikg_access": float("nan")},
    ],
)
def test_thresholds_that_contradict_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClassRules(**wrong)


@pytest.mark.parametrize("cells", [CALM | {"blind_spot": True}, {}])
def test_a_village_nobody_speaks_of_is_unknown_and_not_safe(cells: dict[str, object]) -> None:
    row = only(classify(inputs(**cells), ClassRules()))
    assert row["rule"] == "unknown"
    assert "not safe" in row["reason_en"]


def test_the_planner_wins_over_every_rule() -> None:
    cells = CALM | {"band": "sangat_rawan", "top_k_probability": 0.99}
    override = Override(VILLAGE, "khusus", "lapas")
    row = only(classify(inputs(**cells), ClassRules(), (override,)))
    assert (row["class"], row["rule"]) == ("khusus", "override")
    assert row["reason_en"] == "Set by the planner: lapas"


def test_nothing_but_the_planner_makes_a_village_special() -> None:
    highest = {"band": "sangat_rawan", "top_k_probability": 1.0, "blind_spot": False}
    figures = dict.fromkeys(("logistics_index", "distance_seat_km", "ikg_access"), 100.0)
    cells = highest | figures | {"water_crossing_share": 1.0, "listed_share": 1.0}
    assert only(classify(inputs(**cells), ClassRules()))["class"] == "sangat_rawan"


def test_overrides_that_name_nothing_are_refused_all_at_once() -> None:
    overrides = (
        Override("99.99.01.2010", "rawan", "x"),
        Override(VILLAGE, "gawat", "x"),
        Override(VILLAGE, "rawan", "x"),
    )
    with pytest.raises(RawanError) as caught:
        classify(inputs(**CALM), ClassRules(), overrides)
    said = str(caught.value)
    assert 'there is no village 99.99.01.2010. Did you mean "99.99.01.2001"?' in said
    assert '"gawat" is no class.' in said
    assert "stands twice" in said


def test_what_the_rules_look_at_is_put_together_from_the_published_lists() -> None:
    common = {"village_code": VILLAGE, "tps": 4}
    ranking = pl.DataFrame(
        [
            common | CALM | {"hazard": "conflict", "stage": "voting", "index": None},
            common
            | CALM
            | {"hazard": "conflict", "stage": "recap", "index": None, "band": "rawan"},
            common | CALM | {"hazard": "logistics", "stage": "logistics", "index": 61.5},
        ]
    )
    geography = pl.DataFrame(
        {
            "village_code": [VILLAGE],
            "water_crossing_share": [0.25],
            "distance_seat_km": [3.0],
            "ikg_access": [None],
        }
    )
    listed = pl.DataFrame(
        {"village_code": [VILLAGE] * 2, "class": ["rawan", "kurang_rawan"], "tps": [1, 3]}
    )
    found = only(class_inputs(ranking, geography, listed))
    assert found["band"] == "kurang_rawan"
    assert found["logistics_index"] == 61.5
    assert found["listed_share"] == 0.25
    assert found["ikg_access"] is None


def test_the_newest_list_of_vulnerable_tps_counts(warehouse: Warehouse) -> None:
    rows = [
        ("contoh2020", VILLAGE, 1, "rawan", date(2019, 12, 1), "https://example.org/a"),
        ("contoh2020", VILLAGE, 1, "sangat_rawan", date(2019, 12, 20), "https://example.org/b"),
        ("contoh2020", VILLAGE, 2, "rawan", date(2020, 1, 20), "https://example.org/b"),
        ("contoh2020", VILLAGE, 3, None, date(2019, 12, 1), "https://example.org/a"),
        ("pemilu2019", VILLAGE, 4, "rawan", date(2019, 1, 1), "https://example.org/a"),
    ]
    schema: dict[str, Any] = {
        "election": pl.String,
        "village_code": pl.String,
        "tps_number": pl.Int64,
        "vulnerability": pl.String,
        "known_on": pl.Date,
        "source_url": pl.String,
    }
    warehouse.replace("staging.tps_vulnerability", pl.DataFrame(rows, schema=schema, orient="row"))
    assert listed_tps(warehouse, "contoh2020", date(2020, 1, 1)).rows() == [
        (VILLAGE, "sangat_rawan", 1)
    ]
    assert listed_tps(warehouse, "contoh2020", date(2020, 2, 1)).rows() == [
        (VILLAGE, "rawan", 1),
        (VILLAGE, "sangat_rawan", 1),
    ]


@given(
    index=st.none() | st.floats(0, 100),
    share=st.none() | st.floats(0, 1),
    km=st.none() | st.floats(0, 500),
    more=st.floats(0, 50),
)
def test_a_higher_figure_never_lowers_the_class(
    index: float | None, share: float | None, km: float | None, more: float
) -> None:
    cells = CALM | {"logistics_index": index, "listed_share": share, "distance_seat_km": km}
    before = only(classify(inputs(**cells), ClassRules()))["class"]
    after = only(
        classify(inputs(**(cells | {"logistics_index": (index or 0.0) + more})), ClassRules())
    )["class"]
    assert CLASSES.index(after) >= CLASSES.index(before)
