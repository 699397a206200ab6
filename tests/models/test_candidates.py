"""The candidates, all of them: reasons that add up, no unit favoured, the same bytes."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.additive import AdditiveScore, Candidate, TrainingSet, Transform
from models.averaged import Averaged
from models.boosted_steps import BoostedSteps
from models.count_regression import CountRegression
from models.decayed_count import DecayedCount
from models.effort_rate import EffortRate
from models.explainable_boosting import ExplainableBoosting
from models.kernel_density import KernelDensity
from models.last_value import LastValue
from models.log_count import LogCount
from models.mean_rate import MeanRate
from models.ridge_logistic import RidgeLogistic
from models.scorecard import Scorecard
from models.shrunk_rate import ShrunkRate
from tests.models.learning import TRANSFORMS, learnt, region, with_features

ROOT = Path(__file__).parents[2]
HISTORY: dict[str, Transform] = {
    "clash_decayed": "log1p",
    "clash_decayed_long": "log1p",
    "clash_per_year": "log1p",
    "district_clash_decayed": "log1p",
    "size": "identity",
}
RISING = dict.fromkeys(["clash_decayed", "clash_decayed_long", "clash_per_year"], 1)
UNLEARNED: list[Candidate] = [
    DecayedCount(),
    LastValue(),
    MeanRate(),
    LogCount(),
    Scorecard({"clash_decayed": 3.0, "district_clash_decayed": 1.0}, HISTORY),
]
SIMPLE: list[Candidate] = [
    RidgeLogistic(HISTORY, (0.3, 3.0), 3.0),
    CountRegression(HISTORY, (0.3, 3.0), 3.0),
    BoostedSteps(list(HISTORY), RISING, 3.0),
]
LEARNED: list[Candidate] = [
    ShrunkRate(),
    KernelDensity({"clash_decayed": ["near_clash_decayed"], "clash_decayed_long": []}),
    *SIMPLE,
    ExplainableBoosting(list(HISTORY), RISING, 3.0),
    Averaged([*SIMPLE, LogCount()], 1.0),
]
EVERY = [*UNLEARNED, *LEARNED]
OF_ANY_INPUT: list[Candidate] = [
    Scorecard({"past": 3.0, "near": 1.0, "size": -0.5}, TRANSFORMS),
    RidgeLogistic(TRANSFORMS, (0.3, 3.0), 6.0),
    CountRegression(TRANSFORMS, (0.3, 3.0), 6.0),
    BoostedSteps(list(TRANSFORMS), {"past": 1}, 6.0),
    ExplainableBoosting(list(TRANSFORMS), {"past": 1}, 6.0),
    Averaged([RidgeLogistic(TRANSFORMS, (1.0,), 6.0), CountRegression(TRANSFORMS, (1.0,), 6.0)], 1),
]


def by_name(candidate: Candidate) -> str:
    return candidate.name


# Reasons


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["identity", "log1p"]),
            st.floats(-10, 10),
            st.floats(0.01, 100),
            st.floats(-50, 50),
        ),
        max_size=6,
    ),
    st.floats(-10, 10),
    st.integers(0, 2**32 - 1),
)
def test_contributions_sum_to_the_score_and_the_score_is_its_formula(
    inputs: list[tuple[Transform, float, float, float]], intercept: float, seed: int
) -> None:
    n = 7
    values = np.random.default_rng(seed).gamma(0.5, 20, (n, len(inputs)))
    fitted = AdditiveScore(
        names=tuple(f"x{i}" for i in range(len(inputs))),
        transforms=tuple(transform for transform, *_ in inputs),
        center=np.array([center for _, center, _, _ in inputs]),
        scale=np.array([scale for *_, scale, _ in inputs]),
        weights=np.array([weight for *_, weight in inputs]),
        intercept=intercept,
    )
    frame = pl.DataFrame({"row": np.arange(n)} | {f"x{i}": v for i, v in enumerate(values.T)})
    expected = np.full(n, intercept)
    for (transform, center, scale, weight), column in zip(inputs, values.T, strict=True):
        seen = np.log(1 + column) if transform == "log1p" else column
        expected += weight * (seen - center) / scale
    parts = fitted.contributions(frame)
    assert set(parts) == {"intercept", *fitted.names}
    assert np.abs(sum(parts.values()) - fitted.score(frame)).max() < 1e-9
    assert fitted.score(frame) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("candidate", EVERY, ids=by_name)
def test_the_reasons_of_every_candidate_sum_to_its_score(candidate: Candidate) -> None:
    training = region()
    fitted = candidate.fit(training)
    for score in [fitted, *candidate.draw(fitted, training, 3, np.random.default_rng(0))]:
        for rows in (training.features, region(seed=5, level=3.0).features):
            parts = score.contributions(rows)
            assert np.abs(sum(parts.values()) - score.score(rows)).max() < 1e-9
            assert set(parts) <= {"intercept", *score.names}
            assert np.ptp(score.score(rows)) > 0


@pytest.mark.parametrize("candidate", EVERY, ids=by_name)
def test_scores_follow_the_units_and_not_their_rows_and_units_alike_tie(
    candidate: Candidate,
) -> None:
    fitted = candidate.fit(region())
    now = region(units=168, seed=3).features.head(167)
    order = np.random.default_rng(1).permutation(now.height)
    score = fitted.score(now)
    assert fitted.score(now[order.tolist()]).tobytes() == score[order].tobytes()
    assert fitted.score(pl.concat([now, now])).tobytes() == np.tile(score, 2).tobytes()
    for row in (0, 100):
        assert fitted.score(now[[row]])[0] == score[row]


@pytest.mark.parametrize("candidate", EVERY, ids=by_name)
def test_every_candidate_finds_where_it_happens(candidate: Candidate) -> None:
    """A sign turned round would show: units with a past go before those without."""
    training = region(units=480, windows=10, level=0.5)
    is_last = training.cutoff_index == 9
    fitted = candidate.fit(training.where(~is_last))
    last = training.where(is_last)
    score, happened = fitted.score(last.features), last.outcome > 0
    above = score[happened][:, None] - score[~happened][None, :]
    assert ((above > 0) + 0.5 * (above == 0)).mean() > 0.6


@pytest.mark.parametrize("candidate", OF_ANY_INPUT, ids=lambda c: c.name)
@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_what_is_unknown_everywhere_at_a_cutoff_adds_nothing(
    candidate: Candidate, unknown: float | None
) -> None:
    training = learnt()
    fitted = candidate.fit(training)
    now = training.features.head(50)
    blind = now.with_columns(near=pl.lit(unknown, dtype=pl.Float64))
    parts = fitted.contributions(blind)
    assert (parts["near"] == 0).all()
    for name in ("past", "size"):
        assert (parts[name] == fitted.contributions(now)[name]).all()
    assert np.isfinite(fitted.score(blind)).all()


@pytest.mark.parametrize("candidate", OF_ANY_INPUT, ids=lambda c: c.name)
def test_windows_in_which_an_input_was_unknown_still_teach_the_others(
    candidate: Candidate,
) -> None:
    """An election's turnout is unknown before the first election on record."""
    training = learnt()
    early = pl.Series(training.cutoff_index) < 2
    part = with_features(training, near=pl.when(early).then(None).otherwise(pl.col("near")))
    fitted = candidate.fit(part)
    assert set(fitted.names) == {"past", "near", "size"}
    late = training.features.filter(~early)
    scores = fitted.score(late), candidate.fit(training).score(late)
    assert np.corrcoef(*scores)[0, 1] > 0.95


