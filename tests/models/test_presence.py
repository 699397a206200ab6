"""Presence: its influence is found where it is planted, and only there."""

import numpy as np
import pytest

from models.presence import Presence, PresenceUntold, influence_of_presence

N, K = 400, 40


def region(influence: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Presence that follows a driver of risk, and a score that it raises by so much."""
    random = np.random.default_rng(seed)
    size = random.normal(size=N)
    presence = np.where(
        random.random(N) < 0.6, np.exp2(3 + size + 1.5 * random.normal(size=N)), 0.0
    )
    own = random.normal(size=N)
    return {
        "score": size + own + influence * np.log2(1 + presence),
        "honest": size + own,
        "presence": presence,
        "drivers": size[:, None],
        "block": np.arange(N) // 15,
    }


def asked(r: dict[str, np.ndarray], **more: object) -> Presence | PresenceUntold:
    given = {
        "score": r["score"],
        "presence": r["presence"],
        "drivers": r["drivers"],
        "block": r["block"],
        "k": K,
        "draws": 200,
        "random": np.random.default_rng(1),
    } | more
    return influence_of_presence(**given)


def told(r: dict[str, np.ndarray], **more: object) -> Presence:
    found = asked(r, **more)
    assert isinstance(found, Presence)
    return found


def test_presence_that_only_follows_the_drivers_explains_nothing() -> None:
    holds = [
        found.low <= 0 <= found.high for seed in range(20) for found in [told(region(0.0, seed))]
    ]
    assert sum(holds) >= 16  # 90 % intervals
    plain = told(region(0.0), drivers=np.zeros((N, 0)))
    assert plain.low > 0, "without the drivers it looks like influence"


def test_presence_that_raises_the_score_is_found_and_taken_out() -> None:
    r = region(0.5)
    found = told(r)
    assert found.low > 0.2
    assert found.per_doubling == pytest.approx(0.5, abs=0.1)
    before = np.corrcoef(r["score"], r["honest"])[0, 1]
    assert np.corrcoef(found.score_without, r["honest"])[0, 1] > max(before, 0.98)
    assert found.score_without.mean() == pytest.approx(r["score"].mean())
    assert 0 < found.changed_at_k <= K
    assert found.units == (r["presence"] > 0).sum()


def test_what_drivers_say_of_a_place_stays() -> None:
    r = region(0.0)
    found = told(r, score=r["drivers"][:, 0] + 0.01 * r["honest"])
    assert np.corrcoef(found.score_without, r["drivers"][:, 0])[0, 1] > 0.999
    assert found.changed_at_k <= 2


def test_with_few_deployments_nothing_is_said_but_why() -> None:
    r = region(0.5)
    few = np.where(np.arange(N) < 19, 1.0, 0.0)
    assert asked(r, presence=few) == PresenceUntold("too_few", 19, 20)
    assert isinstance(asked(r, presence=few, least_units=19), Presence)


def test_presence_or_score_that_the_drivers_leave_nothing_of_is_no_evidence() -> None:
    r = region(0.5)
    alike = asked(r, presence=np.full(N, 2.0))
    assert alike == PresenceUntold("everywhere_alike", N, 20)
    follows = asked(r, presence=np.exp(r["drivers"][:, 0]))
    assert isinstance(follows, PresenceUntold)
    assert follows.kind == "everywhere_alike"
    flat = asked(r, score=np.zeros(N))
    assert isinstance(flat, PresenceUntold)
    assert flat.kind == "score_alike"


def test_the_same_seed_gives_the_same_interval() -> None:
    first, second = told(region(0.2)), told(region(0.2))
    assert (first.correlation, first.low, first.high) == (
        second.correlation,
        second.low,
        second.high,
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"presence": np.full(N, -1.0)}, "below zero"),
        ({"presence": np.full(N, np.nan)}, "not finite"),
        ({"score": np.full(N, np.inf)}, "not finite"),
        ({"k": N + 1}, "not between"),
    ],
)
def test_what_is_no_number_of_people_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asked(region(0.0), **wrong)
