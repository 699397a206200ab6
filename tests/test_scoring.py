"""Scoring: the published model is the one that earned it, and every village gets its row."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl
import pytest

from models.additive import Scale
from models.backtest import Backtest, Prediction, Skip, TooFew
from models.calibration import Calibration
from models.evidence import Estimate
from models.ridge_logistic import RidgeLogistic
from models.scorecard import Scorecard, index_0_100
from rawan import choosing, preparation, proof, scoring
from rawan.calendar import Election
from rawan.errors import UsageError
from rawan.features import registry
from rawan.progress import Progress
from rawan.settings import (
    CandidateName,
    LogisticsIndex,
    Models,
    Planning,
    Settings,
    Uncertainty,
    load_settings,
)
from rawan.sources.fictional import write_region
from rawan.warehouse import Warehouse, open_warehouse

COLUMNS = ["village_code", "cutoff", "past_outcome_365", "past_protest_last", *registry()]

# Candidates


def test_the_yardstick_comes_first_and_the_others_from_simple_to_involved() -> None:
    names = [candidate.name for candidate in choosing.make_candidates(Settings(), COLUMNS)]
    assert names[0] == "decayed_count"
    assert names[-1] == "averaged"
    assert set(names) == set(get_args(CandidateName))
    only = Settings(models=Models(candidates=["ridge_logistic", "decayed_count"]))
    names = [candidate.name for candidate in choosing.make_candidates(only, COLUMNS)]
    assert names == ["decayed_count", "ridge_logistic"]


def test_a_model_learns_only_from_what_the_registry_lets_it() -> None:
    (ridge,) = (
        c for c in choosing.make_candidates(Settings(), COLUMNS) if isinstance(c, RidgeLogistic)
    )
    allowed = {name for name, feature in registry().items() if feature.learn}
    assert set(ridge.transforms) == allowed | {"past_outcome_365", "past_protest_last"}
    assert "logistics_decayed" not in ridge.transforms


@pytest.mark.parametrize(
    ("settings", "section"),
    [
        (Settings(models=Models(scorecard={"clash_decayd": 1.0})), "models.scorecard"),
        (
            Settings(logistics_index=LogisticsIndex(weights={"clash_decayd": 1.0})),
            "logistics_index.weights",
        ),
    ],
)
def test_a_weight_of_no_feature_is_a_mistake_with_the_way_out(
    settings: Settings, section: str
) -> None:
    with pytest.raises(UsageError) as caught:
        choosing.make_candidates(settings, COLUMNS)
    message = str(caught.value)
    assert message.startswith(f'{section}: "clash_decayd" is not a feature.')
    assert 'Did you mean "clash_decayed"?' in message


@pytest.mark.parametrize(
    ("planning", "villages", "k"),
    [
        (Planning(), 260, 26),
        (Planning(), 261, 26),
        (Planning(), 265, 27),
        (Planning(), 3, 1),
        (Planning(top_k=5), 260, 5),
        (Planning(top_share=0.145), 100, 15),  # 0.145 * 100 is 14.499999999999998
        (Planning(top_share=1.0), 260, 260),
    ],
)
def test_k_is_the_number_given_or_the_share_rounded(
    planning: Planning, villages: int, k: int
) -> None:
    assert choosing.top_k(Settings(planning=planning), villages) == k


def test_more_places_than_there_are_villages_is_a_mistake() -> None:
    with pytest.raises(UsageError, match=r"planning\.top_k = 300 is more than the 260 villages"):
        choosing.top_k(Settings(planning=Planning(top_k=300)), 260)


# The choice


@dataclass
class Named:
    """A candidate whose predictions are given: it is never learned."""

    name: str
    complexity: int
    scale: Scale = "log_odds"


def happened(cutoff: int) -> np.ndarray:
    return (np.random.default_rng(cutoff).random(200) < 0.1).astype(np.int64)


def predictions(skill: float, cutoffs: int = 10) -> list[Prediction]:
    """Scores that lean on what happens by `skill`: 0 is chance, 1 nearly all that can be had."""
    found = []
    for number in range(cutoffs):
        count = happened(number)
        chance = np.random.default_rng([number, round(100 * skill)]).normal(size=len(count))
        found.append(
            Prediction(
                cutoff=date(2016, 1, 1) + timedelta(days=182 * number),
                until=date(2016, 1, 1) + timedelta(days=182 * (number + 1)),
                score=3 * skill * count + chance,
                count=count,
                block=np.arange(len(count)) % 10,
                onset_candidate=np.ones(len(count), dtype=bool),
            )
        )
    return found


def choose(settings: Settings | None = None, cutoffs: int = 10, **skills: float) -> choosing.Choice:
    scales: dict[str, Scale] = {"scorecard": "index"}
    candidates = [
        Named(name, number, scales.get(name, "log_odds")) for number, name in enumerate(skills)
    ]
    backtest = Backtest(
        20, {name: predictions(skill, cutoffs) for name, skill in skills.items()}, {}, {}
    )
    quick = Settings(models=Models(comparison_draws=200))
    return choosing.judge(candidates, backtest, settings or quick, 20, 200)  # type: ignore[arg-type]


def gain(choice: choosing.Choice, name: str) -> Estimate:
    assert choice.decision is not None
    found = choice.decision.differences[name]["capture"]
    assert isinstance(found, Estimate)
    return found


def test_of_several_better_ones_the_one_that_captured_most_is_published() -> None:
    choice = choose(decayed_count=0.2, good=0.7, best=0.9, scorecard=0.5)
    assert choice.candidate.name == "best"
    assert choice.beats_baseline
    assert gain(choice, "best").value > gain(choice, "good").value > 0
    for part in choice.measures.values():
        assert set(part) == {"decayed_count", "good", "best", "scorecard"}


def test_where_none_is_better_beyond_chance_the_yardstick_is_published() -> None:
    choice = choose(decayed_count=0.5, equal=0.51, worse=0.1)
    assert choice.candidate.name == "decayed_count"
    assert not choice.beats_baseline


def test_a_candidate_that_needs_more_outcomes_is_left_out_and_told() -> None:
    named = [Named("decayed_count", 0), Named("ridge_logistic", 1)]
    few = TooFew(date(2016, 1, 1), known=3, needed=5)
    backtest = Backtest(20, {"decayed_count": predictions(0.5)}, {}, {"ridge_logistic": few})
    choice = choosing.judge(named, backtest, Settings(), 20, 200)  # type: ignore[arg-type]
    assert choice.candidate.name == "decayed_count"
    assert choice.decision is not None
    assert not choice.decision.differences
    left_out = choice.as_json([])["left_out"]
    assert left_out == {"ridge_logistic": {"cutoff": "2016-01-01", "known": 3, "needed": 5}}
    (line,) = (line for line in proof.Tested(choice, []).lines("en") if "2016-01-01" in line)
    assert line.startswith("Ridge logistic regression: left out")


def test_a_gain_that_may_be_chance_is_not_enough() -> None:
    choice = choose(decayed_count=0.4, luckier=0.56)
    assert gain(choice, "luckier").low <= 0 < gain(choice, "luckier").value
    assert choice.candidate.name == "decayed_count"
    assert not choice.beats_baseline


def test_without_any_past_to_test_on_the_yardstick_is_published_and_nothing_is_claimed() -> None:
    choice = choose(cutoffs=0, decayed_count=0.2, best=0.9)
    assert choice.candidate.name == "decayed_count"
    assert not choice.beats_baseline
    assert choice.cutoffs_tested == 0
    assert choice.measures == {}
    assert choice.decision is None
    assert choice.turns == []
    assert choice.calibration is None


def test_probabilities_are_learned_from_the_predictions_of_the_published_model() -> None:
    choice = choose(decayed_count=0.1, best=0.9)
    assert choice.calibration is not None
    past = predictions(0.9)
    probability = choice.calibration.probability(np.concatenate([p.score for p in past]))
    rate = np.concatenate([p.happened for p in past]).mean()
    assert probability.mean() == pytest.approx(rate, abs=0.005)
    assert probability.max() > 0.8  # and not from those of the yardstick, which knows little


def test_an_index_never_claims_a_probability() -> None:
    choice = choose(decayed_count=0.1, scorecard=0.9)
    assert choice.candidate.name == "scorecard"
    assert choice.calibration is None


def test_too_few_outcomes_give_no_probability() -> None:
    outcomes = sum(int((happened(number) > 0).sum()) for number in range(10))
    for least, calibrated in [(outcomes, True), (outcomes + 1, False)]:
        settings = Settings(models=Models(min_outcomes=least))
        choice = choose(settings, decayed_count=0.1, best=0.9)
        assert (choice.calibration is not None) == calibrated


def test_the_evidence_is_json_that_names_the_published_model() -> None:
    choice = choose(decayed_count=0.2, best=0.9)
    skipped = {date(2015, 1, 1): Skip("too_few", 3)}
    choice = replace(choice, backtest=replace(choice.backtest, skipped=skipped))
    answer = json.loads(json.dumps(choice.as_json(["bentrok"])))
    assert answer["cutoffs"] == 10
    assert answer["k"] == 20
    assert answer["types"] == ["bentrok"]
    assert answer["skipped"] == {"2015-01-01": {"kind": "too_few", "number": 3}}
    assert answer["published"] == answer["best"]
    for name in ("published", "decayed_count", "best"):
        assert set(answer[name]["capture"]) == {"value", "low", "high"}
        assert answer[name]["capture"]["low"] <= answer[name]["capture"]["value"]


# A whole region


@dataclass(frozen=True)
class Region:
    """A simulated region with its features built."""

    settings: Settings
    warehouse: Warehouse
    election: Election

    def scored(self, choice: choosing.Choice, settings: Settings | None = None) -> pl.DataFrame:
        scoring.score(self.warehouse, settings or self.settings, self.election, choice)
        return self.warehouse.frame("FROM scores.scored ORDER BY hazard, village_code")


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    config = write_region(tmp_path_factory.mktemp("simulated") / "region", 120, seed=1)
    settings = load_settings(config)
    settings = settings.model_copy(update={"uncertainty": Uncertainty(draws=100)})
    with open_warehouse(settings, ":memory:") as warehouse:
        taken = preparation.take_in(warehouse, settings, Progress(quiet=True))
        for floor in ("staging", "features"):
            warehouse.build(floor)
        yield Region(settings, warehouse, taken.election)


@pytest.fixture(scope="module")
def choice(region: Region) -> choosing.Choice:
    return choosing.choose_model(region.warehouse, region.settings)


@pytest.fixture(scope="module")
def choices(region: Region, choice: choosing.Choice) -> list[choosing.Choice]:
    """The choice, and what it would be had another candidate won."""
    curves = {
        "count": Calibration("count", 0.1, 1.2, -1.0),
        "log_odds": Calibration("log_odds", 0.0, 0.9, 0.1),
        "log_rate": Calibration("log_rate", 0.0, 1.0, 0.0),
        "index": None,
    }
    candidates = choosing.make_candidates(region.settings, COLUMNS)
    return [
        replace(
            choice,
            candidate=candidate,
            calibration=curves[candidate.scale],
        )
        for candidate in candidates
    ]


def test_every_cutoff_is_either_tested_or_told_as_skipped(
    region: Region, choice: choosing.Choice
) -> None:
    asked = region.warehouse.value(
        "SELECT count(*) FROM features.cutoffs WHERE cutoff >= ? AND cutoff < ?",
        [region.settings.calendar.test_from, region.settings.calendar.cutoff],
    )
    assert choice.cutoffs_tested + len(choice.backtest.skipped) == asked
    assert choice.cutoffs_tested > 5
    assert choice.k == 12


def test_no_village_drops_out_and_ranks_hold_what_they_promise(
    region: Region, choices: list[choosing.Choice]
) -> None:
    for choice in choices:
        scored = region.scored(choice)
        assert scored.group_by("hazard").len().sort("hazard").rows() == [
            ("conflict", 120),
            ("logistics", 120),
        ]
        for (hazard,), rows in scored.group_by("hazard"):
            assert rows["village_code"].n_unique() == 120
            by_score = rows["score"].rank("min", descending=True)
            assert rows["rank"].to_list() == by_score.to_list(), hazard
            assert (rows["rank_low"] <= rows["rank"]).all()
            assert (rows["rank_high"] >= rows["rank"]).all()
            assert rows["top_k_probability"].sum() == pytest.approx(12)


def test_the_reasons_of_every_row_sum_to_its_score(
    region: Region, choices: list[choosing.Choice]
) -> None:
    for choice in choices:
        for components, score in region.scored(choice).select("components", "score").iter_rows():
            assert sum(json.loads(components).values()) == pytest.approx(score, abs=1e-9)


def test_a_probability_and_an_index_never_share_a_column(
    region: Region, choices: list[choosing.Choice]
) -> None:
    for choice in choices:
        conflict, logistics = region.scored(choice).partition_by("hazard")
        is_index = choice.calibration is None
        assert conflict["risk"].is_null().all() == is_index
        assert conflict["index"].is_null().all() != is_index
        assert logistics["risk"].is_null().all()
        assert logistics["index"].is_between(0, 100 + 1e-9).all()
        shown = conflict["index" if is_index else "risk"]
        assert shown.is_between(0, 100 + 1e-9 if is_index else 1).all()
        order = conflict["score"].arg_sort()
        assert shown.gather(order).is_sorted()


def test_an_index_that_stands_in_for_a_probability_stays_within_0_to_100(
    region: Region, choice: choosing.Choice
) -> None:
    """The contract of the list refuses 100.00000000000001, and with it the whole list."""
    table = choosing.load_table(region.warehouse, region.settings)
    now = table.at(region.settings.calendar.cutoff)
    few = region.settings.model_copy(update={"uncertainty": Uncertainty(draws=50)})
    for weight in range(1, 41):
        scorecard = Scorecard(
            {"clash_decayed_long": weight / 7, "tps_count": 1.0},
            {"clash_decayed_long": "log1p", "tps_count": "log1p"},
        )
        training = table.training(few.calendar.cutoff)
        index = scoring._score_conflict(
            few,
            replace(choice, candidate=scorecard, calibration=None),
            scorecard.fit(training),
            training,
            now,
            np.random.default_rng(0),
        )["index"]
        assert index.min() == 0
        assert index.max() == pytest.approx(100)
        assert index.max() <= 100, weight


@pytest.mark.parametrize(
    "telling",
    [
        ("water_crossing_share", "distance_capital_km"),
        ("water_crossing_share", "ikg_infrastructure", "distance_seat_km", "logistics_decayed"),
        ("water_crossing_share", "ikg_access", "ikg_infrastructure", "distance_seat_km"),
    ],
)
def test_the_village_that_is_worst_in_everything_has_an_index_of_100_and_not_more(
    region: Region, telling: tuple[str, ...]
) -> None:
    now = choosing.load_table(region.warehouse, region.settings).at(region.settings.calendar.cutoff)
    steps = np.linspace(0, 7, now.height)
    same = np.ones(now.height)
    inputs = {
        name: pl.Series(steps if name in telling else same)
        for name in region.settings.logistics_index.weights
    }
    rows = now.with_columns(**inputs)
    fitted, _ = index_0_100(rows, region.settings.logistics_index.weights)
    index = scoring._score_logistics(region.settings, 12, fitted, rows, np.random.default_rng(0))[
        "index"
    ]
    assert index[0] == 0
    assert index[-1] == pytest.approx(100)
    assert index.max() <= 100


def test_the_same_seed_gives_the_same_table_and_another_seed_only_other_intervals(
    region: Region, choices: list[choosing.Choice]
) -> None:
    choice = choices[-1]
    first, again = region.scored(choice), region.scored(choice)
    assert first.equals(again)
    other = region.scored(
        choice,
        region.settings.model_copy(update={"uncertainty": Uncertainty(draws=100, seed=5)}),
    )
    drawn = ["rank_low", "rank_high", "top_k_probability"]
    assert first.drop(drawn).equals(other.drop(drawn))
    assert not first.select(drawn).equals(other.select(drawn))


def test_the_draws_of_one_hazard_do_not_depend_on_which_others_are_published(
    region: Region, choices: list[choosing.Choice]
) -> None:
    alone = region.settings.model_copy(update={"publish": [region.settings.publish[1]]})
    both = region.scored(choices[0]).filter(hazard="logistics")
    assert region.scored(choices[0], alone).equals(both)


def test_a_score_says_how_much_of_its_input_was_filled_in(
    region: Region, choice: choosing.Choice
) -> None:
    cutoff = region.settings.calendar.cutoff
    now = choosing.load_table(region.warehouse, region.settings).at(cutoff)
    weights = {"clash_decayed": 1.0, "tps_count": 1.0, "ikg_access": 1.0, "ikg_infrastructure": 1.0}
    fitted = Scorecard(weights, dict.fromkeys(weights, "identity")).fit(
        choosing.load_table(region.warehouse, region.settings).training(cutoff)
    )
    for tps, ikg, share in [(False, False, 0.0), (True, False, 0.25), (True, True, 0.75)]:
        ikg_flags = dict.fromkeys(("is_ikg_missing", "is_ikg_infrastructure_missing"), pl.lit(ikg))
        flagged = now.with_columns(is_tps_missing=pl.lit(tps), **ikg_flags)
        assert len(fitted.names) == 4
        assert (scoring._share_imputed(flagged, fitted) == share).all()


def test_a_score_says_of_which_days_it_speaks(region: Region, choice: choosing.Choice) -> None:
    region.scored(choice)
    stages = {
        (row["hazard"], row["stage"]): row
        for row in region.warehouse.frame("FROM scores.stages").iter_rows(named=True)
    }
    cutoff, end = region.settings.calendar.cutoff, region.election.stages["logistics"].end
    for stage in ("logistics", "voting", "recap"):
        row = stages["conflict", stage]
        assert (row["score_basis"], row["horizon_days"]) == ("window", 182)
    row = stages["logistics", "logistics"]
    # The horizon is [cutoff, cutoff + days): the stage's last day is in it, the next is not.
    assert row["score_basis"] == "stage"
    assert cutoff + timedelta(days=row["horizon_days"] - 1) == end


@pytest.mark.parametrize(
    ("tested", "beats", "says"), [(0, False, None), (9, False, False), (9, True, True)]
)
def test_a_list_says_whether_its_model_beat_the_yardstick_or_could_not_be_tested(
    region: Region,
    choice: choosing.Choice,
    choices: list[choosing.Choice],
    tested: int,
    beats: bool,
    says: bool | None,
) -> None:
    won = next(c for c in choices if (c.candidate.name != "decayed_count") == beats)
    past = {name: found[:tested] for name, found in choice.backtest.predictions.items()}
    scored = region.scored(replace(won, backtest=replace(won.backtest, predictions=past)))
    conflict, logistics = scored.partition_by("hazard")
    assert set(conflict["model_beats_baseline"]) == {says}
    assert set(logistics["model_beats_baseline"]) == {None}


def with_news(
    folder: Path, settings: Settings, occurred_on: date, known_on: date
) -> tuple[choosing.Choice, pl.DataFrame]:
    """Score the same region with a clash more in forty of its villages."""
    config = write_region(folder, 120, seed=1)
    codes = pl.read_csv(folder / "reference" / "villages.csv")["village_code"].head(40)
    pl.DataFrame({"kode_desa": codes}).with_columns(
        tanggal=pl.lit(occurred_on),
        tanggal_diketahui=pl.lit(known_on),
        jenis=pl.lit("bentrok_warga"),
    ).write_csv(folder / "inbox" / "insiden-susulan.csv")
    settings = load_settings(config).model_copy(update={"uncertainty": settings.uncertainty})
    with open_warehouse(settings, ":memory:") as warehouse:
        taken = preparation.take_in(warehouse, settings, Progress(quiet=True))
        for floor in ("staging", "features"):
            warehouse.build(floor)
        choice = choosing.choose_model(warehouse, settings)
        return choice, Region(settings, warehouse, taken.election).scored(choice)


def test_news_from_after_the_published_cutoff_changes_neither_choice_nor_list(
    region: Region, choice: choosing.Choice, tmp_path: Path
) -> None:
    cutoff = region.settings.calendar.cutoff
    after, before = cutoff + timedelta(days=1), cutoff - timedelta(days=200)
    scored = region.scored(choice)
    for name, occurred_on in {"later": after, "learned later": before}.items():
        again, list_again = with_news(tmp_path / name, region.settings, occurred_on, after)
        assert again.as_json([]) == choice.as_json([]), name
        assert list_again.equals(scored), name
    # The same clashes known in time do change both: the rows arrive.
    again, list_again = with_news(tmp_path / "in time", region.settings, before, before)
    assert again.as_json([]) != choice.as_json([])
    assert not list_again.equals(scored)


def test_a_blind_spot_has_the_rank_it_would_have_like_its_neighbours(
    region: Region, choices: list[choosing.Choice]
) -> None:
    blind = set(
        region.warehouse.frame(
            "SELECT village_code FROM features.village_cutoff"
            " WHERE is_blind_spot AND cutoff = getvariable('published_cutoff')"
        )["village_code"]
    )
    assert 0 < len(blind) < 120
    for choice in choices:
        conflict, logistics = region.scored(choice).partition_by("hazard")
        told = conflict.filter(pl.col("rank_if_like_neighbours").is_not_null())
        assert set(told["village_code"]) == blind
        assert told["rank_if_like_neighbours"].is_between(1, 120).all()
        assert logistics["rank_if_like_neighbours"].is_null().all()
    # By counts alone most of them stand low: their neighbours have more on record.
    counted = region.scored(choices[0]).filter(
        pl.col("rank_if_like_neighbours").is_not_null(), hazard="conflict"
    )
    assert (counted["rank_if_like_neighbours"] <= counted["rank"]).mean() > 0.8
