"""The escort: everything arrives, islands in time, people add up, and what goes wrong is told."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from rawan.errors import RawanError
from rawan.planning.escort.checker import check_escort
from rawan.planning.escort.delays import Delay, under_delay
from rawan.planning.escort.inputs import EscortOptions, VehicleKind
from rawan.planning.escort.plan import EscortPlan, plan_escort
from rawan.planning.escort.published import (
    inferred_load,
    published_escort,
    read_convoys,
    side_by_side,
)
from rawan.planning.escort.roads import ways
from rawan.planning.escort.tables import escort_task, read_roads
from rawan.provenance import file_hash, sidecar
from rawan.settings import PROJECT_ROOT
from tests.planning.escort_region import STORE, VOTING_DAY, region

REFERENCE = PROJECT_ROOT / "data" / "reference"


@pytest.fixture(scope="module")
def plan() -> EscortPlan:
    return plan_escort(region(), "en")


def stage(plan: EscortPlan, name: str) -> pl.DataFrame:
    return plan.routes.filter(pl.col("stage") == name)


def test_every_box_arrives_and_comes_back(plan: EscortPlan) -> None:
    assert not plan.left
    assert all(line.expected == line.planned for line in plan.lines)
    assert {line.subject for line in plan.lines} == {
        "store", "boxes", "villages", "boat", "back_store",
    }  # fmt: skip
    assert stage(plan, "store")["boxes"].sum() == 2 * 45
    assert stage(plan, "villages")["tps"].sum() == 41
    assert stage(plan, "back_villages")["tps"].sum() == 41
    assert stage(plan, "back_store")["tps"].sum() == 45


def test_the_checker_finds_nothing(plan: EscortPlan) -> None:
    assert check_escort(plan.routes, plan.task) == []


def test_the_islands_boxes_sail_on_h_3_at_the_latest_and_wait_for_no_lorry(
    plan: EscortPlan,
) -> None:
    boat = stage(plan, "boat").row(0, named=True)
    pier = stage(plan, "store").filter(pl.col("code").str.ends_with("/pier")).row(0, named=True)
    assert boat["date"] == VOTING_DAY - timedelta(days=3)
    assert not boat["is_late"]
    assert boat["leave"] >= pier["depart"]
    assert boat["arrive"] - boat["leave"] == timedelta(hours=2)


def test_days_in_hand_for_the_weather_send_the_islands_boxes_earlier() -> None:
    plan = plan_escort(region(weather_slack_days=2), "en", with_back=False)
    assert stage(plan, "boat")["date"].to_list() == [VOTING_DAY - timedelta(days=5)]
    # The kecamatan's boxes still leave on H-3, by a run of their own.
    assert set(stage(plan, "store")["date"]) == {VOTING_DAY - timedelta(days=d) for d in (3, 5)}
    assert check_escort(plan.routes, plan.task) == []


def test_hours_in_hand_for_the_weather_close_the_windows_earlier() -> None:
    plan = plan_escort(region(weather_slack_hours=2.0), "en", with_back=False)
    seats = stage(plan, "store").filter(~pl.col("code").str.contains("/"))
    assert set(seats["latest"].dt.hour()) == {15}


def test_riskier_stops_have_more_officers_and_the_sum_is_one_of_people(plan: EscortPlan) -> None:
    by_vehicle = plan.routes.filter(~pl.col("is_boat")).group_by("stage", "date", "vehicle")
    for row in by_vehicle.agg(pl.col("officers").sum(), pl.col("index").max()).to_dicts():
        highest = row["index"] or 0.0
        more = 2 if highest >= 80 else 1 if highest >= 60 else 0
        assert row["officers"] == 3 + more, row
    assert plan.rows["officers"].sum() == plan.routes["officers"].sum()


def test_the_rows_are_those_of_the_plan_table(plan: EscortPlan) -> None:
    assert set(plan.rows["task"]) == {"escort"}
    assert plan.rows.height == plan.routes.height
    villages = plan.rows.filter(pl.col("stage") == "logistics_villages")
    assert villages["village_code"].null_count() == 0
    assert set(plan.rows.filter("is_cut_off")["village"].drop_nulls()) >= {"Pulau Contoh"}


def test_the_order_of_the_inputs_changes_nothing(plan: EscortPlan) -> None:
    task = region()
    turned = replace(
        task, seats=task.seats[::-1], villages=task.villages[::-1], vehicles=task.vehicles[::-1]
    )
    assert plan_escort(turned, "en").routes.equals(plan.routes)


def test_tps_known_by_kecamatan_only_wait_at_the_seat_and_are_told() -> None:
    task = region()
    seats = (replace(task.seats[0], tps=15), *task.seats[1:])
    plan = plan_escort(region(seats=seats), "en", with_back=False)
    assert all(line.expected == line.planned for line in plan.lines)
    assert any("3 TPS in 1 kecamatan wait at the seat" in note for note in plan.notes)


def test_too_few_vehicles_leave_boxes_and_say_how_many() -> None:
    few = (VehicleKind("Truk", 1, 3, 10, 30.0),)
    plan = plan_escort(region(vehicles=few, most_trips=1), "en", with_back=False)
    missing = sum(left.tps for left in plan.left if left.stage == "store")
    assert missing == 45 - stage(plan, "store")["tps"].sum() > 0
    assert any("are not brought" in note and str(missing) in note for note in plan.notes)
    assert (
        check_escort(
            plan.routes, plan.task, {(left.stage, left.place): left.tps for left in plan.left}
        )
        == []
    )


def test_distances_say_how_many_are_by_road() -> None:
    plan = plan_escort(region(), "en", with_back=False)
    assert "Distances: 0 of" in plan.notes[0]
    assert "straight lines times 1.4" in plan.notes[0]
    known = plan_escort(region(roads={("99.01.01", "store"): 9.9}), "en", with_back=False)
    rows = known.routes.filter("is_road")
    assert set(rows["km"]) <= {9.9}
    assert check_escort(known.routes, known.task) == []


def test_a_closed_road_is_gone_round_and_told() -> None:
    closed = {("store", "99.01.01"): "longsor", ("99.01.01", "99.01.09.2001"): "banjir"}
    plan = plan_escort(region(closed=closed), "en", with_back=False)
    assert check_escort(plan.routes, plan.task) == []
    told = [note for note in plan.notes if "is closed: round by" in note]
    assert any("Gudang Contoh" in note and "Andai" in note for note in told)
    assert any("no leg between them" in note for note in plan.notes)


def test_a_place_that_every_closed_road_cuts_off_is_told_as_such() -> None:
    others = ["store", "99.01.02", "99.01.03", "99.01.03.2003"]
    closed = {("99.01.01", other): "banjir" for other in others}
    plan = plan_escort(region(closed=closed), "en", with_back=False)
    left = [item for item in plan.left if item.stage == "store"]
    assert [(item.place, item.tps) for item in left] == [("Andai", 12)]
    assert "No road" in left[0].reason


def test_a_closed_road_makes_no_other_way_shorter_or_longer() -> None:
    task = region()
    points = [STORE, *(drop.point for drop in task.seats)]
    free = ways(points, {}, {}, 1.4)
    shut = ways(points, {}, {("store", "99.01.01"): ""}, 1.4)
    changed = free.km != shut.km
    assert changed.sum() == 2
    assert shut.km[0, 1] > free.km[0, 1]
    assert shut.km[0, 1] == min(free.km[0, k] + free.km[k, 1] for k in (2, 3))


def test_every_mistake_of_the_task_is_told_at_once() -> None:
    task = region()
    wrong = region(
        vehicles=(VehicleKind("Truk", 0, 3, 20),),
        seats=(*task.seats, task.seats[0]),
        village_days=(-3,),
        detour_factor=0.5,
    )
    with pytest.raises(RawanError) as told:
        plan_escort(wrong)
    for part in ("there is none", "99.01.01 is there twice", "days:", "detour_factor"):
        assert part in str(told.value)


def test_a_late_start_is_late_by_that_much_and_the_missed_boat_has_a_next_one(
    plan: EscortPlan,
) -> None:
    found = under_delay(plan, Delay(start_hours=8), "en")
    seats = found.filter((pl.col("stage") == "store") & ~pl.col("place").str.contains("Dermaga"))
    assert seats["is_late"].all()
    assert set(seats["now"] - seats["planned"]) == {timedelta(hours=8)}
    boat = found.filter(pl.col("stage") == "boat").row(0, named=True)
    assert boat["is_late"]
    assert "after the last good day" in boat["alternative"]
    assert under_delay(plan, Delay(), "en").is_empty()


def test_a_missed_boat_sails_at_the_next_hour_still_in_time(plan: EscortPlan) -> None:
    row = under_delay(plan, Delay(boats_missed=("Kapal Contoh",)), "en").row(0, named=True)
    day = VOTING_DAY - timedelta(days=3)
    assert f"{row['planned']:%Y-%m-%d %H:%M}" == f"{day} 12:00"
    assert f"{row['now']:%Y-%m-%d %H:%M}" == f"{day} 15:00"
    assert (row["is_late"], row["is_in_time_then"]) == (False, True)


def test_a_vehicle_that_is_out_is_replaced_by_another(plan: EscortPlan) -> None:
    name = stage(plan, "store")["vehicle"][0]
    found = under_delay(plan, Delay(vehicles_out=(name,)), "en")
    lost = found.filter(pl.col("stage") == "store")
    assert lost["tps"].sum() == stage(plan, "store").filter(vehicle=name)["tps"].sum()
    assert lost["now"].null_count() == lost.height
    assert name not in set(lost["other_vehicle"])
    assert lost["is_in_time_then"].all()


def test_a_delay_of_what_is_not_there_is_refused(plan: EscortPlan) -> None:
    with pytest.raises(RawanError, match="no vehicle"):
        under_delay(plan, Delay(vehicles_out=("Truk 99",)))
    with pytest.raises(RawanError, match="no boat"):
        under_delay(plan, Delay(boats_missed=("Kapal Lain",)))
    with pytest.raises(RawanError, match="below zero"):
        under_delay(plan, Delay(start_hours=-1))


def pilkada_tps() -> dict[str, int]:
    frame = pl.read_csv(REFERENCE / "districts.csv", schema_overrides={"district_code": pl.String})
    return dict(zip(frame["district_code"], frame["tps_pilkada_2024"], strict=True))


def test_the_published_escort_is_reproduced_by_its_rule() -> None:
    tps = pilkada_tps()
    assert sum(tps.values()) == 1592
    lines = published_escort(tps, "en")
    assert [(line.published, line.computed, line.verdict) for line in lines] == [
        (63, 63, "reproduced"),
        (None, 15, "adds_up"),
        (None, 6, "adds_up"),
        (17, 17, "adds_up"),
        (8.0, 8.0, "inferred"),
        (6.0, 6.0, "inferred"),
        (4.0, 4.0, "inferred"),
    ]
    assert all(line.source.startswith("https://") for line in lines)


def test_the_load_is_inferred_from_the_convoys_themselves() -> None:
    convoys, officers, _ = read_convoys()
    assert (officers, sum(c.vehicles for c in convoys)) == (63, 21)
    assert inferred_load(convoys, pilkada_tps()) == pytest.approx(717 / 8)


def test_a_published_figure_that_its_rule_does_not_give_says_so(tmp_path: Path) -> None:
    text = (REFERENCE / "published_escort.csv").read_text(encoding="utf-8")
    wrong = tmp_path / "published_escort.csv"
    wrong.write_text(text.replace(",63,", ",64,"), encoding="utf-8")
    assert published_escort(pilkada_tps(), "en", wrong)[0].verdict == "not_reproduced"
    wrong.write_text("convoy\n1\n", encoding="utf-8")
    with pytest.raises(RawanError, match="published_escort"):
        published_escort(pilkada_tps(), "en", wrong)


def test_the_published_table_is_what_its_sidecar_describes() -> None:
    path = REFERENCE / "published_escort.csv"
    said = sidecar(path)
    assert said["sha256"] == file_hash(path)
    assert said["rows"] == pl.read_csv(path).height


def test_planned_freely_the_same_boxes_take_fewer_vehicles_or_less_time(tmp_path: Path) -> None:
    path = tmp_path / "convoys.csv"
    header = (REFERENCE / "published_escort.csv").read_text(encoding="utf-8").splitlines()[0]
    path.write_text(
        f"{header}\n1,99.01.01;99.01.02,1,1,1,2,,,x\n2,99.01.03,1,1,1,2,,,x\nall,,,,,,12,,x\n",
        encoding="utf-8",
    )
    table, _ = side_by_side(region(), "en", path)
    ways_ = {row["way"]: row for row in table.to_dicts()}
    assert list(ways_) == ["column", "convoys", "as_early", "fewest", "earliest"]
    assert all(row["left_tps"] == 0 for row in ways_.values())
    vehicles = {way: row["large"] + row["small"] for way, row in ways_.items()}
    assert vehicles["convoys"] == 4 > vehicles["fewest"]
    assert vehicles["fewest"] >= ways_["fewest"]["least_vehicles"]
    assert ways_["earliest"]["last_arrive"] < ways_["fewest"]["last_arrive"]
    assert ways_["as_early"]["last_arrive"] <= ways_["convoys"]["last_arrive"]
    assert ways_["fewest"]["officers"] == 3 * vehicles["fewest"]
    assert ways_["fewest"]["island_day"] == -3


@dataclass(frozen=True)
class Said:
    """A store, a vehicle or a boat of the planner's file."""

    name: str = "Kapal"
    lat: float = -5.0
    lon: float = 105.0
    number: int = 1
    officers: int = 3
    load_tps: int = 20
    speed_kmh: float = 30.0
    from_code: str = "99.01.01.2001"
    to_code: str = "99.01.01.2002"
    hours: float = 1.0
    departs: tuple[str, ...] = ("08:30",)
    days_before: int = 3