@pytest.mark.parametrize("candidate", OF_ANY_INPUT, ids=lambda c: c.name)
def test_an_input_that_is_the_same_everywhere_or_hardly_known_is_dropped(
    candidate: Candidate,
) -> None:
    training = learnt()
    n = len(training.outcome)
    seldom = [float(row) if row < 0.1 * n else None for row in range(n)]
    fitted = candidate.fit(with_features(training, near=pl.lit(4.0), size=pl.Series(seldom)))
    assert fitted.names == ("past",)


@pytest.mark.parametrize("candidate", OF_ANY_INPUT, ids=lambda c: c.name)
def test_an_infinite_input_is_refused(candidate: Candidate) -> None:
    training = learnt()
    broken = training.features["near"].to_numpy().copy()
    broken[3] = np.inf
    with pytest.raises(ValueError, match="infinite"):
        candidate.fit(with_features(training, near=pl.Series(broken)))


# What there is too little of


@pytest.mark.parametrize("candidate", EVERY, ids=by_name)
def test_where_nobody_has_a_past_nobody_is_told_apart(candidate: Candidate) -> None:
    training = region()
    nothing = with_features(
        training, **{name: pl.lit(0.0) for name in training.features.columns if "_" in name}
    )
    nothing = with_features(nothing, size=pl.lit(1.0), is_onset_candidate=pl.lit(True))
    fitted = candidate.fit(nothing)
    score = fitted.score(nothing.features)
    assert np.isfinite(score).all()
    assert np.ptp(score) == 0
    for drawn in candidate.draw(fitted, nothing, 3, np.random.default_rng(0)):
        assert np.ptp(drawn.score(nothing.features)) == 0


