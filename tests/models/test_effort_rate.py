"""The rate corrected for effort: its inputs, its reasons, and whom it ranks higher."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from models.additive import INTERCEPT, TrainingSet
from models.effort import reporting_effort
from models.effort_inputs import told_of, with_effort_columns
from models.effort_rate import EffortRate, EffortScore
from models.neighbourhood import NearUnits, SameBlock

N = 300
FIRST = date(2020, 1, 1)
NEAR = SameBlock(np.arange(N) // 15)


def region(seed: int = 0, cutoffs: int = 3) -> tuple[pl.DataFrame, np.ndarray]:
    """Counts of villages that grow from cutoff to cutoff; half the blocks report a third."""
    random = np.random.default_rng(seed)
    rate = np.where(np.arange(N // 15) % 2 == 0, 1 / 3, 1.0)[np.arange(N) // 15]
    tps = random.integers(2, 20, N)
    risk = np.repeat(0.7 * random.normal(size=N // 15), 15) + random.normal(size=N)
    outcomes, others, reports = np.zeros(N), np.zeros(N), np.zeros(N, dtype=np.int64)
    frames = []
    for step in range(cutoffs):
        outcomes = outcomes + random.poisson(0.04 * rate * tps**0.5 * np.exp(risk))
        others = others + random.poisson(0.3 * rate * tps**0.5 * np.exp(0.4 * risk))
        reports = random.poisson(0.5 * rate)
        frames.append(
            pl.DataFrame(
                {
                    "village_code": [f"99.01.{unit:05}" for unit in range(N)],
                    "cutoff": [FIRST + timedelta(days=182 * step)] * N,
                    "clash_all": outcomes,
                    "incidents_all": outcomes + others,
                    "clash_per_year": outcomes / (5 + step / 2),
                    "conflict_reports": reports,
                    "logistics_reports": np.zeros(N, dtype=np.int64),
                    "tps_count": tps.astype(float),
                    "population": pl.Series([None] * N, dtype=pl.Float64),
                }
            )
        )
    return pl.concat(frames), risk + 0.5 * np.log(tps)


def training(frame: pl.DataFrame) -> TrainingSet:
    index = frame["cutoff"].rank("dense").to_numpy().astype(np.int64) - 1
    happened = np.zeros(frame.height)
    return TrainingSet(frame, happened, happened, index, happened, index)


def newest(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("cutoff") == pl.col("cutoff").max())


def fitted(frame: pl.DataFrame) -> EffortScore:
    return EffortRate().fit(training(frame))


def test_it_is_nearer_to_the_truth_than_the_count_is() -> None:
    gains = []
    for seed in range(4):
        frame, risk = region(seed)
        now = newest(with_effort_columns(frame, NEAR))
        score = fitted(now).score(now)
        gains.append(spearmanr(score, risk).statistic - spearmanr(now["clash_all"], risk).statistic)
    assert min(gains) > 0.03


def test_it_is_the_effort_model_on_a_scale_of_a_year() -> None:
    now = newest(with_effort_columns(region()[0], NEAR))
    effort = reporting_effort(told_of(now), NEAR)
    years = (5 + 2 / 2,)
    assert fitted(now).score(now) == pytest.approx(effort.log_rate - np.log(years))


def test_contributions_are_exact_and_say_what_they_should() -> None:
    frame = with_effort_columns(region()[0], NEAR)
    score = fitted(frame)
    parts = score.contributions(frame)
    assert set(parts) == {INTERCEPT, *score.names}
    assert sum(parts.values()) == pytest.approx(score.score(frame), abs=1e-12)
    many = frame["clash_all"] > 1.5 * frame["clash_expected"]
    none = frame["clash_all"] == 0
    assert (parts["clash_all"][many.to_numpy()] > 0).all()
    assert (parts["clash_all"][none.to_numpy()] < 0).all()


def test_the_level_is_the_regions_newest() -> None:
    frame = with_effort_columns(region()[0], NEAR)
    now = newest(frame)
    intercept = fitted(frame).contributions(now)[INTERCEPT]
    assert np.exp(intercept[0]) == pytest.approx(now["clash_per_year"].mean(), rel=0.3)
    assert fitted(frame).contributions(now)["clash_expected_year"].mean() == pytest.approx(
        0.0, abs=1e-12
    )


def test_a_village_has_its_score_whoever_else_is_asked() -> None:
    frame = with_effort_columns(region()[0], NEAR)
    score = fitted(frame)
    whole, alone = score.score(frame), score.score(frame[7:9])
    assert whole[7:9].tolist() == alone.tolist()


def test_the_columns_of_a_cutoff_know_nothing_of_the_others() -> None:
    frame, _ = region()
    together = with_effort_columns(frame.sample(fraction=1, shuffle=True, seed=1), NEAR)
    for (cutoff,), rows in together.group_by("cutoff"):
        alone = with_effort_columns(frame.filter(pl.col("cutoff") == cutoff), NEAR)
        assert alone.equals(rows.sort("village_code"))


def test_the_order_of_rows_stays() -> None:
    mixed = region()[0].sample(fraction=1, shuffle=True, seed=1)
    added = with_effort_columns(mixed, NEAR)
    assert added.select(mixed.columns).equals(mixed)


def test_without_any_outcome_size_or_neighbours_the_score_is_still_a_number() -> None:
    frame, _ = region()
    bare = frame.with_columns(
        clash_all=0.0, clash_per_year=0.0, tps_count=pl.lit(None, dtype=pl.Float64)
    )
    alone = NearUnits.of_places(np.full(N, np.nan), np.full(N, np.nan))
    added = with_effort_columns(bare, alone)
    score = fitted(added).score(added)
    assert np.isfinite(score).all()
    assert np.ptp(score) < 10


def test_a_cutoff_that_lacks_a_unit_is_refused() -> None:
    frame, _ = region()
    with pytest.raises(ValueError, match="every unit once"):
        with_effort_columns(frame[1:], NEAR)


def test_nothing_is_drawn_but_the_score_itself() -> None:
    frame = with_effort_columns(region()[0], NEAR)
    score = fitted(frame)
    assert EffortRate().draw(score, training(frame), 9, np.random.default_rng(0)) == [score]
