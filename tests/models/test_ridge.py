"""Ridge regressions: those of the textbooks, with a penalty judged in time and honest draws."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.preprocessing import StandardScaler

from models.additive import AdditiveScore, SplitScore, TrainingSet
from models.count_regression import CountRegression
from models.design import Calm, by_time
from models.likelihood import NegativeBinomial
from models.ridge import fit_ridge
from models.ridge_logistic import RidgeLogistic
from tests.models.learning import TRANSFORMS, coefficients, learnt, region, with_features

Array = NDArray[np.float64]


def ridge(*penalties: float, half_life: float = 6.0) -> RidgeLogistic:
    return RidgeLogistic(TRANSFORMS, penalties or (3.0,), half_life)


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


# Counts


def test_counts_are_learned_by_the_negative_binomial_of_the_textbook() -> None:
    training = region(level=0.6)
    names = ["clash_decayed_long", "size"]
    fitted = CountRegression(dict.fromkeys(names, "identity"), (1e-6,), 3.0).fit(training)
    assert isinstance(fitted, AdditiveScore)
    inputs = training.features.select(names).to_numpy()
    weight, count = recency(training, 3.0), training.count

    def misfit(at: Array) -> float:
        mean = np.exp(at[0] + inputs @ at[1:])
        # Dispersion 1: one "failure" before the count is reached (Cameron and Trivedi 2013).
        chance = count * np.log(mean / (1 + mean)) - np.log1p(mean)
        return float(-weight @ chance)

    found = minimize(misfit, np.array([-1.0, 0.0, 0.0]), tol=1e-10, method="Nelder-Mead").x
    assert fitted.weights / fitted.scale == pytest.approx(found[1:], abs=1e-3)


def test_without_dispersion_counts_are_poissons() -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(4000, 2))
    count = random.poisson(np.exp(-1 + matrix @ [0.7, -0.3])).astype(float)
    found = fit_ridge(matrix, count, np.ones(4000), 1e-9, NegativeBinomial(0.0))
    model = PoissonRegressor(alpha=0, tol=1e-10).fit(matrix, count)
    assert found == pytest.approx([*model.coef_, model.intercept_], abs=1e-5)


def test_one_terrible_window_does_not_decide_the_weights_of_counts() -> None:
    training = region(level=0.4)
    worst = training.count.copy()
    worst[int(np.argmin(training.features["clash_decayed_long"].to_numpy()))] = 500.0
    inputs = dict.fromkeys(["clash_decayed", "clash_decayed_long"], "log1p")
    plain, shaken = (
        CountRegression(inputs, (1.0,), 3.0).fit(rows).score(training.features)
        for rows in (training, replace(training, count=worst))
    )
    assert np.corrcoef(plain, shaken)[0, 1] > 0.95


# Time


def test_older_windows_are_over_before_the_newest_begin() -> None:
    """Windows of half a year, begun every month: six lie between."""
    months = np.arange(36)
    rows = 5
    age = np.repeat((41 - months) / 12, rows)  # the youngest began six months ago
    training = TrainingSet(
        features=pl.DataFrame({"x": np.zeros(36 * rows)}),
        outcome=np.tile([0.0, 1.0, 0.0, 1.0, 1.0], 36),
        count=np.tile([0.0, 1.0, 0.0, 1.0, 1.0], 36),
        cutoff_index=np.repeat(months, rows),
        years_ago=age,
        block=np.zeros(36 * rows, dtype=np.int64),
    )
    periods = by_time(training)
    assert periods is not None
    older, newest = periods
    assert np.unique(training.cutoff_index[newest]).tolist() == list(range(24, 36))
    assert np.unique(training.cutoff_index[older]).tolist() == list(range(19))


def test_without_both_kinds_of_outcome_in_both_periods_nothing_can_be_judged() -> None:
    training = region()
    for calm in (training.cutoff_index < 6, training.cutoff_index >= 5):
        quiet = np.where(calm, 0.0, training.outcome)
        assert by_time(replace(training, outcome=quiet)) is None
    assert by_time(training) is not None


def test_the_newest_outcomes_do_not_change_what_is_learned_before_them() -> None:
    """Weights learned from the older windows are the same, whatever follows."""
    training = region()
    older, newest = by_time(training) or pytest.fail("there are both periods")
    weight = recency(training, 3.0) * older
    matrix = training.features.select("clash_decayed", "size").to_numpy()
    other = np.where(newest, 1 - training.outcome, training.outcome)
    one, two = (
        fit_ridge(matrix, outcome, weight, 1.0, RidgeLogistic.likelihood)
        for outcome in (training.outcome, other)
    )
    assert one.tobytes() == two.tobytes()


def test_draws_use_the_penalty_that_the_fit_chose() -> None:
    training = turning(2, 2, 2, 2, -2, -2)
    inputs = {"past": "identity"}
    chosen = RidgeLogistic(inputs, (0.01, 3.0, 3000.0), 6.0)
    fixed = RidgeLogistic(inputs, (3000.0,), 6.0)
    drawn = [
        coefficients(c.draw(c.fit(training), training, 20, np.random.default_rng(0)))
        for c in (chosen, fixed)
    ]
    assert drawn[0].tobytes() == drawn[1].tobytes()


# Calm units


def test_an_input_may_weigh_otherwise_where_it_was_calm() -> None:
    random = np.random.default_rng(0)
    n = 20_000
    calm = np.arange(n) % 2 == 0
    near, size = random.normal(size=n), random.normal(size=n)
    log_odds = np.where(calm, -2 + 1.5 * near, 0.5 - 0.5 * near) + 0.4 * size
    happened = (random.random(n) < expit(log_odds)).astype(float)
    training = TrainingSet(
        features=pl.DataFrame({"near": near, "size": size, "is_calm": calm}),
        outcome=happened,
        count=happened,
        cutoff_index=np.zeros(n, dtype=np.int64),
        years_ago=np.ones(n),
        block=np.arange(n) % 40,
    )
    candidate = RidgeLogistic(
        dict.fromkeys(["near", "size"], "identity"), (1e-4,), 6.0, Calm("is_calm", ("near",))
    )
    fitted = candidate.fit(training)
    assert isinstance(fitted, SplitScore)
    assert fitted.within.weights == pytest.approx([1.5, 0.4], abs=0.08)
    assert fitted.otherwise.weights == pytest.approx([-0.5, 0.4], abs=0.08)
    parts = fitted.contributions(training.features)
    assert set(parts) == {"intercept", "near", "size", "is_calm"}
    assert np.ptp(parts["intercept"]) == 0
    assert (parts["is_calm"][~calm] == 0).all()
    assert parts["is_calm"][calm] == pytest.approx(-2.5, abs=0.15)
    assert np.abs(sum(parts.values()) - fitted.score(training.features)).max() < 1e-9
    drawn = candidate.draw(fitted, training, 200, np.random.default_rng(0))
    scores = np.array([score.score(training.features.head(50)) for score in drawn])
    assert scores.mean(axis=0) == pytest.approx(fitted.score(training.features.head(50)), abs=0.1)
    assert scores.std(axis=0).min() > 0.01


def test_where_no_unit_is_calm_the_score_is_plain() -> None:
    training = with_features(region(), is_onset_candidate=pl.lit(False))
    inputs = dict.fromkeys(["clash_decayed", "size"], "identity")
    calm = Calm("is_onset_candidate", ("size",))
    one = RidgeLogistic(inputs, (1.0,), 6.0, calm).fit(training)
    assert one.score(training.features).tobytes() == (
        RidgeLogistic(inputs, (1.0,), 6.0).fit(training).score(training.features).tobytes()
    )


@pytest.mark.parametrize("penalties", [(), (0.0, 1.0)])
def test_a_ridge_without_a_penalty_is_refused(penalties: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="penalties above zero"):
        RidgeLogistic({"past": "identity"}, penalties, 6.0)