@pytest.mark.parametrize("candidate", LEARNED, ids=by_name)
def test_without_any_outcome_there_is_nothing_to_learn(candidate: Candidate) -> None:
    training = region()
    nothing = np.zeros(len(training.outcome))
    with pytest.raises(ValueError, match="outcome"):
        candidate.fit(replace(training, outcome=nothing, count=nothing))
    assert candidate.least_outcomes > 0


@pytest.mark.parametrize("candidate", EVERY, ids=by_name)
def test_in_a_single_block_and_window_a_score_is_learned_and_drawn_from(
    candidate: Candidate,
) -> None:
    training = region(units=120, windows=1, blocks=1, level=0.5)
    fitted = candidate.fit(training)
    drawn = candidate.draw(fitted, training, 4, np.random.default_rng(0))
    for score in [fitted, *drawn]:
        assert np.isfinite(score.score(training.features)).all()


def test_candidates_go_from_simple_to_involved_and_none_twice() -> None:
    compared = [*(candidate for candidate in EVERY if candidate.name != "log_count"), EffortRate()]
    places = {candidate.name: candidate.complexity for candidate in compared}
    assert sorted(places.values()) == list(range(12))
    assert min(places, key=lambda name: places[name]) == "decayed_count"
    assert max(places, key=lambda name: places[name]) == "averaged"
    needed = [
        candidate.least_outcomes for candidate in sorted(compared, key=lambda c: c.complexity)
    ]
    assert needed == sorted(needed)


# Draws


@pytest.mark.parametrize("candidate", UNLEARNED, ids=by_name)
def test_what_learns_nothing_has_no_other_score(candidate: Candidate) -> None:
    training = region()
    fitted = candidate.fit(training)
    assert candidate.draw(fitted, training, 5, np.random.default_rng(0)) == [fitted]


@pytest.mark.parametrize(
    "candidate", [c for c in LEARNED if c.name != "kernel_density"], ids=by_name
)
def test_drawn_scores_lie_around_the_fit_and_closer_with_more_places(
    candidate: Candidate,
) -> None:
    now = region(seed=9).features
    spreads = []
    for blocks in (15, 240):
        training = region(units=10 * blocks, windows=4, blocks=blocks, level=0.4)
        fitted = candidate.fit(training)
        drawn = candidate.draw(fitted, training, 40, np.random.default_rng(0))
        assert 1 < len(drawn) <= 40
        scores = np.array([score.score(now) for score in drawn])
        spreads.append(scores.std(axis=0).mean())
        middle = scores.mean(axis=0)
        assert np.corrcoef(middle, fitted.score(now))[0, 1] > 0.9
        assert np.abs(middle - fitted.score(now)).mean() < 1.5 * spreads[-1]
    assert 0 < 1.5 * spreads[1] < spreads[0]


# The same bytes

FIT_AND_DRAW = """
import hashlib, json
import numpy as np, polars as pl
from models.additive import TrainingSet
from models.calibration import Calibration, calibrate
from models.ranking import draw_scores
from tests.models.test_candidates import big, candidates_of_many

def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()

training, found = big(), {}
now = training.features.head(260)
for candidate in candidates_of_many():
    fitted = candidate.fit(training)
    scorers = candidate.draw(fitted, training, 3, np.random.default_rng(1))
    random = np.random.default_rng(2)
    curve = Calibration(candidate.scale, 0.5, 1.0, 0.0)
    drawn = draw_scores(scorers, 12, now, np.full(260, 0.5), curve, random)
    found[candidate.name] = [
        digest(values)
        for values in (
            fitted.score(training.features),
            [scorer.score(now) for scorer in scorers],
            drawn,
        )
    ]
curves = []
for size in range(11162, 40000, 1777):
    random = np.random.default_rng(0)
    curve = calibrate(random.normal(size=size), random.random(size) < 0.2, "log_odds")
    curves.append([curve.slope, curve.intercept])
print(json.dumps({"calibration": digest(curves), **found}))
"""


