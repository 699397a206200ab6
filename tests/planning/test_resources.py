"""The planner's file: every mistake in one sentence, and never a traceback."""

import tempfile
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.planning.rules.patterns import Pattern, Ratio, read_patterns
from rawan.planning.rules.polling import COLUMNS, polling_table
from rawan.planning.rules.polling_files import read_polling
from rawan.planning.rules.resource_checks import check_resources, checked
from rawan.planning.rules.resources import (
    PlanFileWrong,
    PlanRefused,
    Resources,
    as_resources,
    read_resources,
)
from rawan.settings import PROJECT_ROOT

EXAMPLE = PROJECT_ROOT / "plan.toml"
REFERENCE = PROJECT_ROOT / "data" / "reference"
VILLAGE, OTHER, ISLAND = "99.99.01.2001", "99.99.01.2002", "99.99.02.2001"
PATTERN = Pattern("contoh", "Contoh", 2020, "", {"kurang_rawan": Ratio(2, 4), "rawan": Ratio(2, 2)})
PLAN: dict[str, Any] = {
    "title": "Contoh",
    "election": "contoh2020",
    "pattern": "contoh",
    "units": [{"name": "Polres", "officers": 8, "base_code": "99.99.01", "kind": "tps"}],
}


def plan(**changes: Any) -> Resources:
    return as_resources(PLAN | changes, "plan.toml")


def mistakes(**changes: Any) -> list[str]:
    with pytest.raises(PlanFileWrong) as caught:
        plan(**changes)
    return list(caught.value.sentences)


def unit(**changes: Any) -> dict[str, Any]:
    return {**PLAN["units"][0], **changes}


def row(place: str | None, tps: int | None = 4, **changes: Any) -> dict[str, Any]:
    cells: dict[str, Any] = dict.fromkeys(COLUMNS)
    cells |= {"place": place, "village_code": place, "village": f"Desa {place}"}
    cells |= {"district_code": (place or "")[:8] or None, "district": "Umpama", "polsek": "P 1"}
    cells |= {"lat": -5.5, "lon": 105.5, "class": "kurang_rawan", "tps": tps}
    return cells | {"is_assumed": False, "note": "", "is_cut_off": False} | changes


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows) or [row(VILLAGE), row(OTHER)], schema=COLUMNS)


def said(resources: Resources, *rows: dict[str, Any]) -> list[str]:
    return check_resources(resources, table(*rows), PATTERN)


def test_the_example_plans_the_1592_tps_with_the_865_officers() -> None:
    resources = read_resources(EXAMPLE)
    pattern = read_patterns(REFERENCE / "patterns.toml")[resources.pattern]
    tps = polling_table(read_polling(REFERENCE), resources.election).frame
    assert resources.officers() == 865
    assert resources.officers("tps") == 552
    assert resources.officers("reserve") == 124
    assert sum(v.number * v.officers for v in resources.vehicles) == 63
    assert [boat.hours for boat in resources.boats if boat.to_code == "18.01.16.2014"] == [2.0]
    assert check_resources(resources, tps, pattern) == []
    assert "tidak dipublikasikan" in resources.assumptions[0]


def test_every_key_of_the_planners_file_is_explained() -> None:
    page = (PROJECT_ROOT / "docs" / "planning-input.md").read_text(encoding="utf-8")
    from rawan.planning.rules import resources

    tables = (
        Resources,
        *(resources.Unit, resources.Post, resources.Vehicle, resources.Boat, resources.Store),
        *(resources.Pin, resources.ClosedRoad, resources.VillageClass, resources.PlacedTps),
        resources.ClassRules,
    )
    for kind in tables:
        for key in kind.model_fields:
            assert f"`{key}`" in page, key


def test_every_mistake_of_form_is_told_at_once_by_name() -> None:
    found = mistakes(
        units=[unit(officers=-3), {"name": "Polda", "oficers": 4, "base_code": "1801"}],
        speed_kmh=float("nan"),
        posts=3,
        patern="x",
        gives_way=["ratio"],
    )
    assert 'units "Polres", officers: -3 is below zero. Give 0 or more.' in found
    assert 'units "Polda", oficers: is not a key. Did you mean "officers"?' in found
    assert 'units "Polda", officers: is missing. Give it.' in found
    assert 'patern: is not a key. Did you mean "pattern"?' in found
    assert "posts: write it as a list, or as tables headed [[posts]]." in found
    assert len([line for line in found if line.startswith(("speed_kmh", "gives_way"))]) == 2
    assert len([line for line in found if 'units "Polda", base_code' in line]) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"units": []}, "units"),
        ({"title": "a\x00b"}, "title"),
        ({"detour_factor": 0.5}, "detour_factor"),
        ({"extra_officers": 10**400}, "extra_officers"),
        ({"extra_officers": True}, "extra_officers: true will not do"),
        ({"speed_kmh": 10**400}, "speed_kmh"),
        ({"posts": [{"name": "P", "lat": 105.5, "lon": -5.5}]}, 'posts "P", lat'),
        ({"boats": [{"name": "K"}]}, 'boats "K", from_code: is missing'),
    ],
)
def test_a_value_that_will_not_do_is_named(changes: dict[str, Any], told: str) -> None:
    assert any(told in sentence for sentence in mistakes(**changes))


