"""Reporting effort: half the places report a third, and the order of risk is found all the same."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from models.effort import (
    Told,
    effort_and_risk,
    expected_counts,
    like_neighbours,
    reporting_effort,
)
from models.neighbourhood import NearUnits, SameBlock

NOBODY = SameBlock(np.arange(1))


def nothing(n: int) -> Told:
    return Told(*(np.zeros(n) for _ in range(4)))


def even(told: Told) -> tuple[float, float]:
    effort, risk = effort_and_risk(told, nothing(len(told.outcomes)))
    return float(effort[0]), float(risk[0])


def one(outcomes: float, others: float, expected: float = 1.0) -> Told:
    return Told(*(np.array([x]) for x in (outcomes, others, expected, 3 * expected)))


def uneven(n: int = 900, seed: int = 0) -> tuple[Told, NearUnits, np.ndarray, np.ndarray]:
    """Villages of which half, by stretch of land, report a third of what happens."""
    random = np.random.default_rng(seed)
    lat, lon = random.uniform(0, 0.8, n), random.uniform(0, 0.8, n)
    stretch = (lat // 0.1) * 8 + lon // 0.1
    rate = np.where(random.random(64) < 0.5, 1 / 3, 1.0)[stretch.astype(int)]
    risk = 0.8 * random.normal(size=64)[stretch.astype(int)] + 1.0 * random.normal(size=n)
    outcomes = random.poisson(0.8 * rate * np.exp(risk - 0.8)).astype(float)
    others = random.poisson(2.5 * rate * np.exp(0.4 * risk)).astype(float)
    told = Told(outcomes, others, np.full(n, outcomes.mean()), np.full(n, others.mean()))
    return told, NearUnits.of_places(lat, lon), rate, risk


def test_where_half_report_a_third_the_rate_beats_the_count() -> None:
    gains = []
    for seed in range(6):
        told, near, rate, risk = uneven(seed=seed)
        found = reporting_effort(told, near)
        assert np.corrcoef(found.log_effort, np.log(rate))[0, 1] > 0.5
        counted = spearmanr(told.outcomes, risk).statistic
        gains.append(spearmanr(found.log_rate, risk).statistic - counted)
        assert found.log_effort.mean() == pytest.approx(0.0, abs=1e-12)
    assert min(gains) > 0
    assert np.mean(gains) > 0.04


def test_as_much_as_expected_sets_nobody_apart() -> None:
    assert even(one(2.0, 6.0, 2.0)) == (0.0, 0.0)


def test_few_outcomes_where_much_else_is_told_are_calm_and_silence_is_little_effort() -> None:
    silent, calm = even(one(0.0, 0.0)), even(one(0.0, 9.0))
    assert silent[0] < 0 < calm[0]
    busy, plain = even(one(4.0, 12.0)), even(one(4.0, 3.0))
    assert busy[1] < plain[1]


COUNTS = st.tuples(
    *[st.one_of(st.just(0.0), st.floats(1e-3, 1e5)) for _ in range(2)],
    *[st.floats(1e-3, 1e5) for _ in range(2)],
)


@given(st.lists(COUNTS, min_size=1, max_size=20))
def test_any_counts_have_a_mode_and_a_unit_has_its_own_whoever_else_is_there(
    rows: list[tuple[float, float, float, float]],
) -> None:
    told = Told(*np.array(rows).T)
    a, u = effort_and_risk(told, nothing(len(rows)))
    alone = [effort_and_risk(Told(*(np.array([x]) for x in row)), nothing(1)) for row in rows]
    assert [x[0] for x, _ in alone] == a.tolist()
    assert [x[0] for _, x in alone] == u.tolist()


def test_the_mode_is_that_of_the_posterior_as_stated() -> None:
    told = one(3.0, 1.0, 0.7)
    a, u = np.meshgrid(np.linspace(-3, 3, 601), np.linspace(-3, 3, 601), indexing="ij")

    def posterior(effort: float, risk: float, sd_a: float, sd_u: float) -> tuple[float, float]:
        x, y = 0.7 * np.exp(a + u), 2.1 * np.exp(a + 0.4 * u)
        log = 3 * (a + u) - x + 1 * (a + 0.4 * u) - y
        log -= ((a - effort) / sd_a) ** 2 / 2 + ((u - risk) / sd_u) ** 2 / 2
        best = np.unravel_index(log.argmax(), log.shape)
        return float(a[best]), float(u[best])

    land = posterior(0.0, 0.0, 0.4, 1.0)
    assert even(told) == pytest.approx(posterior(*land, 0.3, 1.2), abs=0.02)


def test_counts_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="outcomes: a count"):
        one(-1.0, 0.0)
    with pytest.raises(ValueError, match="others: a count"):
        one(1.0, np.nan)
    with pytest.raises(ValueError, match="nothing is expected"):
        one(1.0, 0.0, expected=0.0)


def test_83_000_villages_take_a_moment() -> None:
    n = 83_000
    random = np.random.default_rng(0)
    near = NearUnits.of_pairs(
        n,
        np.repeat(np.arange(n), 8),
        (np.repeat(np.arange(n), 8) + np.tile([1, 2, 3, 4, -1, -2, -3, -4], n)) % n,
        np.full(8 * n, 0.5),
    )
    outcomes, others = (random.poisson(random.gamma(0.3, m, n)).astype(float) for m in (2, 7))
    told = Told(outcomes, others, np.full(n, 0.6), np.full(n, 2.1))
    started = time.perf_counter()
    reporting_effort(told, near)
    assert time.perf_counter() - started < 4  # 0.1 s on a machine that is not busy


def test_expected_counts_follow_size_and_keep_the_total() -> None:
    random = np.random.default_rng(0)
    size = random.normal(2, 0.5, 5000)
    count = random.poisson(0.3 * np.exp(0.7 * size)).astype(float)
    found = expected_counts(count, size[:, None])
    assert found.sum() == pytest.approx(count.sum())
    assert np.polyfit(size, np.log(found), 1)[0] == pytest.approx(0.7, abs=0.1)


def test_a_size_that_tells_nothing_apart_or_no_count_at_all_spreads_evenly() -> None:
    count = np.array([0.0, 4.0, 2.0])
    assert expected_counts(count, np.ones((3, 1))).tolist() == [2, 2, 2]
    assert expected_counts(np.zeros(3), np.arange(3.0)[:, None]).tolist() == [0, 0, 0]


def test_blind_spots_have_the_risk_of_those_around_them_that_are_none() -> None:
    risk = np.array([-9.0, 1.0, 3.0, -9.0, 5.0, 7.0])
    blind = risk == -9.0
    block = SameBlock(np.array([0, 0, 0, 1, 2, 2]))
    found = like_neighbours(risk, blind, block)
    assert found.tolist() == [2.0, 1.0, 3.0, 4.0, 5.0, 7.0]  # a lone one: the mean of all
    assert like_neighbours(risk, np.ones(6, dtype=bool), block).tolist() == risk.tolist()
    assert like_neighbours(risk, np.zeros(6, dtype=bool), block).tolist() == risk.tolist()
