"""The candidates: reasons that add up, weights that are what they claim, the same bytes."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.additive import AdditiveScore, Candidate, TrainingSet, Transform
from models.decayed_count import DecayedCount
from models.ridge_logistic import RidgeLogistic
from models.scorecard import Scorecard, draw_index_weights, index_0_100

Array = NDArray[np.float64]
ROOT = Path(__file__).parents[2]
TRANSFORMS: dict[str, Transform] = {"past": "log1p", "near": "identity", "size": "identity"}


def learnt(n: int = 1200, windows: int = 6, blocks: int = 12, seed: int = 0) -> TrainingSet:
    """Rows in which `past` matters much, `near` little and `size` not at all."""
    random = np.random.default_rng(seed)
    past, near, size = random.gamma(1, 2, n), random.normal(5, 3, n), random.normal(0, 1, n)
    window = np.sort(np.arange(n) % windows)
    block = random.integers(0, blocks, n)
    log_odds = -2.5 + 1.2 * np.log1p(past) + 0.1 * (near - 5) + random.normal(0, 0.5, blocks)[block]
    return TrainingSet(
        features=pl.DataFrame({"past": past, "near": near, "size": size}),
        outcome=(happened := (random.random(n) < expit(log_odds)).astype(float)),
        count=happened * (1 + random.poisson(0.5, n)),
        cutoff_index=window,
        years_ago=(windows - window) / 2,
        block=block,
    )


def ridge(*penalties: float, half_life: float = 6.0) -> RidgeLogistic:
    return RidgeLogistic(TRANSFORMS, penalties or (3.0,), half_life)


def with_features(training: TrainingSet, **columns: object) -> TrainingSet:
    return replace(training, features=training.features.with_columns(**columns))


CANDIDATES: list[Candidate] = [
    ridge(3.0, 30.0),
    Scorecard({"past": 3.0, "near": 1.0, "size": -0.5}, TRANSFORMS),
]


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


@pytest.mark.parametrize("candidate", [*CANDIDATES, DecayedCount()], ids=lambda c: c.name)
def test_the_reasons_of_every_candidate_sum_to_its_score(candidate: Candidate) -> None:
    training = learnt()
    past = training.features["past"]
    training = with_features(training, clash_decayed=past, clash_per_year=past / 14)
    fitted = candidate.fit(training)
    parts = fitted.contributions(training.features)
    assert np.abs(sum(parts.values()) - fitted.score(training.features)).max() < 1e-9
    assert np.ptp(fitted.score(training.features)) > 0


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda c: c.name)
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


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda c: c.name)
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
    assert np.corrcoef(*scores)[0, 1] > 0.97


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda c: c.name)
def test_an_input_that_is_the_same_everywhere_or_hardly_known_is_dropped(
    candidate: Candidate,
) -> None:
    training = learnt()
    n = len(training.outcome)
    seldom = [float(row) if row < 0.1 * n else None for row in range(n)]
    fitted = candidate.fit(with_features(training, near=pl.lit(4.0), size=pl.Series(seldom)))
    assert fitted.names == ("past",)
    assert (fitted.scale > 0).all()


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda c: c.name)
def test_an_infinite_input_is_refused(candidate: Candidate) -> None:
    training = learnt()
    broken = training.features["near"].to_numpy().copy()
    broken[3] = np.inf
    with pytest.raises(ValueError, match="infinite"):
        candidate.fit(with_features(training, near=pl.Series(broken)))


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


# The scorecard and the index


def test_the_scorecard_keeps_the_weights_that_people_set() -> None:
    training = learnt()
    fitted = Scorecard({"past": 3.0, "near": -1.0}, TRANSFORMS).fit(training)
    past = np.log1p(training.features["past"].to_numpy())
    near = training.features["near"].to_numpy()
    by_hand = 3 * (past - past.min()) / past.std() - (near - near.min()) / near.std()
    assert fitted.score(training.features) == pytest.approx(by_hand)
    assert fitted.contributions(training.features)["past"].min() == pytest.approx(0)
    drawn = Scorecard({"past": 3.0}, TRANSFORMS).draw(fitted, training, 4, np.random.default_rng(0))
    assert drawn == [fitted]


WEIGHTS = {"water": 0.35, "access": 0.2, "roads": 0.1, "capital": 0.1, "seat": 0.1, "past": 0.15}


@given(st.sets(st.sampled_from(sorted(WEIGHTS)), min_size=1), st.integers(0, 2**32 - 1))
def test_an_index_runs_from_0_to_100(telling: set[str], seed: int) -> None:
    random = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            name: [0.0, 7.0, *random.uniform(0, 7, 5)] if name in telling else [1.0] * 7
            for name in WEIGHTS
        }
    )
    score, left_out = index_0_100(frame, WEIGHTS)
    index = score.score(frame)
    assert set(left_out) == set(WEIGHTS) - telling
    assert index[0] == 0
    assert index[1] == pytest.approx(100)
    assert ((index >= 0) & (index <= 100 + 1e-9)).all()


def test_an_index_weighs_its_inputs_as_set_over_those_in_use() -> None:
    frame = pl.DataFrame({"a": [0.0, 10.0, 5.0], "b": [2.0, 2.0, 4.0], "c": [1.0, 1.0, 1.0]})
    score, left_out = index_0_100(frame, {"a": 0.3, "b": 0.1, "c": 0.6})
    assert left_out == ["c"]
    assert score.score(frame) == pytest.approx([0.0, 75.0, 62.5])


def test_an_input_of_the_index_unknown_in_one_place_still_counts_in_the_others() -> None:
    frame = pl.DataFrame({"a": [0.0, 1.0, None, 0.5], "b": [0.0, 1.0, 0.0, 0.0]})
    score, left_out = index_0_100(frame, {"a": 1.0, "b": 1.0})
    assert left_out == []
    assert score.score(frame) == pytest.approx([0.0, 100.0, 0.0, 25.0])


@pytest.mark.parametrize("weight", [1.0, 0.0])
def test_an_index_that_tells_nothing_apart_is_refused(weight: float) -> None:
    frame = pl.DataFrame({"a": [1.0, 1.0] if weight else [0.0, 1.0]})
    with pytest.raises(ValueError, match="no input"):
        index_0_100(frame, {"a": weight})


def test_drawn_index_weights_lie_around_those_set_by_hand_and_sum_to_100() -> None:
    frame = pl.DataFrame({"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [0.0, 1.0]})
    score, _ = index_0_100(frame, {"a": 0.6, "b": 0.3, "c": 0.1})
    loose, tight = (
        np.array(
            [
                drawn.weights
                for drawn in draw_index_weights(score, held, 4000, np.random.default_rng(0))
            ]
        )
        for held in (50, 5000)
    )
    assert loose.sum(axis=1) == pytest.approx(100)
    assert loose.mean(axis=0) == pytest.approx([60, 30, 10], abs=0.5)
    assert loose[:, 0].std() > 5 * tight[:, 0].std() > 0


# The ridge logistic


def recency(training: TrainingSet, half_life: float) -> Array:
    return np.asarray(0.5 ** (training.years_ago / half_life))


def standardised(training: TrainingSet, weight: Array) -> Array:
    columns = training.features.with_columns(pl.col("past").log1p()).select("past", "near", "size")
    return np.asarray(StandardScaler().fit_transform(columns.to_numpy(), sample_weight=weight))


@pytest.mark.parametrize("penalty", [0.01, 1.0, 10.0])
def test_the_ridge_is_that_of_scikit_learn_with_recent_windows_weighing_more(
    penalty: float,
) -> None:
    training = learnt()
    fitted = ridge(penalty, half_life=2.0).fit(training)
    weight = recency(training, 2.0)
    share = np.average(training.outcome, weights=weight)
    matrix = standardised(training, weight)
    reference = LogisticRegression(
        C=1 / (penalty * weight.sum() * share * (1 - share)), tol=1e-10, max_iter=10_000
    ).fit(matrix, training.outcome, sample_weight=weight)
    assert fitted.names == ("past", "near", "size")
    assert fitted.weights == pytest.approx(reference.coef_[0], abs=1e-4)
    assert fitted.intercept == pytest.approx(reference.intercept_[0], abs=1e-4)
    assert fitted.score(training.features) == pytest.approx(
        reference.decision_function(matrix), abs=1e-3
    )


def test_a_penalty_of_one_halves_a_small_weight_however_rare_the_outcome() -> None:
    random = np.random.default_rng(4)
    n = 60_000
    past = random.normal(size=n)
    for level in (-1.0, -4.0):
        happened = (random.random(n) < expit(level + 0.3 * past)).astype(float)
        training = TrainingSet(
            features=pl.DataFrame({"past": past}),
            outcome=happened,
            count=happened,
            cutoff_index=np.zeros(n, dtype=np.int64),
            years_ago=np.ones(n),
            block=np.arange(n) % 9,
        )
        free, halved = (
            RidgeLogistic({"past": "identity"}, (penalty,), 6.0).fit(training).weights[0]
            for penalty in (1e-6, 1.0)
        )
        assert halved / free == pytest.approx(0.5, abs=0.03)


def test_one_kind_of_outcome_teaches_the_ridge_nothing() -> None:
    training = learnt()
    with pytest.raises(ValueError, match="one kind of outcome"):
        ridge().fit(replace(training, outcome=np.zeros(len(training.outcome))))


def turning(*weights: float, seed: int = 3) -> TrainingSet:
    """Rows in which `past` has a weight of its own in each window, the oldest first."""
    random = np.random.default_rng(seed)
    n = 300 * len(weights)
    window = np.sort(np.arange(n) % len(weights))
    past = random.normal(0, 1, n)
    outcome = (random.random(n) < expit(-1 + np.array(weights)[window] * past)).astype(float)
    return TrainingSet(
        features=pl.DataFrame({"past": past}),
        outcome=outcome,
        count=outcome,
        cutoff_index=window,
        years_ago=np.zeros(n),
        block=np.arange(n) % 9,
    )


def penalty_chosen(training: TrainingSet) -> float:
    """Return the penalty whose own fit the fit with a choice equals."""
    candidate = RidgeLogistic({"past": "identity"}, (0.01, 3000.0), 6.0)
    chosen = candidate.fit(training).weights[0]
    own = {
        p: RidgeLogistic({"past": "identity"}, (p,), 6.0).fit(training).weights[0]
        for p in (0.01, 3000.0)
    }
    (match,) = [penalty for penalty, weight in own.items() if weight == chosen]
    return match


@pytest.mark.parametrize(
    ("weights", "penalty"),
    [
        ([2, 2, 2, 2, 2, 2], 0.01),  # what held goes on holding: trust it
        ([2, 2, 2, 2, -2, -2], 3000.0),  # it turned round: the older windows mislead
        ([0, 0, 2, 2, 2, 2], 0.01),  # long ago it was otherwise: the newest windows decide
        ([-0.3, -0.3, -0.3, -0.3, 2.5, 2.5], 3000.0),  # the newest judge, but do not teach
    ],
)
def test_the_penalty_is_judged_on_windows_newer_than_those_it_learned_from(
    weights: list[float], penalty: float
) -> None:
    assert penalty_chosen(turning(*weights)) == penalty


def test_where_no_penalty_can_be_judged_the_one_that_claims_least_is_taken() -> None:
    training = turning(*[2.0] * 6)
    one_window = replace(training, cutoff_index=np.zeros(len(training.outcome), dtype=np.int64))
    assert penalty_chosen(one_window) == 3000.0


def coefficients(scores: Sequence[AdditiveScore]) -> Array:
    """Return (draws, m + 1) weights, the intercept last."""
    return np.array([[*score.weights, score.intercept] for score in scores])


@pytest.mark.parametrize("penalty", [0.02, 1.0])
def test_drawn_weights_spread_as_refits_on_reweighted_blocks_do(penalty: float) -> None:
    training = learnt(n=2000, blocks=60, seed=5)
    candidate = ridge(penalty, half_life=4.0)
    fitted = candidate.fit(training)
    drawn = coefficients(candidate.draw(fitted, training, 4000, np.random.default_rng(1)))

    random = np.random.default_rng(2)
    weight = recency(training, 4.0)
    matrix = standardised(training, weight)
    prevalence = np.average(training.outcome, weights=weight)
    strength = penalty * weight.sum() * prevalence * (1 - prevalence)
    refits = []
    for _ in range(400):
        share = random.exponential(size=60)
        share /= share.mean()
        model = LogisticRegression(C=1 / strength, solver="newton-cholesky")
        model.fit(matrix, training.outcome, sample_weight=weight * share[training.block])
        refits.append([*model.coef_[0], model.intercept_[0]])

    center = np.array([*fitted.weights, fitted.intercept])
    spread = np.std(refits, axis=0)
    assert drawn.mean(axis=0) == pytest.approx(center, abs=0.2 * spread.max())
    assert drawn.std(axis=0) == pytest.approx(spread, rel=0.2)
    assert np.corrcoef(drawn.T) == pytest.approx(np.corrcoef(np.array(refits).T), abs=0.2)


def test_where_rows_of_a_block_are_alike_the_weights_are_less_sure() -> None:
    """Ten copies of a place are not ten places: a block counts once."""
    training = learnt(n=1200, blocks=1200)
    alone = replace(training, block=np.arange(1200))
    tenfold = TrainingSet(
        features=pl.concat([training.features] * 10),
        outcome=np.tile(training.outcome, 10),
        count=np.tile(training.count, 10),
        cutoff_index=np.tile(training.cutoff_index, 10),
        years_ago=np.tile(training.years_ago, 10),
        block=np.tile(np.arange(1200), 10),
    )
    spreads = []
    for rows in (alone, tenfold):
        candidate = ridge(0.01)
        drawn = candidate.draw(candidate.fit(rows), rows, 2000, np.random.default_rng(0))
        spreads.append(coefficients(drawn).std(axis=0))
    assert spreads[1] == pytest.approx(spreads[0], rel=0.05)


# The same bytes

FIT_AND_DRAW = """
import hashlib, json
import numpy as np, polars as pl
from models.additive import TrainingSet
from models.calibration import calibrate
from models.ranking import draw_scores
from models.ridge_logistic import RidgeLogistic