def test_a_missing_or_broken_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(PlanFileWrong, match="no such file"):
        read_resources(tmp_path / "plan.toml")
    (tmp_path / "plan.toml").write_bytes(b"title = \xff")
    with pytest.raises(PlanFileWrong, match="not proper TOML"):
        read_resources(tmp_path / "plan.toml")
    with pytest.raises(PlanFileWrong, match="not proper TOML"):
        read_resources(tmp_path)


def test_too_few_officers_name_the_rule_the_place_and_the_shortfall() -> None:
    few = plan(units=[unit(officers=3)])
    assert said(few, row(VILLAGE, 9), row(ISLAND, 4, district="Seberangan")) == [
        "pattern contoh: 13 TPS (13 kurang_rawan) need at least 8 officers, 6 of them in kecamatan "
        "Umpama, and the units of kind tps have 3: 5 too few. Add people, choose another pattern, "
        "or name the ratio that gives way in gives_way."
    ]


def test_a_ratio_that_may_give_way_is_left_to_the_plan() -> None:
    few = plan(units=[unit(officers=3)], gives_way=["ratio_kurang_rawan"])
    assert said(few, row(VILLAGE, 40)) == []


def test_only_officers_for_polling_stations_count() -> None:
    units = [unit(officers=2), unit(name="Brimob", officers=90, kind="standby")]
    assert "have 2: 2 too few" in said(plan(units=units))[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"units": [unit(), unit()]}, "units: Polres stands 2 times."),
        (
            {"units": [unit(base_code="99.99.04")]},
            "units Polres, base_code: there is no place 99.99.04 in the region. Did you mean",
        ),
        ({"units": [unit(polsek="P 2")]}, 'units Polres, polsek: there is no "P 2"'),
        (
            {"posts": [{"name": "Jauh", "lat": 5.5, "lon": 105.5}]},
            "posts Jauh: (5.5, 105.5) lies 1223 km from the nearest TPS, outside the region",
        ),
        (
            {"store": {"name": "Gudang", "lat": 5.5, "lon": 105.5}},
            "store Gudang: (5.5, 105.5) lies 1223 km",
        ),
        (
            {
                "posts": [{"name": n, "lat": -5.5, "lon": 105.5, "is_fixed": True} for n in "ABCD"],
                "units": [unit(), unit(name="Brimob", kind="reserve")],
            },
            "posts: 4 are fixed and most_posts allows 3: 1 too many.",
        ),
        (
            {"posts": [{"name": "A", "lat": -5.5, "lon": 105.5, "is_fixed": True}]},
            "least_at_post: 1 fixed posts with 1 officers each need 1 of the reserve",
        ),
        (
            {"units": [unit(), unit(name="Brimob", kind="reserve")]},
            "posts: 8 officers are reserve and there is no post for them.",
        ),
        (
            {"pins": [{"unit": "Polre", "place": VILLAGE, "officers": 1}]},
            'there is no unit "Polre". Did you mean "Polres"?',
        ),
        (
            {"pins": [{"unit": "Polres", "place": "99.99.07", "officers": 1}]},
            "pins Polres, place: there is no place 99.99.07 in the region.",
        ),
        (
            {"pins": [{"unit": "Polres", "place": p, "officers": 6} for p in (VILLAGE, OTHER)]},
            "12 officers of unit Polres are pinned (most of them at Desa 99.99.01.2001 "
            "(99.99.01.2001)) and it has 8: 4 too many.",
        ),
        (
            {"pins": [{"unit": "Polres", "place": VILLAGE, "officers": 1}] * 2},
            "pins: Polres at 99.99.01.2001 stands 2 times.",
        ),
        (
            {"closed_roads": [{"from_code": VILLAGE, "to_code": VILLAGE}]},
            "is both ends of one road",
        ),
        (
            {"classes": [{"village_code": ISLAND, "vulnerability": "rawan", "reason": "x"}]},
            "classes, village_code: there is no place 99.99.02.2001",
        ),
        (
            {
                "vehicles": [
                    {"name": "T", "kind": "large", "number": 5, "officers": 3, "load_tps": 9}
                ]
            },
            "vehicles: their escort takes 15 officers and all units together have 8: 7 too few.",
        ),
        ({"gives_way": ["reserve", "reserve"]}, "gives_way: reserve stands 2 times."),
    ],
)
def test_what_contradicts_is_one_sentence_with_rule_place_and_shortfall(
    changes: dict[str, Any], told: str
) -> None:
    found = said(plan(**changes))
    assert any(told in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row(None, 3)], "3 TPS of class kurang_rawan belong to no village and no kecamatan"),
        ([row(VILLAGE, -1)], "place 99.99.01.2001: -1 is no number of TPS"),
        ([row(VILLAGE, None)], "None is no number of TPS"),
        ([row(VILLAGE), row(VILLAGE)], "class kurang_rawan stands 2 times"),
        ([row(VILLAGE), row(OTHER, 2, **{"class": "khusus"})], "no ratio for class khusus, and 2"),
        ([row(VILLAGE), row(OTHER, 2, **{"class": "gawat"})], '"gawat" is no class'),
        ([row(VILLAGE, 0)], "it holds no TPS"),
        (
            [row(VILLAGE), row(ISLAND, 2, is_cut_off=True, island="Pulau X")],
            "boats: Desa 99.99.02.2001 (99.99.02.2001) has 2 TPS that only a boat reaches",
        ),
    ],
)
def test_a_table_that_cannot_be_covered_is_refused(rows: list[dict[str, Any]], told: str) -> None:
    found = said(plan(), *rows)
    assert any(told in sentence for sentence in found), found


