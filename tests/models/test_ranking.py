"""Ranks: ties shown as ties, intervals that hold the rank, and unknown that is not safe."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.additive import AdditiveScore, SumScore, Transform
from models.calibration import Calibration
from models.ranking import (
    Ranking,
    draw_indices,
    draw_scores,
    rank_with_uncertainty,
    ranks,
    village_spread,
)

Scores = NDArray[np.float64]
PLAIN = Calibration("log_odds", 0.0, 1.0, 0.0)


def scores(max_units: int = 30) -> st.SearchStrategy[Scores]:
    levels = st.one_of(st.integers(-2, 2).map(float), st.floats(-1e6, 1e6))
    return st.integers(1, max_units).flatmap(lambda n: arrays(np.float64, n, elements=levels))


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Scores, Scores, int, float]:
    """A score, draws that need have nothing to do with it, a k and the width of the interval."""
    score = draw(scores(12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    draws = random.permuted(
        np.tile(np.arange(len(score), dtype=float), (draw(st.integers(1, 40)), 1)), axis=1
    )
    return score, draws, draw(st.integers(1, len(score))), draw(st.sampled_from([0.5, 0.9, 0.99]))


@given(scores())
def test_a_rank_is_one_more_than_the_units_above(score: Scores) -> None:
    above = (score[None, :] > score[:, None]).sum(axis=1)
    assert ranks(score).tolist() == (above + 1).tolist()
    assert ranks(score).min() == 1


@given(scores(), st.integers(0, 2**32 - 1))
def test_ranks_follow_the_units_and_not_their_rows(score: Scores, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(score))
    assert ranks(score[order]).tolist() == ranks(score)[order].tolist()


@given(drawn())
def test_an_interval_always_holds_the_rank(case: tuple[Scores, Scores, int, float]) -> None:
    score, draws, k, interval = case
    ranking = rank_with_uncertainty(score, draws, k, interval)
    assert (ranking.rank_low >= 1).all()
    assert (ranking.rank_low <= ranking.rank).all()
    assert (ranking.rank <= ranking.rank_high).all()
    assert (ranking.rank_high <= len(score)).all()


@given(drawn())
def test_k_units_are_expected_in_the_top_k(case: tuple[Scores, Scores, int, float]) -> None:
    score, draws, k, interval = case
    ranking = rank_with_uncertainty(score, draws, k, interval)
    assert ranking.top_k_probability.sum() == pytest.approx(k)
    highest = (-draws).argsort(axis=1)[:, :k]
    share = np.bincount(highest.ravel(), minlength=len(score)) / len(draws)
    assert ranking.top_k_probability == pytest.approx(share)


@given(drawn())
def test_ties_are_shown_as_ties(case: tuple[Scores, Scores, int, float]) -> None:
    score, draws, k, interval = case
    ranking = rank_with_uncertainty(score, draws, k, interval)
    same = score[None, :] == score[:, None]
    assert ranking.tied_with.tolist() == (same.sum(axis=1) - 1).tolist()
    # The cut splits a tie if and only if one of the tied would fit and another would not.
    group = same[(-score).argsort(kind="stable")[k - 1]]
    splits = (ranking.rank[group][0] + group.sum() - 1) > k
    assert ranking.tied_at_k == (group.sum() if splits else 0)


def test_a_tie_that_just_fits_is_not_cut() -> None:
    score = np.array([3.0, 2.0, 2.0, 1.0, 1.0])
    draws = np.arange(5.0)[None, :]
    cut = {k: rank_with_uncertainty(score, draws, k, 0.9).tied_at_k for k in range(1, 6)}
    assert cut == {1: 0, 2: 2, 3: 0, 4: 2, 5: 0}


def test_the_interval_runs_from_the_5th_to_the_95th_percentile_of_the_drawn_ranks() -> None:
    n, draws = 100, 2000
    random = np.random.default_rng(1)
    drawn = random.permuted(np.tile(np.arange(float(n)), (draws, 1)), axis=1)
    ranking = rank_with_uncertainty(np.arange(float(n)), drawn, 10, 0.9)
    # Any rank from 1 to 100 was as likely for all, so 90 % of them lie between 5 and 95.
    middle = slice(10, 90)
    assert ranking.rank_low[middle] == pytest.approx(5, abs=3)
    assert ranking.rank_high[middle] == pytest.approx(95, abs=3)


@pytest.mark.parametrize("k", [0, 4])
def test_a_k_beyond_the_units_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"k = {k}"):
        rank_with_uncertainty(np.arange(3.0), np.arange(3.0)[None, :], k, 0.9)


def test_a_missing_score_is_refused_in_the_list_and_in_the_draws() -> None:
    good, broken = np.arange(3.0), np.array([0.0, np.nan, 1.0])
    with pytest.raises(ValueError, match="not finite"):
        rank_with_uncertainty(broken, good[None, :], 1, 0.9)
    with pytest.raises(ValueError, match="not finite"):
        rank_with_uncertainty(good, broken[None, :], 1, 0.9)


# Draws of scores


def counted(weights: dict[str, tuple[float, Transform]]) -> AdditiveScore:
    m = len(weights)
    return AdditiveScore(
        names=tuple(weights),
        transforms=tuple(transform for _, transform in weights.values()),
        center=np.zeros(m),
        scale=np.ones(m),
        weights=np.array([weight for weight, _ in weights.values()]),
        intercept=0.0,
    )


def ranked_by_count(
    count: Scores, draws: int = 400, seed: int = 0, k: int = 5
) -> tuple[Ranking, Scores]:
    fitted = counted({"history": (1.0, "log1p")})
    frame = pl.DataFrame({"history": count})
    random = np.random.default_rng(seed)
    drawn = draw_indices([fitted], draws, frame, frozenset({"history"}), random)
    return rank_with_uncertainty(fitted.score(frame), drawn, k, 0.9), drawn


def test_little_evidence_gives_wide_intervals_and_much_evidence_narrow_ones() -> None:
    count = np.array([400.0, 200.0, 100.0, 50.0, *np.linspace(0, 3, 20), *np.zeros(36)])
    ranking, _ = ranked_by_count(count)
    width = ranking.rank_high - ranking.rank_low
    assert width[:4].max() <= 2
    assert width[24:].min() > 30
    assert ranking.top_k_probability[:4].min() > 0.99


def test_a_place_of_which_nothing_is_known_may_still_be_among_the_first() -> None:
    count = np.array([3.0, 2.0, 2.0, 1.0, 1.0, *np.zeros(55)])
    ranking, _ = ranked_by_count(count)
    assert (ranking.top_k_probability[5:] > 0).all()
    assert ranking.rank_low[5:].max() < 20
    # And no unknown place is told apart from another: only chance lies between them.
    assert np.ptp(ranking.top_k_probability[5:]) < 0.15


def test_what_was_measured_is_not_drawn_as_if_it_were_a_count() -> None:
    fitted = counted({"distance": (1.0, "identity")})
    distance = np.array([4.0, 1.0, 3.0, 2.0])
    drawn = draw_indices(
        [fitted],
        50,
        pl.DataFrame({"distance": distance}),
        frozenset({"history"}),
        np.random.default_rng(0),
    )
    assert (drawn == drawn[0]).all()
    assert ranks(drawn[0]).tolist() == ranks(distance).tolist()


def test_the_scores_that_the_data_allow_take_turns() -> None:
    allowed = [
        counted({"a": (a, "identity"), "b": (b, "identity")})
        for a, b in [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]
    ]
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [3.0, 1.0, 2.0]})
    drawn = draw_scores(allowed, 5, frame, np.zeros(3), PLAIN, np.random.default_rng(0))
    first, second, third = [3, 2, 1], [1, 3, 2], [1, 2, 3]
    assert [ranks(row).tolist() for row in drawn] == [first, second, third, first, second]


def test_ties_within_a_draw_fall_in_random_order() -> None:
    fitted = counted({"distance": (1.0, "identity")})
    frame = pl.DataFrame({"distance": np.zeros(10)})
    drawn = draw_scores([fitted], 2000, frame, np.zeros(10), PLAIN, np.random.default_rng(0))
    assert (np.sort(drawn, axis=1) == np.arange(10)).all()
    assert drawn.mean(axis=0) == pytest.approx(4.5, abs=0.4)


def test_an_input_unknown_everywhere_changes_no_draw() -> None:
    known = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [np.nan, np.nan, np.nan]})
    fitted = counted({"a": (1.0, "identity"), "b": (9.0, "identity")})
    drawn = draw_scores([fitted], 5, known, np.zeros(3), PLAIN, np.random.default_rng(0))
    assert (drawn == [0.0, 1.0, 2.0]).all()


def test_a_score_without_any_input_can_be_drawn_and_tells_nothing_apart() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0]})
    drawn = draw_scores([counted({})], 4, frame, np.zeros(3), PLAIN, np.random.default_rng(0))
    assert (np.sort(drawn, axis=1) == [0.0, 1.0, 2.0]).all()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    count = np.array([3.0, 1.0, *np.zeros(40)])
    (first, drawn), (again, same), (_, other) = (
        ranked_by_count(count, seed=7),
        ranked_by_count(count, seed=7),
        ranked_by_count(count, seed=8),
    )
    assert drawn.tobytes() == same.tobytes()
    assert first.rank_low.tobytes() == again.rank_low.tobytes()
    assert first.top_k_probability.tobytes() == again.top_k_probability.tobytes()
    assert drawn.tobytes() != other.tobytes()


def test_what_no_record_shows_widens_every_interval() -> None:
    score = np.linspace(0, 3, 60)
    fitted = counted({"distance": (1.0, "identity")})
    frame = pl.DataFrame({"distance": score})

    def width(unseen: float) -> NDArray[np.float64]:
        random = np.random.default_rng(0)
        drawn = draw_scores([fitted], 400, frame, np.full(60, unseen), PLAIN, random)
        ranking = rank_with_uncertainty(fitted.score(frame), drawn, 6, 0.9)
        return (ranking.rank_high - ranking.rank_low).astype(np.float64)

    assert (width(0.0) == 0).all()
    assert width(0.5).min() > 3
    assert width(1.0).mean() > 1.5 * width(0.5).mean()


def test_a_unit_is_the_less_certain_the_less_was_seen_and_heard_of_it() -> None:
    evidence, coverage = np.array([0.0, 0.0, 1.0, 9.0]), np.array([0.0, 1.0, 1.0, 1.0])
    spread = village_spread(evidence, coverage, base=0.5, unseen=0.6, heard=0.5)
    assert (np.diff(spread) < 0).all()
    assert spread[0] == pytest.approx(np.sqrt(0.25 + 0.6))
    assert spread.min() > 0.5  # what no record shows is left whatever was seen


def test_a_count_is_moved_on_the_scale_of_its_logarithm() -> None:
    """So that a place with a hundred incidents stays above one with ten, and zero may rise."""
    frame = pl.DataFrame({"history": [100.0, 10.0, *np.zeros(30)]})
    fitted = counted({"history": (1.0, "identity")})
    random, curve = np.random.default_rng(0), Calibration("count", 0.5, 1.0, 0.0)
    drawn = draw_scores([fitted], 400, frame, np.full(32, 0.5), curve, random)
    assert (drawn[:, 0] > drawn[:, 1]).all()
    assert (drawn[:, 1] > drawn[:, 2:].max(axis=1)).mean() > 0.9
    ranking = rank_with_uncertainty(fitted.score(frame), drawn, 5, 0.9)
    assert np.ptp(ranking.top_k_probability[2:]) < 0.15


def test_a_score_without_any_skill_in_the_past_orders_nobody() -> None:
    score = np.linspace(-3, 3, 50)
    fitted = counted({"distance": (1.0, "identity")})
    frame = pl.DataFrame({"distance": score})

    def ranked(slope: float, error: float) -> Ranking:
        curve = Calibration("log_odds", 0.0, slope, 0.0, error)
        random = np.random.default_rng(0)
        drawn = draw_scores([fitted], 600, frame, np.full(50, 0.5), curve, random)
        return rank_with_uncertainty(score, drawn, 5, 0.9)

    none = ranked(0.0, 0.0)
    assert (none.rank_high - none.rank_low).min() > 40
    assert none.top_k_probability == pytest.approx(0.1, abs=0.05)
    # A slope that may as well be zero as one lies between.
    some, full = ranked(0.5, 0.5), ranked(1.0, 0.0)
    first = [found.top_k_probability[-1] for found in (none, some, full)]
    assert first == sorted(first)
    assert first[2] > 0.8 > first[1] > 0.3


def test_a_part_that_all_draws_share_is_asked_once_and_counts_as_always() -> None:
    frame = pl.DataFrame({"a": np.linspace(0, 3, 40), "b": np.linspace(2, -1, 40) ** 2})

    class Counted(AdditiveScore):
        asked = 0

        def score(self, features: pl.DataFrame) -> NDArray[np.float64]:
            Counted.asked += 1
            return super().score(features)

    plain = counted({"b": (1.0, "identity")})
    lasting = Counted(*(getattr(plain, name) for name in plain.__dataclass_fields__))
    shares = np.array([0.5, 0.5])
    sums = [SumScore((counted({"a": (w, "identity")}), lasting), shares) for w in (1.0, 2.0, 3.0)]
    drawn = draw_scores(sums, 30, frame, np.full(40, 0.3), PLAIN, np.random.default_rng(0))
    assert Counted.asked == 1
    alone = [SumScore((one.parts[0], plain), shares) for one in sums]
    again = draw_scores(
        [SumScore((one,), np.ones(1)) for one in alone],
        30,
        frame,
        np.full(40, 0.3),
        PLAIN,
        np.random.default_rng(0),
    )
    assert (drawn == again).all()
