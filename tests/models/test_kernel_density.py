"""The kernel density: neighbours weigh where incidents spread, and half-lives as they last."""

import numpy as np
import polars as pl
import pytest

from models.additive import AdditiveScore, TrainingSet
from models.kernel_density import SHARES, KernelDensity


def spreading(share: float, far: float = 0.0, units: int = 3000, seed: int = 0) -> TrainingSet:
    """Counts that follow a unit's own past, and with a share that of its neighbours."""
    random = np.random.default_rng(seed)
    own, near, wide, other = (random.gamma(0.3, 1.0, 4 * units) for _ in range(4))
    rate = 0.3 * (own + share * near + far * wide)
    count = random.poisson(rate).astype(float)
    return TrainingSet(
        features=pl.DataFrame({"own": own, "near": near, "wide": wide, "slow": other}),
        outcome=(count > 0).astype(float),
        count=count,
        cutoff_index=np.repeat(np.arange(4), units),
        years_ago=np.repeat([2.0, 1.5, 1.0, 0.5], units),
        block=np.tile(np.arange(units) % 30, 4),
    )


def shares(score: AdditiveScore) -> dict[str, float]:
    return dict(zip(score.names, score.weights.tolist(), strict=True))


@pytest.mark.parametrize("share", SHARES)
def test_the_share_of_neighbours_is_that_with_which_incidents_spread(share: float) -> None:
    fitted = KernelDensity({"own": ["near", "wide"]}).fit(spreading(share))
    assert shares(fitted).get("near", 0.0) == share
    assert fitted.weights[0] == 1


def test_each_distance_has_its_own_share() -> None:
    fitted = KernelDensity({"own": ["near", "wide"]}).fit(spreading(1.0, 0.25))
    assert shares(fitted) == {"own": 1.0, "near": 1.0, "wide": 0.25}


def test_of_several_half_lives_the_one_that_lasts_is_taken() -> None:
    for kernels in ({"slow": ["near"], "own": ["near"]}, {"own": ["near"], "slow": ["near"]}):
        fitted = KernelDensity(kernels).fit(spreading(0.5))
        assert fitted.names[0] == "own"


def test_without_coordinates_the_units_own_past_is_left() -> None:
    training = spreading(1.0)
    blind = training.features.with_columns(near=pl.lit(None, dtype=pl.Float64))
    fitted = KernelDensity({"own": ["near"]}).fit(
        TrainingSet(
            blind,
            training.outcome,
            training.count,
            training.cutoff_index,
            training.years_ago,
            training.block,
        )
    )
    assert shares(fitted) == {"own": 1.0}


def test_draws_choose_anew_among_what_the_rows_leave_open() -> None:
    few = spreading(0.7, units=120)
    candidate = KernelDensity({"own": ["near"]})
    drawn = candidate.draw(candidate.fit(few), few, 99, np.random.default_rng(0))
    assert len(drawn) == 20
    assert len({shares(score).get("near", 0.0) for score in drawn}) > 1


def test_a_density_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="own incidents"):
        KernelDensity({})
