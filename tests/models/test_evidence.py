"""Evidence: means over cutoffs, intervals over cutoffs and blocks, and nothing left empty."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import metrics, reliability
from models.backtest import Prediction
from models.evidence import (
    MEASURES,
    PROBABILITY,
    RANKING,
    Draws,
    Estimate,
    NotApplicable,
    Part,
    by_cutoff,
    difference,
    draw_past,
    evaluate,
    evaluate_probabilities,
    standard_error,
    tie_range,
)

FIRST = date(2014, 1, 1)
WINDOW = timedelta(days=182)


def day(number: int) -> date:
    return FIRST + number * WINDOW


def predicted(score: Any, count: Any, number: int = 0, **more: Any) -> Prediction:
    n = len(score)
    return Prediction(
        cutoff=day(number),
        until=day(number + 1),
        score=np.array(score, dtype=float),
        count=np.array(count, dtype=np.int64),
        block=np.array(more.get("block", np.arange(n))),
        onset_candidate=np.array(more.get("onset", [True] * n)),
        probability=more.get("probability"),
    )


def draws(predictions: Sequence[Prediction], number: int = 500, seed: int = 0) -> Draws:
    return draw_past(predictions, number, np.random.default_rng(seed))


def of(measure: str, predictions: Sequence[Prediction], k: int, part: Part = "all") -> Estimate:
    found = evaluate(predictions, k, draws(predictions), [measure], part)[measure]
    assert isinstance(found, Estimate)
    return found


@st.composite
def pasts(draw: st.DrawFn) -> tuple[list[Prediction], int]:
    """Some cutoffs with ties, calm units, blocks, and at least one incident at each."""
    units = draw(st.integers(3, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = []
    for number in range(draw(st.integers(1, 4))):
        count = random.poisson(0.5, units)
        count[random.integers(units)] += 1
        found.append(
            predicted(
                random.integers(0, 4, units),
                count,
                number,
                block=np.arange(units) % 3,
                onset=random.random(units) < 0.6,
                probability=random.uniform(0.05, 0.9, units).round(1),
            )
        )
    return found, draw(st.integers(1, units))


# The mean is that of the measures themselves


@given(pasts())
def test_a_measure_is_the_mean_of_its_values_at_the_cutoffs(case: tuple[Any, int]) -> None:
    past, k = case
    by_name = {
        "capture": lambda p: metrics.capture_at(p.score, p.count, k),
        "ceiling": lambda p: metrics.ceiling_at(p.count, k),
        "pei": lambda p: metrics.pei_at(p.score, p.count, k),
        "pai": lambda p: metrics.pai_at(p.score, p.count, k),
        "precision": lambda p: metrics.precision_at(p.score, p.count, k),
        "auc": lambda p: metrics.auc(p.score, p.happened),
        "ap": lambda p: metrics.average_precision(p.score, p.happened),
    }
    assert set(by_name) == set(RANKING)
    found = evaluate(past, k, draws(past, 20), RANKING)
    for name, measure in by_name.items():
        told = [p for p in past if name not in ("auc", "ap") or not p.happened.all()]
        if not told:
            assert found[name] == NotApplicable("never_defined")
            continue
        figure = found[name]
        assert isinstance(figure, Estimate)
        assert figure.value == pytest.approx(np.mean([measure(p) for p in told]))


@settings(deadline=None)
@given(pasts(), st.integers(0, 2**32 - 1))
def test_a_draw_counts_each_block_as_often_as_it_was_drawn(
    case: tuple[Any, int], seed: int
) -> None:
    """Against the weighted measures, place by place: blocks that were drawn twice count twice."""
    past, k = case
    one = past[0]
    block = np.random.default_rng(seed).integers(0, 3, 3).astype(float)
    times = block[one.block].astype(np.int64)
    drawn = Draws(cutoffs=np.ones((1, 1)), blocks=block[:, None])
    for name, measure in {
        "capture": lambda: metrics.capture_at(one.score, one.count, k, times),
        "precision": lambda: metrics.precision_at(one.score, one.count, k, times),
        "pai": lambda: metrics.pai_at(one.score, one.count, k, weight=times),
        "pei": lambda: metrics.pei_at(one.score, one.count, k, times),
        "auc": lambda: metrics.auc(one.score, one.happened, times),
        "ap": lambda: metrics.average_precision(one.score, one.happened, times),
    }.items():
        found = evaluate([one], k, drawn, [name])[name]
        try:
            expected = measure()
        except metrics.UndefinedMetric:
            continue
        if name in ("auc", "ap") and one.happened[times > 0].all():
            continue
        if isinstance(found, Estimate):
            assert (found.low, found.high) == pytest.approx((expected, expected)), name


@given(pasts())
def test_probabilities_are_judged_over_all_cutoffs_together(case: tuple[Any, int]) -> None:
    past, _ = case
    stated = np.concatenate([p.probability for p in past])
    happened = np.concatenate([p.happened for p in past])
    found = evaluate_probabilities(past, draws(past, 50))
    assert set(found) == set(PROBABILITY)
    parts = reliability.brier_parts(stated, happened)
    for name, value in {
        "brier": metrics.brier(stated, happened),
        "reliability": float(parts.reliability),
        "resolution": float(parts.resolution),
        "uncertainty": float(parts.uncertainty),
        "calibration_error": reliability.calibration_error(stated, happened),
        "log_score": reliability.log_score(stated, happened),
    }.items():
        figure = found[name]
        assert isinstance(figure, Estimate)
        assert figure.value == pytest.approx(value), name
        assert figure.low <= figure.high


def test_the_slope_s_interval_is_about_that_of_fitting_anew() -> None:
    random = np.random.default_rng(3)
    past = []
    for number in range(8):
        stated = random.beta(1, 5, 400)
        happened = random.random(400) < stated
        past.append(
            predicted(stated, happened, number, block=np.arange(400) % 20, probability=stated)
        )
    drawn = draws(past, 200)
    found = evaluate_probabilities(past, drawn)["calibration_slope"]
    assert isinstance(found, Estimate)
    again = []
    for draw in range(200):
        times = np.concatenate(
            [drawn.cutoffs[draw, n] * drawn.blocks[p.block, draw] for n, p in enumerate(past)]
        ).astype(np.int64)
        stated = np.concatenate([p.score for p in past])
        happened = np.concatenate([p.happened for p in past])
        again.append(reliability.calibration_slope(stated, happened, times).slope)
    low, high = np.quantile(again, [0.05, 0.95])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.05)
    assert found.low < 1 < found.high  # they were true


# Parts, and what is undefined


def test_onset_skill_is_taken_among_calm_places_and_weighed_by_onsets() -> None:
    onset = [False, True, True, True, True]
    well = predicted([9, 4, 3, 2, 1], [0, 1, 1, 0, 0], onset=onset)  # two onsets, AUC 1
    badly = predicted([9, 4, 3, 2, 1], [0, 0, 0, 0, 1], 1, onset=onset)  # one onset, AUC 0
    none = predicted([9, 4, 3, 2, 1], [1, 0, 0, 0, 0], 2, onset=onset)  # no onset: not counted
    past = [well, badly, none]
    assert of("onset_auc", past, 2).value == pytest.approx(2 / 3)
    assert of("auc", past, 2, "onset").value == pytest.approx(2 / 3)
    assert len(by_cutoff("onset_auc", past, 2).value) == 2
    found = evaluate([none], 2, draws([none]), ["onset_auc"])
    assert found == {"onset_auc": NotApplicable("never_defined")}


def test_what_happened_in_a_part_is_held_against_the_whole_list() -> None:
    onset = [False, False, True, True]
    past = [predicted([4, 3, 2, 1], [5, 0, 1, 1], onset=onset)]
    assert of("capture", past, 3, "history").value == 1
    assert of("capture", past, 3, "onset").value == 0.5
    assert of("precision", past, 3, "history").value == 0.5


def test_no_figure_is_ever_missing_or_not_finite() -> None:
    past = [predicted([1.0, 1.0], [1, 1]), predicted([1.0, 2.0], [2, 1], 1)]
    for part in ("all", "history", "onset"):
        found = evaluate(past, 1, draws(past), MEASURES, part)  # type: ignore[arg-type]
        assert list(found) == list(MEASURES)
        for figure in found.values():
            if isinstance(figure, Estimate):
                assert np.isfinite([figure.value, figure.low, figure.high]).all()
            else:
                assert figure.why == "never_defined"
    assert set(evaluate_probabilities(past, draws(past)).values()) == {
        NotApplicable("no_probability")
    }


def test_a_failed_certainty_and_probabilities_all_the_same_are_told() -> None:
    failed = [predicted([1, 2], [1, 0], probability=np.array([0.0, 0.5]))]
    assert evaluate_probabilities(failed, draws(failed))["log_score"] == NotApplicable("certain")
    same = [predicted([1, 2], [1, 0], probability=np.array([0.5, 0.5]))]
    found = evaluate_probabilities(same, draws(same))
    assert found["calibration_slope"] == NotApplicable("no_slope")


def test_an_unknown_measure_is_an_error() -> None:
    past = [predicted([1, 2], [1, 0])]
    with pytest.raises(ValueError, match="'f1' is not a measure"):
        evaluate(past, 1, draws(past), ["f1"])


@given(pasts())
def test_ties_range_from_the_worst_to_the_best_order(case: tuple[Any, int]) -> None:
    past, k = case
    for measure in ("capture", "precision"):
        worst, best = tie_range(past, k, measure)
        assert worst <= of(measure, past, k).value + 1e-9 <= best + 2e-9


# Intervals


def known_and_guessed(
    cutoffs: int = 8, units: int = 150, seed: int = 0
) -> tuple[list[Prediction], list[Prediction]]:
    """Return predictions that know, and others that guess, of the same past."""
    random = np.random.default_rng(seed)
    knows, guesses = [], []
    for number in range(cutoffs):
        signal, noise = random.normal(size=(2, units))
        block = np.arange(units) % 10
        knows.append(predicted(signal, signal > 1, number, block=block))
        guesses.append(predicted(noise, signal > 1, number, block=block))
    return knows, guesses


def compared(
    ours: Sequence[Prediction], theirs: Sequence[Prediction], k: int, measure: str = "capture"
) -> Estimate:
    found = difference(measure, ours, theirs, k, draws(ours))
    assert isinstance(found, Estimate)
    return found


def test_a_candidate_does_not_differ_from_itself() -> None:
    knows, _ = known_and_guessed()
    for measure in MEASURES:
        assert compared(knows, knows, 15, measure) == Estimate(0, 0, 0)


def test_a_clearly_better_candidate_is_better_beyond_chance_and_the_worse_one_worse() -> None:
    knows, guesses = known_and_guessed()
    found = compared(knows, guesses, 15)
    assert 0.1 < found.low <= found.value <= found.high
    expected = [
        metrics.capture_at(ours.score, ours.count, 15)
        - metrics.capture_at(theirs.score, theirs.count, 15)
        for ours, theirs in zip(knows, guesses, strict=True)
    ]
    assert found.value == pytest.approx(np.mean(expected))
    worse = compared(guesses, knows, 15)
    assert worse.high < -0.1
    assert worse.value == pytest.approx(-found.value)


def test_a_gain_from_a_single_block_of_space_is_not_beyond_chance() -> None:
    """One kecamatan that one list happened to have on top says little about the next."""
    block = np.repeat(np.arange(10), 10)
    count = (np.arange(100) % 10 == 0).astype(int)  # one incident in every block
    lucky = [
        predicted(block == 3, 9 * count * (block == 3) + count, n, block=block) for n in range(8)
    ]
    theirs = [replace(one, score=(block == 4).astype(float)) for one in lucky]
    found = compared(lucky, theirs, 10)
    assert found.value > 0.4
    assert found.low <= 0 < found.high


def test_a_gain_at_a_single_cutoff_is_not_beyond_chance() -> None:
    random = np.random.default_rng(0)
    ours, theirs = [], []
    for number in range(8):
        count = (random.random(100) < 0.2).astype(int)
        block = np.arange(100) % 10
        guess = random.random(100)
        better = count + guess if number == 2 else guess
        ours.append(predicted(better, count, number, block=block))
        theirs.append(predicted(guess, count, number, block=block))
    found = compared(ours, theirs, 10)
    assert found.value > 0.02
    assert found.low <= 0


def test_the_interval_holds_what_more_of_the_same_past_would_show() -> None:
    """Nine times in ten: a long past of the same kind is the truth, short ones are measured."""
    long, _ = known_and_guessed(400, seed=99)
    blurred = [
        replace(p, score=p.score + np.random.default_rng(n).normal(size=len(p.score)))
        for n, p in enumerate(long)
    ]
    truth = by_cutoff("auc", blurred, 15).value.mean()
    held = 0
    for first in range(0, 400, 10):
        some = blurred[first : first + 10]
        found = of("auc", some, 15)
        held += found.low <= truth <= found.high
    assert 0.8 <= held / 40 <= 1


def test_with_one_block_only_cutoffs_are_drawn() -> None:
    past = [predicted([2, 1, 0], [1, 0, 0], block=[0, 0, 0])]
    assert of("capture", past, 1) == Estimate(1, 1, 1)
    assert standard_error("capture", past, 1, draws(past)) == 0


def test_a_standard_error_shrinks_with_more_cutoffs() -> None:
    _, few = known_and_guessed(4)
    _, many = known_and_guessed(40)
    small, large = (standard_error("auc", p, 15, draws(p)) for p in (many, few))
    assert 0 < small < large


def test_more_draws_than_fit_at_once_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    knows, _ = known_and_guessed()
    before = evaluate(knows, 15, draws(knows))
    chance = np.random.default_rng(1)
    stated = [replace(p, probability=chance.beta(1, 4, len(p.score))) for p in knows]
    told = evaluate_probabilities(stated, draws(stated))
    monkeypatch.setattr("models.evidence._AT_ONCE", 1000)
    assert evaluate(knows, 15, draws(knows)) == before
    again = evaluate_probabilities(stated, draws(stated))
    for name, figure in told.items():
        other = again[name]
        assert isinstance(figure, Estimate)
        assert isinstance(other, Estimate)
        assert (figure.low, figure.high) == pytest.approx((other.low, other.high))