def test_a_table_without_its_columns_is_refused() -> None:
    assert said_of(pl.DataFrame({"tps": [1]})) == [
        "table of TPS: the columns place, village_code, village, district_code, district, polsek, "
        "class, lat, lon are missing."
    ]


def said_of(frame: pl.DataFrame) -> list[str]:
    return check_resources(plan(), frame, PATTERN)


def test_the_order_of_rows_changes_no_sentence() -> None:
    rows = [row(VILLAGE, 9), row(ISLAND, 2, is_cut_off=True), row(OTHER, -1), row(OTHER, 40)]
    assert said(plan(), *rows) == said(plan(), *rows[::-1])


def test_all_refusals_come_in_one_error() -> None:
    with pytest.raises(PlanRefused) as caught:
        checked(plan(units=[unit(officers=1), unit(officers=1)]), table(), PATTERN)
    assert len(caught.value.sentences) == 2
    checked(plan(), table(), PATTERN)


toml_values = st.recursive(
    st.none().map(lambda _: 0)
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["99.99.01", VILLAGE, "tps", "reserve", "Polres"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "officers", "base_code", "lat", "lon", "unit", "place"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(Resources.model_fields)) | st.text(max_size=5), toml_values
    )
)
def test_no_content_gives_a_traceback(content: dict[str, Any]) -> None:
    try:
        found = as_resources(PLAN | content, "plan.toml")
    except PlanFileWrong as error:
        said_so = error.sentences
    else:
        said_so = ("",)
        check_resources(found, table(), PATTERN)
    assert said_so
    assert all(len(sentence) < 2000 for sentence in said_so)


@given(st.binary(max_size=400))
def test_no_bytes_give_a_traceback(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.toml"
        file.write_bytes(content)
        with pytest.raises(RawanError):
            read_resources(file)


@given(
    officers=st.integers(0, 60),
    counts=st.lists(st.integers(-3, 30) | st.none(), min_size=1, max_size=4),
    pinned=st.integers(0, 30),
    post=st.floats(-90, 90),
)
def test_no_numbers_give_a_traceback_and_nothing_infeasible_passes(
    officers: int, counts: list[int | None], pinned: int, post: float
) -> None:
    resources = plan(
        units=[unit(officers=officers)],
        pins=[{"unit": "Polres", "place": VILLAGE, "officers": pinned}],
        posts=[{"name": "P", "lat": post, "lon": 105.5}],
    )
    rows = [row(f"99.99.01.200{n}", tps) for n, tps in enumerate(counts, start=1)]
    found = said(resources, *rows)
    known = [tps for tps in counts if tps is not None]
    feasible = (
        len(known) == len(counts)
        and min(known) >= 0
        and sum(known) > 0
        and officers >= PATTERN.minimum({"kurang_rawan": sum(known)})
        and pinned <= officers
        and abs(post + 5.5) * 111 < 24
    )
    if feasible:
        assert found == []
    if not found:
        assert pinned <= officers
        assert officers >= PATTERN.minimum({"kurang_rawan": sum(known)})


def test_thresholds_of_classes_are_the_planners_and_a_wrong_one_is_told() -> None:

    content = tomllib.loads((PROJECT_ROOT / "plan.toml").read_text(encoding="utf-8"))
    content["class_rules"] = {"rawan_index": 10.0}
    assert as_resources(content, "plan.toml").class_rules.rawan_index == 10.0
    content["class_rules"] = {"rawan_indeks": 10.0}
    with pytest.raises(PlanFileWrong, match="rawan_index"):
        as_resources(content, "plan.toml")
    content["class_rules"] = {"rawan_index": 90.0}
    with pytest.raises(PlanFileWrong, match="must not exceed"):
        as_resources(content, "plan.toml")
    content["class_rules"] = {}
    content["faced_share"] = 1.0
    with pytest.raises(PlanFileWrong, match="faced_share"):
        as_resources(content, "plan.toml")
