"""What happens in a fictional region: tension, clashes and the other incidents.

Owns the rates and the draws of incidents, by half-year. The villages come from
`simulated_places.py`, the days from `simulated_timeline.py`; what is heard of tension is drawn
by `simulated_reports.py`. While they are drawn incidents are numbers (a village's place in the
frame, a day's place in the timeline), so that millions fit in memory; `spelled_out` makes them
readable.
"""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.simulated_places import Villages
from models.simulated_process import Floats, Ints, Process
from models.simulated_timeline import Timeline

# Share of clashes near a voting day, and share at other times.
CLASH_SHARES = {
    "bentrok_pendukung": (0.30, 0.14),
    "bentrok_warga": (0.08, 0.30),
    "perusakan": (0.12, 0.18),
    "pembakaran": (0.05, 0.09),
    "intimidasi": (0.17, 0.13),
    "penyerangan_aparat": (0.05, 0.07),
    "kericuhan_tps": (0.23, 0.01),
    "sengketa_pilkades": (0.00, 0.08),
}
# The other types of incident, and the profile of days that each follows.
_OTHERS = {
    "unjuk_rasa": "flat",
    "sengketa_lahan": "flat",
    "politik_uang": "allegation",
    "pelanggaran_netralitas": "allegation",
    "gangguan_logistik": "logistics",
}
_TYPES = sorted([*CLASH_SHARES, *_OTHERS])  # numbered in the order of the alphabet


def draw_tension(
    villages: Villages, half_years: int, p: Process, rng: np.random.Generator
) -> list[Floats]:
    """Draw log m + x for the burn-in, each half-year, and the horizon (the last)."""
    x = p.tension_sd * rng.normal(size=len(villages.log_m))
    drawn = [villages.log_m + x]
    for _ in range(p.burn_in + half_years):
        fresh = p.tension_sd * rng.normal(size=len(x))
        x = p.tension_memory * x + np.sqrt(1 - p.tension_memory**2) * fresh
        drawn.append(villages.log_m + x)
    return drawn


def draw_history(
    villages: Villages,
    timeline: Timeline,
    tension: list[Floats],
    p: Process,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, Floats]:
    """Draw all incidents before the cutoff; return them and the clash rate on the cutoff."""
    excitement = np.zeros(len(villages.log_m))
    frames = []
    for t, now in enumerate(tension[:-1], start=-p.burn_in):
        clash_rate = _clash_rate(now, excitement, timeline, p)
        if t < 0:
            counts = rng.poisson(clash_rate * timeline.window_days)
        else:
            frame, counts = draw_half_year(villages, timeline, t, clash_rate, now, p, rng)
            frames.append(frame)
        excitement = (1 - p.excitation_memory) * counts + p.excitation_memory * excitement
    incidents = pl.concat(frames).sort("day", "village", "type")
    return incidents, _clash_rate(tension[-1], excitement, timeline, p)


def expected_told(
    villages: Villages, timeline: Timeline, tension: list[Floats], p: Process, first: date
) -> float:
    """Return how many incidents from `first` to the cutoff are told on average.

    Every rate is proportional to its own mean, and excitement to the clashes before it: with
    all means c times as high, c times as many are told.
    """
    counts = timeline.days >= np.datetime64(first)
    excitement = np.zeros(len(villages.log_m))
    told = 0.0
    for t, now in enumerate(tension[:-1], start=-p.burn_in):
        clash_rate = _clash_rate(now, excitement, timeline, p)
        clashes = clash_rate * timeline.window_days
        if t >= 0:
            rows = timeline.rows(t)
            clashes = clash_rate * timeline.weights["clash"][rows].sum()
            for profile, _, rate in _rates(villages, timeline, clash_rate, now, p):
                days = timeline.weights[profile][rows][counts[rows]].sum()
                told += float((rate * villages.reporting_rate).sum() * days)
        excitement = (1 - p.excitation_memory) * clashes + p.excitation_memory * excitement
    return told