def small_tables() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    places = pl.DataFrame(
        {
            "village_code": ["99.01.01.2001", "99.01.01.2002", "99.01.01.2002", None],
            "district_code": ["99.01.01"] * 4,
            "district": ["Andai"] * 4,
            "tps": [5, 3, 1, 2],
            "is_assumed": [True, False, False, True],
            "is_cut_off": [False, False, True, False],
            "island": [None, None, "Pulau Kecil", None],
        }
    )
    villages = pl.DataFrame(
        {
            "village_code": ["99.01.01.2001", "99.01.01.2002"],
            "village": ["Kota Andai", "Pesisir"],
            "district_code": ["99.01.01"] * 2,
            "district": ["Andai"] * 2,
            "lat": [-5.0, -5.1],
            "lon": [105.0, 105.1],
        }
    )
    districts = pl.DataFrame(
        {"district_code": ["99.01.01"], "district": ["Andai"], "seat": ["KotaAndai"]}
    )
    return places, villages, districts


def test_the_tables_become_a_task_with_every_tps_in_one_stop() -> None:
    places, villages, districts = small_tables()
    options = EscortOptions(VOTING_DAY)
    index = {"99.01.01.2002": 75.0}
    task = escort_task(
        places, villages, districts, Said("Gudang"), [Said("Truk")], [Said()], options, index
    )
    assert task.tps == 11
    assert [(drop.tps, drop.index) for drop in task.seats] == [(10, 75.0)]
    assert [(drop.point.code, drop.tps) for drop in task.villages] == [
        ("99.01.01.2001", 5),
        ("99.01.01.2002", 3),
    ]
    crossing = task.crossings[0]
    assert crossing.drop.point.code == "99.01.01.2002/island"
    assert (crossing.drop.tps, crossing.departs, crossing.drop.index) == (1, (510,), 75.0)
    plan = plan_escort(task, "id")
    assert check_escort(plan.routes, task) == []


