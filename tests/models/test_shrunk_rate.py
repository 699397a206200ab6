"""Shrinkage: a unit with few incidents is judged by its surroundings."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models.additive import TrainingSet
from models.shrunk_rate import ShrunkRate
from tests.models.learning import region, with_features


def gamma_poisson(strength: float, share: float, units: int = 6000, seed: int = 0) -> TrainingSet:
    """Counts now and next under a gamma prior with a known strength and kecamatan's share."""
    random = np.random.default_rng(seed)
    district = random.gamma(2.0, 0.5, units // 20).repeat(20)
    prior = share * district + (1 - share) * district.mean()
    rate = random.gamma(strength * prior, 1 / strength)
    past, future = random.poisson(rate).astype(float), random.poisson(0.5 * rate).astype(float)
    return TrainingSet(
        features=pl.DataFrame({"own": past, "around": district}),
        outcome=(future > 0).astype(float),
        count=future,
        cutoff_index=np.zeros(units, dtype=np.int64),
        years_ago=np.ones(units),
        block=np.arange(units) // 20,
    )


@pytest.mark.parametrize(("strength", "share"), [(1.0, 0.7), (4.0, 0.9), (2.0, 0.1)])
def test_the_prior_that_made_the_counts_is_found(strength: float, share: float) -> None:
    training = gamma_poisson(strength, share)
    own, around = ShrunkRate("own", "around").fit(training).weights
    # Expected incidents are 0.5 (own + strength * prior) / (1 + strength).
    assert own == pytest.approx(0.5 / (1 + strength), rel=0.2)
    assert around == pytest.approx(0.5 * strength * share / (1 + strength), abs=0.08)


def test_expected_incidents_sum_to_those_that_followed() -> None:
    training = region(level=0.5)
    fitted = ShrunkRate().fit(training)
    assert fitted.score(training.features).sum() == pytest.approx(training.count.sum())
    assert (fitted.score(training.features) > 0).all()


def test_a_calm_unit_among_troubled_ones_goes_before_one_among_calm_ones() -> None:
    fitted = ShrunkRate("own", "around").fit(gamma_poisson(2.0, 0.8))
    now = pl.DataFrame({"own": [0.0, 0.0, 1.0], "around": [4.0, 0.1, 0.1]})
    troubled, calm, once = fitted.score(now)
    assert troubled > calm
    assert once > calm


def test_an_unknown_kecamatan_stands_for_the_region() -> None:
    training = gamma_poisson(2.0, 0.8)
    fitted = ShrunkRate("own", "around").fit(training)
    mean = float(training.features["own"].mean() or 0.0)
    blind, average = (
        fitted.score(pl.DataFrame({"own": [1.0], "around": [around]}))[0]
        for around in (np.nan, mean)
    )
    assert blind == pytest.approx(average)
    without = ShrunkRate("own", None).fit(training)
    assert without.names == ("own",)
    unknown = with_features(training, around=pl.lit(None, dtype=pl.Float64))
    assert ShrunkRate("own", "around").fit(unknown).weights == pytest.approx(
        [without.weights[0], 0.0]
    )


def test_more_places_make_the_draws_surer() -> None:
    spreads = []
    for units in (400, 6400):
        training = gamma_poisson(2.0, 0.5, units)
        candidate = ShrunkRate("own", "around")
        drawn = candidate.draw(candidate.fit(training), training, 99, np.random.default_rng(0))
        assert len(drawn) == 20
        spreads.append(np.std([score.weights[0] for score in drawn]))
    assert spreads[0] > 2 * spreads[1] > 0


def test_an_infinite_count_is_refused() -> None:
    training = gamma_poisson(2.0, 0.5, 200)
    broken = with_features(training, own=pl.lit(np.inf))
    with pytest.raises(ValueError, match="infinite"):
        ShrunkRate("own", "around").fit(replace(broken))
