"""The rule of choice: near the best in capture, then onsets, then simplest; or the yardstick."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from models.backtest import Prediction
from models.choice import Decision, Rule, Turn, choose, in_turn
from models.evidence import Draws, Estimate, draw_past

RULE = Rule(
    baseline="count",
    champion="count",
    within_standard_errors=1.0,
    onset_tolerance=0.005,
    better_in=("capture", "onset_auc"),
    not_worse_in=("capture", "auc", "ap"),
    least_cutoffs=3,
    shadow_cutoffs=4,
)
K = 30


def past(
    skill: float, onset_skill: float = 0.0, seed: int = 0, cutoffs: int = 12
) -> list[Prediction]:
    """Scores that lean on what happens by `skill`, and by `onset_skill` in calm places."""
    random = np.random.default_rng(10)
    noise = np.random.default_rng([seed, 20])
    found = []
    for number in range(cutoffs):
        calm = np.arange(300) % 3 > 0
        count = (random.random(300) < np.where(calm, 0.05, 0.3)).astype(np.int64)
        lean = np.where(calm, onset_skill, skill)
        found.append(
            Prediction(
                cutoff=date(2016, 1, 1) + timedelta(days=182 * number),
                until=date(2016, 1, 1) + timedelta(days=182 * (number + 1)),
                score=lean * count + ~calm + noise.normal(scale=0.3, size=300),
                count=count,
                block=np.arange(300) % 20,
                onset_candidate=calm,
            )
        )
    return found


def decide(
    found: Mapping[str, list[Prediction]],
    rule: Rule = RULE,
    number: int = 300,
    **complexity: int,
) -> Decision:
    order = {name: place for place, name in enumerate(found)} | complexity
    return choose(found, order, K, rule, draws(found, number))


def draws(found: Mapping[str, list[Prediction]], number: int = 300) -> Draws:
    return draw_past(found["count"], number, np.random.default_rng(1))


def turns_of(found: Mapping[str, list[Prediction]]) -> list[Turn]:
    return in_turn(found, {"count": 0, "good": 1}, K, RULE, draws(found))


def test_of_those_near_the_best_capture_the_one_that_tells_onsets_leads() -> None:
    decision = decide({"count": past(0), "good": past(0.5), "early": past(0.5, 0.4)})
    assert set(decision.within) >= {"good", "early"}
    assert decision.contenders[0] == decision.leader == decision.published == "early"
    assert decision.why == "published"


def test_a_far_better_teller_of_onsets_that_captures_too_little_is_no_contender() -> None:
    decision = decide({"count": past(0), "best": past(2.0), "early": past(0.0, 0.7)})
    assert decision.best == "best"
    assert "early" not in decision.within
    assert decision.published == "best"


def test_of_equals_the_simplest_leads() -> None:
    same = past(0.8, 0.5)
    found = {"count": past(0), "involved": same, "simple": same}
    assert decide(found, involved=9, simple=1).published == "simple"
    assert decide(found, involved=1, simple=9).published == "involved"


def test_onsets_that_differ_less_than_the_tolerance_are_equal() -> None:
    found = {"count": past(0), "simple": past(0.8, 0.50), "involved": past(0.8, 0.51)}
    assert decide(found, replace(RULE, onset_tolerance=0.0)).leader == "involved"
    assert decide(found, replace(RULE, onset_tolerance=0.2)).leader == "simple"


def test_where_nothing_is_better_beyond_chance_the_yardstick_is_published() -> None:
    decision = decide({"count": past(0.3), "worse": past(0.2, seed=1)})
    assert decision.published == "count"
    assert decision.why in ("not_better", "baseline_leads")


def test_two_cutoffs_prove_nothing() -> None:
    found = {"count": past(0, cutoffs=2), "good": past(2.0, 1.0, cutoffs=2)}
    decision = decide(found)
    assert decision.leader == "good"
    assert (decision.published, decision.why) == ("count", "too_few_cutoffs")
    three = {"count": past(0, cutoffs=3), "good": past(2.0, 1.0, cutoffs=3)}
    assert decide(three).published == "good"
    champion = replace(RULE, champion="good")
    assert decide(found, champion).published == "count"


def test_chance_seldom_wins() -> None:
    won = 0
    for seed in range(30):
        found = {"count": past(0.3, seed=seed)}
        found |= {f"c{n}": past(0.3, seed=100 * seed + n + 1) for n in range(3)}
        won += decide(found, number=100).published != "count"
    assert won <= 6  # each of two measures at one in twenty


def test_who_is_worse_beyond_chance_in_what_must_not_get_worse_is_no_contender() -> None:
    knows = past(1.0)
    early = [replace(p, score=np.where(p.onset_candidate, 5 * p.count + 1.0, 0.0)) for p in knows]
    decision = decide({"count": knows, "early": early})
    worse = decision.differences["early"]["capture"]
    assert isinstance(worse, Estimate)
    assert worse.high < 0
    rule = replace(RULE, within_standard_errors=100.0)
    assert "early" in decide({"count": knows, "early": early}, rule).within
    assert decide({"count": knows, "early": early}, rule).contenders == ("count",)


def test_a_challenger_must_not_have_been_worse_in_the_shadow() -> None:
    """Better over all the past, but worse than what is published now at the newest cutoffs."""
    champion = past(0.8)
    faded = past(1.5, 0.6)
    faded[-4:] = [replace(p, score=-p.score) for p in faded[-4:]]
    found = {"count": past(0), "champion": champion, "faded": faded}
    rule = replace(RULE, champion="champion", not_worse_in=(), within_standard_errors=100.0)
    decision = decide(found, rule)
    assert decision.leader == "faded"
    assert isinstance(decision.shadow, Estimate)
    assert decision.shadow.high < 0
    assert (decision.published, decision.why) == ("champion", "champion_stays")
    beaten = decide(found | {"champion": past(0, seed=5)}, rule)
    assert beaten.published in ("count", "faded")


def test_the_numbers_do_not_depend_on_who_else_was_compared() -> None:
    found = {"count": past(0), "good": past(0.5), "other": past(0.2, seed=3)}
    alone = {name: found[name] for name in ("count", "good")}
    assert decide(found).differences["good"] == decide(alone).differences["good"]


def test_each_turn_knows_only_the_windows_that_were_over() -> None:
    good, bad = past(1.5, 0.8), past(0)
    turns = turns_of({"count": bad, "good": good})
    assert [turn.cutoff for turn in turns] == [p.cutoff for p in bad]
    assert turns[0].published == "count"  # nothing was known yet
    assert turns[-1].published == "good"
    assert all(turn.regret >= 0 for turn in turns)
    assert turns[0].regret == pytest.approx(turns[0].best - turns[0].captured)
    # What happens last changes no turn before it.
    changed = [*good[:-1], replace(good[-1], score=-good[-1].score)]
    again = turns_of({"count": bad, "good": changed})
    assert again[:-1] == turns[:-1]


def test_overlapping_windows_are_known_once_they_are_over() -> None:
    good = [replace(p, until=p.cutoff + timedelta(days=400)) for p in past(1.5, 0.8)]
    bad = [replace(p, until=p.cutoff + timedelta(days=400)) for p in past(0)]
    turns = turns_of({"count": bad, "good": good})
    assert [turn.published for turn in turns[:3]] == ["count"] * 3