def test_tables_that_do_not_fit_are_refused_with_a_way_out() -> None:
    places, villages, districts = small_tables()
    options = EscortOptions(VOTING_DAY)
    with pytest.raises(RawanError, match="no boat goes there"):
        escort_task(places, villages, districts, Said("G"), [Said("T")], [], options)
    with pytest.raises(RawanError, match="needs a \\[store\\]"):
        escort_task(places, villages, districts, None, [Said("T")], [Said()], options)
    elsewhere = districts.with_columns(seat=pl.lit("Lain"))
    with pytest.raises(RawanError, match="the seat of Andai"):
        escort_task(places, villages, elsewhere, Said("G"), [Said("T")], [Said()], options)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("from,to\na,b\n", "km are missing"),
        ("from,to,km\na,b,jauh\n", 'row 2, column "km"'),
        ("from,to,km\na,b,-1\n", 'row 2, column "km"'),
        ("from,to,km\na,b,nan\n", 'row 2, column "km"'),
        ("from,to,km\na,a,1\n", "row 2: a road joins two places"),
        ("from,to,km\na,b,1\nb,a,2\n", "row 3"),
        ("from,to,km\na,,1\n", "row 2"),
    ],
)
def test_roads_that_are_wrong_are_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "roads.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RawanError, match=said):
        read_roads(path)


def test_roads_count_either_way(tmp_path: Path) -> None:
    path = tmp_path / "roads.csv"
    path.write_text("from,to,km\nstore,99.01.01,7.5\n99.01.01,store,7.5\n", encoding="utf-8")
    assert read_roads(path) == {("99.01.01", "store"): 7.5}