def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()

random = np.random.default_rng(0)
n, m = 7001, 17
values = random.gamma(0.5, size=(n, m))
frame = pl.DataFrame({f"x{i}": values[:, i] for i in range(m)})
outcome = random.random(n) < 1 / (1 + np.exp(3 - values[:, 0]))
training = TrainingSet(
    frame, outcome.astype(float), outcome.astype(float), np.sort(random.integers(0, 9, n)),
    np.linspace(5, 0, n), random.integers(0, 40, n),
)
ridge = RidgeLogistic(dict.fromkeys(frame.columns, "log1p"), [3.0, 30.0], 6.0)
fitted = ridge.fit(training)
scorers = ridge.draw(fitted, training, 50, np.random.default_rng(1))
now, own = frame.head(260), frozenset({"x0", "x1"})
drawn = draw_scores(scorers, 50, now, own, now["x0"].to_numpy(), np.random.default_rng(2))
curves = []
for size in range(11162, 40000, 1777):
    random = np.random.default_rng(0)
    curve = calibrate(random.normal(size=size), random.random(size) < 0.2, "log_odds")
    curves.append([curve.slope, curve.intercept])
print(json.dumps({
    "fit": digest(np.append(fitted.weights, fitted.intercept)),
    "weights": digest([scorer.weights for scorer in scorers]),
    "scores": digest(drawn),
    "calibration": digest(curves),
}))
"""


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


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda c: c.name)
def test_learning_and_drawing_twice_gives_the_same_bytes(candidate: Candidate) -> None:
    def digest() -> str:
        training = learnt()
        fitted = candidate.fit(training)
        drawn = candidate.draw(fitted, training, 30, np.random.default_rng(4))
        scores = np.array([scorer.score(training.features) for scorer in [fitted, *drawn]])
        return hashlib.sha256(scores.tobytes()).hexdigest()

    assert digest() == digest()