def big() -> TrainingSet:
    """Return so many rows that libraries would share the work among cores."""
    random = np.random.default_rng(0)
    n, m = 12_011, 17
    values = random.gamma(0.5, size=(n, m))
    count = random.poisson(np.exp(np.log1p(values[:, 0]) - 2.5)).astype(float)
    return TrainingSet(
        features=pl.DataFrame({f"x{i}": values[:, i] for i in range(m)}),
        outcome=(count > 0).astype(float),
        count=count,
        cutoff_index=np.sort(random.integers(0, 9, n)),
        years_ago=np.linspace(5, 0.5, n),
        block=random.integers(0, 40, n),
    )


def candidates_of_many() -> list[Candidate]:
    """Return all that is learned, on the columns of `big`."""
    inputs: dict[str, Transform] = {f"x{i}": "log1p" for i in range(17)}
    members: list[Candidate] = [
        RidgeLogistic(inputs, (0.3, 3.0), 3.0),
        CountRegression(inputs, (0.3, 3.0), 3.0),
        BoostedSteps(list(inputs), {"x0": 1}, 3.0),
    ]
    return [
        ShrunkRate("x0", "x1"),
        KernelDensity({"x0": ["x1", "x2"], "x3": ["x4"]}),
        *members,
        ExplainableBoosting(list(inputs)[:4], {"x0": 1}, 3.0),
        Averaged([*members, LogCount("x0")], 1.0),
    ]


def fit_and_draw(threads: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", FIT_AND_DRAW],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "OPENBLAS_NUM_THREADS": str(threads),
            "PYTHONPATH": str(ROOT),
        },
    )


def test_the_number_of_threads_changes_no_byte() -> None:
    with fit_and_draw(1) as one, fit_and_draw(2) as two:
        first, second = (json.loads(process.communicate()[0]) for process in (one, two))
    assert first == second
    assert set(first) == {"calibration"} | {c.name for c in LEARNED}


@pytest.mark.parametrize("candidate", EVERY, ids=by_name)
def test_learning_and_drawing_twice_gives_the_same_bytes(candidate: Candidate) -> None:
    def digest() -> str:
        training = region()
        fitted = candidate.fit(training)
        drawn = candidate.draw(fitted, training, 30, np.random.default_rng(4))
        scores = np.array([scorer.score(training.features) for scorer in [fitted, *drawn]])
        return hashlib.sha256(scores.tobytes()).hexdigest()

    assert digest() == digest()


def test_the_explainable_boosting_machine_is_not_imported_until_it_is_needed() -> None:
    code = "import sys, models.explainable_boosting; sys.exit('interpret' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


# The decayed count


def test_the_decayed_count_goes_first_and_the_all_time_mean_only_breaks_ties() -> None:
    frame = pl.DataFrame(
        {
            # One incident fourteen years ago is worth 2 ** -14 and must still outweigh any mean.
            "clash_decayed": [1.0, 2.0**-14, 0.5, 0.5, 0.0, 0.0, 1.0],
            "clash_per_year": [0.1, 0.1, 0.3, 2.0, 5.0, 0.0, 0.1],
        }
    )
    fitted = DecayedCount().fit(learnt(60))
    score = fitted.score(frame)
    assert np.argsort(-score, kind="stable").tolist() == [0, 6, 3, 2, 1, 4, 5]
    assert score[0] == score[6]
    assert score == pytest.approx(frame["clash_decayed"].to_numpy(), abs=1e-5)


def test_the_decayed_count_learns_nothing() -> None:
    one, other = DecayedCount().fit(learnt(seed=1)), DecayedCount().fit(learnt(seed=2))
    drawn = DecayedCount().draw(one, learnt(), 5, np.random.default_rng(0))
    assert one.weights.tolist() == other.weights.tolist()
    assert drawn == [one]