def _clash_rate(now: Floats, excitement: Floats, timeline: Timeline, p: Process) -> Floats:
    own = (1 - p.excitation_share) * p.clash_mean * np.exp(now - p.tension_sd**2 / 2)
    return np.asarray((own + p.excitation_share * excitement) / timeline.window_days)


def _rates(
    villages: Villages, timeline: Timeline, clash_rate: Floats, tension: Floats, p: Process
) -> list[tuple[str, str, Floats]]:
    """Return profile, type ("" for clashes) and rates by village, in the order of the draws."""

    def leaning(mean_and_loading: tuple[float, float], on: Floats) -> Floats:
        mean, loading = mean_and_loading
        pull = np.exp(loading * on)
        return np.asarray(mean * pull / pull.mean() / timeline.window_days)

    rates = {
        "unjuk_rasa": leaning(p.protest, tension),
        "sengketa_lahan": leaning(p.land_dispute, villages.land),
        "politik_uang": leaning(p.money_politics, tension),
        "pelanggaran_netralitas": leaning(p.neutrality, tension),
        "gangguan_logistik": villages.logistics_rate,
    }
    return [("clash", "", clash_rate), *((_OTHERS[kind], kind, r) for kind, r in rates.items())]


def draw_half_year(
    villages: Villages,
    timeline: Timeline,
    t: int,
    clash_rate: Floats,
    tension: Floats,
    p: Process,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, Ints]:
    """Draw the incidents of one half-year as numbers, and count the clashes by village."""
    rows = timeline.rows(t)
    who, when, kinds = [], [], []
    for profile, kind, rate in _rates(villages, timeline, clash_rate, tension, p):
        weights = timeline.weights[profile][rows]
        total = float(weights.sum())
        counts = rng.poisson(rate * total)
        place = np.repeat(np.arange(len(counts)), counts)
        chances = weights / total if total else None
        day = rows.start + rng.choice(timeline.window_days, size=len(place), p=chances)
        who.append(place)
        when.append(day)
        kinds.append(
            np.full(len(place), _TYPES.index(kind), dtype=np.uint8)
            if kind
            else _clash_types(timeline.near_voting[day], rng)
        )
    places, days = np.concatenate(who), np.concatenate(when)
    late = rng.exponential(p.known_lag_days, len(days)).round()
    frame = pl.DataFrame(
        {
            "village": places.astype(np.uint32),
            "day": days.astype(np.uint16),
            "late": late.astype(np.int16),
            "type": np.concatenate(kinds),
            "reported": rng.random(len(days)) < villages.reporting_rate[places],
        }
    )
    return frame, np.bincount(who[0], minlength=len(clash_rate))


def spelled_out(drawn: pl.DataFrame, villages: Villages, timeline: Timeline) -> pl.DataFrame:
    """Return incidents with codes, days, names of types and the election they belong to."""
    day = drawn["day"]
    occurred_on = timeline.days[day.to_numpy()]
    return pl.DataFrame(
        {
            "village_code": villages.frame["village_code"].gather(drawn["village"]),
            "occurred_on": occurred_on,
            "known_on": occurred_on + drawn["late"].to_numpy().astype("timedelta64[D]"),
            "type": pl.Series(_TYPES).gather(drawn["type"]),
            "election": pl.Series(timeline.election.astype(str)).gather(day),
            "reported": drawn["reported"],
        }
    )


def _clash_types(near_voting: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw the type of each clash; riots at a polling station belong to voting days."""
    shares = np.array(list(CLASH_SHARES.values()))
    steps = np.cumsum(shares / shares.sum(axis=0), axis=0)
    own = np.where(near_voting[:, None], steps[:, 0], steps[:, 1])
    chosen = (rng.random(len(near_voting))[:, None] >= own).sum(axis=1)
    numbers = np.array([_TYPES.index(name) for name in CLASH_SHARES], dtype=np.uint8)
    drawn: NDArray[np.uint8] = numbers[np.minimum(chosen, len(shares) - 1)]
    return drawn
