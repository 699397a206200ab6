"""A fictional region whose true risk is known: the generating process, and nothing else.

Owns the draws. Names, files and misspellings are the business of `rawan/sources/fictional.py`.
Everything is drawn from children of one `SeedSequence`; what happens after the cutoff has
children of its own, so that no incident before the cutoff depends on it.

The process
-----------
Half-years are windows of `window_days` counted back from the cutoff, so that the window
[cutoff, cutoff + window_days) is the next one. For village i, half-year t and day d:

    rate[i,t]  = ((1 - a) * mu * m[i] * exp(x[i,t] - s**2 / 2) + a * S[i,t]) / window_days
    N[i,t]     ~ Poisson(rate[i,t] * sum of w[d] over the days d of t)
    S[i,t]     = (1 - q) * N[i,t-1] + q * S[i,t-1]                          self-exciting
    x[i,t]     = r * x[i,t-1] + sqrt(1 - r**2) * s * e[i,t]                 slow AR(1)
    log m[i]   = b_field * f[i] + b_village * v[i] + b_close * closeness[i]
                 + b_tps * log TPS[i] + b_land * land[i]                    persistent
    w[d]       ~ 1 + rise * exp(-days to or from the nearest voting day / tau),
                 and `voting_day_rise` more on the day itself; mean 1 over the history

with f a smooth Gaussian field (random Fourier features: f(p) = sqrt(2/M) * sum of
cos(k[j] . p + c[j]), k[j] ~ Normal(0, 1/length**2)), m scaled to mean 1 and every covariate
standardised. The lognormal m is the heavy tail. Given the state at the cutoff the daily rate
is fixed, so the truth has a closed form: P(at least one) = 1 - exp(-rate * sum of w[d]).

Protests, land disputes and allegations are Poisson with rates that rise with
`loading * (log m[i] + x[i,t])` (land disputes: with land[i]). Logistics is held up only in the
`logistics_days` before a voting day, at a rate proportional to exp(steepness * difficulty[i]).
Each incident reaches a file with probability reporting_rate[i], some days late.

A report in half-year t is a noisy look at the tension that is brewing, and that acts from t+1:
y = standardised(log m[i] + x[i,t+1]) + noise, with noise by the two Admiralty grades; it is
written where y passes a threshold. A share of the reports is false: a village at random.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_VILLAGES = 20
MAX_DISTRICTS = 99 * 99  # codes have two digits for the regency and two for the kecamatan
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
REPORT_TYPES = (
    "bentrok_pendukung",
    "intimidasi",
    "bentrok_warga",
    "perusakan",
    "unjuk_rasa",
)


@dataclass(frozen=True)
class Process:
    """All parameters of the process. Counts are means over villages and half-years."""

    elections: tuple[tuple[str, date], ...] = (
        ("pilkada2010", date(2010, 6, 30)),
        ("pemilu2014", date(2014, 4, 9)),
        ("pilkada2015", date(2015, 12, 9)),
        ("pilgub2018", date(2018, 6, 27)),
        ("pemilu2019", date(2019, 4, 17)),
        ("pilbup2020", date(2020, 12, 9)),
        ("pemilu2024", date(2024, 2, 14)),
        ("simulasi2024", date(2024, 11, 27)),
    )
    villages_per_district: int = 15  # about
    area_per_village_km2: float = 8.0
    origin_lat: float = -4.8  # open sea: nobody can take the region for a real one
    origin_lon: float = 110.8
    field_features: int = 200  # number M of random Fourier features
    field_length_km: float = 12.0  # distance over which the fields vary

    clash_mean: float = 0.04  # mu, clashes per village and half-year
    field_weight: float = 0.8  # b_field, log-rate per standard deviation
    village_weight: float = 1.1  # b_village
    closeness_weight: float = 0.25  # b_close
    tps_weight: float = 0.25  # b_tps
    land_weight: float = 0.3  # b_land
    tension_sd: float = 0.7  # s, stationary standard deviation of x
    tension_memory: float = 0.75  # r, per half-year
    excitation_share: float = 0.3  # a, share of clashes set off by earlier ones
    excitation_memory: float = 0.6  # q, per half-year
    burn_in: int = 12  # half-years before the history, not kept

    election_rise: float = 3.0  # rise, times the quiet rate
    rise_days: float = 60.0  # tau before the voting day
    fall_days: float = 20.0  # tau after it
    voting_day_rise: float = 10.0
    near_voting_days: int = 3  # days around a voting day with the types of one
    protest: tuple[float, float] = (0.030, 0.5)  # (mean, loading)
    land_dispute: tuple[float, float] = (0.025, 0.8)
    money_politics: tuple[float, float] = (0.020, 0.4)
    neutrality: tuple[float, float] = (0.012, 0.3)
    logistics_mean: float = 0.04  # hold-ups per village and election
    logistics_steepness: float = 1.2
    logistics_days: int = 3  # days before the voting day

    reporting_min: float = 0.2
    reporting_low_max: float = 0.5  # highest rate among the low half
    reporting_high_min: float = 0.8  # lowest rate among the others
    low_reporting_share: float = 0.5
    known_lag_days: float = 4.0  # mean of the exponential lag

    report_years: int = 3
    report_candidates: float = 0.6  # looks per village and half-year, times reporting_rate
    report_threshold: float = 1.0  # standard deviations of tension
    false_report_share: float = 0.1
    source_noise: tuple[float, ...] = (0.3, 0.5, 0.8, 1.2, 1.8, 1.4)  # sd for A to F
    information_noise: tuple[float, ...] = (
        0.4,
        0.7,
        1.0,
        1.3,
        1.7,
        1.4,
    )  # factor for 1 to 6


@dataclass(frozen=True)
class SimulatedRegion:
    """What was drawn. `incidents` ends before the cutoff, `outcomes` begins on it."""

    villages: pl.DataFrame
    incidents: pl.DataFrame
    outcomes: pl.DataFrame
    reports: pl.DataFrame
    truth: pl.DataFrame


def simulate_region(
    n_villages: int,
    seed: int,
    cutoff: date,
    history_from: date,
    window_days: int,
    stages: Mapping[str, tuple[date, date]],
    process: Process | None = None,
) -> SimulatedRegion:
    """Draw a region from the process stated at the head of this module.

    Parameters
    ----------
    n_villages : number of villages, at least `MIN_VILLAGES`.
    seed : not negative; the same seed gives the same frames.
    cutoff, history_from : first day that is not known, first day of the history.
    window_days : length of a half-year and of the horizon.
    stages : first and last day (both included) by stage; all within the horizon.
    process : parameters; the defaults if None.

    Returns
    -------
    SimulatedRegion
        `villages` sorted by code; `incidents` and `outcomes` with `village_code, occurred_on,
        known_on, type, election, reported`; `reports` with grades and `is_false`; `truth` with
        one row for each village and stage (hazard `conflict`: the stages and "window"; hazard
        `logistics`: stage "logistics", if given).

    Raises
    ------
    ValueError
        If the region would be too small or too large, or a stage leaves the horizon.
    """
    p = Process() if process is None else process
    if n_villages < MIN_VILLAGES or n_villages > p.villages_per_district * MAX_DISTRICTS:
        raise ValueError(f"n_villages must be {MIN_VILLAGES} or more, and fit the codes")
    if not history_from < cutoff:
        raise ValueError("history_from must come before the cutoff")
    end = cutoff + timedelta(days=window_days)
    for stage, (first, last) in stages.items():
        if not cutoff <= first <= last < end:
            raise ValueError(f"stage {stage!r} is not within the horizon")
    children = np.random.SeedSequence(seed).spawn(5)
    place, state, past, look, horizon = (np.random.default_rng(child) for child in children)

    villages = _villages(n_villages, place, p)
    timeline = _timeline(cutoff, history_from, window_days, p)
    tension = _tension(villages, timeline.half_years, p, state)
    incidents, clash_rate = _history(villages, timeline, tension, p, past)
    outcomes, _ = _half_year(
        villages, timeline, timeline.half_years, clash_rate, tension[-1], p, horizon
    )
    return SimulatedRegion(
        villages=villages.frame,
        incidents=incidents.filter(pl.col("occurred_on") >= history_from),
        outcomes=outcomes.sort("occurred_on", "village_code", "type"),
        reports=_reports(villages, timeline, tension, p, look),
        truth=_truth(villages, timeline, clash_rate, stages),
    )


@dataclass(frozen=True)
class _Villages:
    """The villages' frame, and the arrays that the rates need."""

    frame: pl.DataFrame
    log_m: Floats
    land: Floats
    logistics_rate: Floats  # hold-ups per day of distribution

    @property
    def codes(self) -> NDArray[np.object_]:
        return self.frame["village_code"].to_numpy()

    @property
    def reporting_rate(self) -> Floats:
        return self.frame["reporting_rate"].to_numpy()


@dataclass(frozen=True)
class _Timeline:
    """Day weights, by profile, from the first half-year to the end of the horizon."""

    days: NDArray[np.datetime64]
    half_years: int  # before the cutoff; the horizon is the next one
    window_days: int
    weights: dict[str, Floats]
    near_voting: NDArray[np.bool_]
    election: NDArray[np.object_]  # id of the election a day belongs to, "" for none

    def rows(self, t: int) -> slice:
        """Return the rows of half-year `t`."""
        return slice(t * self.window_days, (t + 1) * self.window_days)

    def total(self, profile: str, first: date, last: date) -> float:
        """Return the sum of a profile's weights from `first` to `last`, both included."""
        inside = (self.days >= np.datetime64(first)) & (self.days <= np.datetime64(last))
        return float(self.weights[profile][inside].sum())


def _standardised(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())


def _field(points_km: Floats, rng: np.random.Generator, p: Process) -> Floats:
    """Draw a smooth Gaussian field and read it at the points."""
    waves = rng.normal(0.0, 1.0 / p.field_length_km, (2, p.field_features))
    phases = rng.uniform(0.0, 2 * np.pi, p.field_features)
    total = np.cos(points_km @ waves + phases).sum(axis=1)
    return _standardised(np.asarray(total * np.sqrt(2 / p.field_features)))


def _districts(points_km: Floats, count: int) -> list[Ints]:
    """Cut the points into `count` compact groups of nearly equal size."""

    def cut(members: Ints, parts: int) -> list[Ints]:
        if parts == 1:
            return [np.sort(members)]
        spread = np.ptp(points_km[members], axis=0)
        ordered = members[np.argsort(points_km[members, int(np.argmax(spread))], kind="stable")]
        left = parts // 2
        at = round(len(members) * left / parts)
        return cut(ordered[:at], left) + cut(ordered[at:], parts - left)

    return cut(np.arange(len(points_km)), count)


def _villages(n: int, rng: np.random.Generator, p: Process) -> _Villages:
    """Draw places, people and what stays with a village."""
    side = float(np.sqrt(n * p.area_per_village_km2))
    points = rng.uniform(-side / 2, side / 2, (n, 2))
    groups = _districts(points, max(2, round(n / p.villages_per_district)))
    points = points[np.concatenate(groups)]
    sizes = [len(group) for group in groups]
    district = np.repeat(np.arange(len(groups)), sizes)
    number = np.concatenate([np.arange(1, size + 1) for size in sizes])
    centre = np.array([points[district == k].mean(axis=0) for k in range(len(groups))])
    seat_km = np.hypot(*(points - centre[district]).T)
    capital_km = np.hypot(*points.T)

    population = np.round(np.exp(rng.normal(8.1, 0.5, n))).astype(np.int64) + 200
    voters = np.round(population * rng.uniform(0.66, 0.74, n)).astype(np.int64)
    tps_2019 = -(-voters // 240)
    lean = _field(points, rng, p)
    first = 1 / (1 + np.exp(-(0.2 + 0.5 * lean + 0.4 * rng.normal(size=n))))
    turnout = rng.uniform(0.72, 0.9, n)
    land = _standardised(0.6 * _field(points, rng, p) + 0.8 * rng.normal(size=n))

    boat = np.where(rng.random(n) < 0.03, rng.uniform(0.2, 1.0, n), 0.0).round(2)
    height = np.exp(4.4 + 0.7 * _field(points, rng, p) + 0.2 * rng.normal(size=n))
    difficulty = _standardised(
        _standardised(np.log(height))
        + 0.8 * _standardised(capital_km)
        + 4.0 * boat
        + 0.6 * rng.normal(size=n)
    )
    log_m = (
        p.field_weight * _field(points, rng, p)
        + p.village_weight * rng.normal(size=n)
        + p.closeness_weight * _standardised(-np.abs(2 * first - 1))
        + p.tps_weight * _standardised(np.log(tps_2019))
        + p.land_weight * land
    )
    hardship = np.exp(p.logistics_steepness * difficulty)
    district_codes = [f"99.{k // 99 + 1:02d}.{k % 99 + 1:02d}" for k in range(len(groups))]
    frame = pl.DataFrame(
        {
            "village_code": [
                f"{district_codes[k]}.{2000 + i}" for k, i in zip(district, number, strict=True)
            ],
            "district_code": [district_codes[k] for k in district],
            "lat": (p.origin_lat + points[:, 1] / 110.57).round(4),
            "lon": (p.origin_lon + points[:, 0] / 110.93).round(4),
            "area_km2": (0.1 + p.area_per_village_km2 * rng.gamma(6.0, 1 / 6.0, n)).round(2),
            "population": population,
            "voters": voters,
            "tps_2019": tps_2019,
            "tps_2024": -(-voters // 250),
            "first_share_2019": first,
            "turnout_2019": turnout,
            "difficulty": difficulty,
            "elevation_m": height.round(0),
            "water_crossing_share": boat,
            "distance_seat_km": seat_km.round(1),
            "distance_capital_km": capital_km.round(1),
            "reporting_rate": _reporting_rate(points, rng, p),
        }
    )
    return _Villages(
        frame=frame,
        log_m=log_m - np.log(np.exp(log_m).mean()),
        land=land,
        logistics_rate=hardship / hardship.mean() * p.logistics_mean / p.logistics_days,
    )


def _reporting_rate(points_km: Floats, rng: np.random.Generator, p: Process) -> Floats:
    """Draw how much of what happens is told: low in some stretches of land, high in others."""
    n = len(points_km)
    willingness = 0.9 * _field(points_km, rng, p) + 0.45 * rng.normal(size=n)
    rank = (np.argsort(np.argsort(willingness)) + 0.5) / n
    split = p.low_reporting_share
    if split >= 1:
        knots = [(0.0, p.reporting_min), (1.0, p.reporting_low_max)]
    elif split <= 0:
        knots = [(0.0, p.reporting_high_min), (1.0, 1.0)]
    else:
        knots = [
            (0.0, p.reporting_min),
            (split, p.reporting_low_max),
            (split + 1e-9, p.reporting_high_min),
            (1.0, 1.0),
        ]
    return np.interp(rank, [x for x, _ in knots], [y for _, y in knots]).round(4)


def _timeline(cutoff: date, history_from: date, window_days: int, p: Process) -> _Timeline:
    """Lay the half-years back from the cutoff and weigh every day by the calendar."""
    half_years = -(-(cutoff - history_from).days // window_days)
    start = np.datetime64(cutoff) - half_years * window_days
    days = start + np.arange((half_years + 1) * window_days)
    votes = np.array([day for _, day in p.elections], dtype="datetime64[D]")
    # Far away in time stands for "no election at all", so that an empty calendar is flat.
    after = np.full((len(days), 1), 10**6)
    if len(votes):
        after = (days[:, None] - votes[None, :]).astype(np.int64)
    closeness = np.exp(-np.where(after < 0, -after / p.rise_days, after / p.fall_days))
    nearest = closeness.argmax(axis=1)
    lead = after[np.arange(len(days)), nearest]
    rise = closeness.max(axis=1)
    clash = 1 + p.election_rise * rise + p.voting_day_rise * (lead == 0)
    allegation = 0.1 + rise
    past = slice(0, half_years * window_days)
    ids = np.array([name for name, _ in p.elections] or [""], dtype=object)
    return _Timeline(
        days=days,
        half_years=half_years,
        window_days=window_days,
        weights={
            "clash": clash / clash[past].mean(),
            "allegation": allegation / allegation[past].mean(),
            "flat": np.ones(len(days)),
            "logistics": ((after >= -p.logistics_days) & (after < 0)).any(axis=1).astype(float),
        },
        near_voting=np.abs(lead) <= p.near_voting_days,
        election=np.where((lead >= -p.rise_days) & (lead <= p.fall_days), ids[nearest], ""),
    )


def _tension(
    villages: _Villages, half_years: int, p: Process, rng: np.random.Generator
) -> list[Floats]:
    """Draw log m + x for the burn-in, each half-year, and the horizon (the last)."""
    x = p.tension_sd * rng.normal(size=len(villages.log_m))
    drawn = [villages.log_m + x]
    for _ in range(p.burn_in + half_years):
        fresh = p.tension_sd * rng.normal(size=len(x))
        x = p.tension_memory * x + np.sqrt(1 - p.tension_memory**2) * fresh
        drawn.append(villages.log_m + x)
    return drawn


def _history(
    villages: _Villages,
    timeline: _Timeline,
    tension: list[Floats],
    p: Process,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, Floats]:
    """Draw all incidents before the cutoff; return them and the clash rate on the cutoff."""

    def rate(now: Floats, excitement: Floats) -> Floats:
        own = (1 - p.excitation_share) * p.clash_mean * np.exp(now - p.tension_sd**2 / 2)
        return np.asarray((own + p.excitation_share * excitement) / timeline.window_days)

    excitement = np.zeros(len(villages.log_m))
    frames = []
    for t, now in enumerate(tension[:-1], start=-p.burn_in):
        clash_rate = rate(now, excitement)
        if t < 0:
            counts = rng.poisson(clash_rate * timeline.window_days)
        else:
            frame, counts = _half_year(villages, timeline, t, clash_rate, now, p, rng)
            frames.append(frame)
        excitement = (1 - p.excitation_memory) * counts + p.excitation_memory * excitement
    incidents = pl.concat(frames).sort("occurred_on", "village_code", "type")
    return incidents, rate(tension[-1], excitement)


def _half_year(
    villages: _Villages,
    timeline: _Timeline,
    t: int,
    clash_rate: Floats,
    tension: Floats,
    p: Process,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, Ints]:
    """Draw the incidents of one half-year, and count the clashes by village."""

    def leaning(mean_and_loading: tuple[float, float], on: Floats) -> Floats:
        mean, loading = mean_and_loading
        pull = np.exp(loading * on)
        return np.asarray(mean * pull / pull.mean() / timeline.window_days)

    rows = timeline.rows(t)
    drawn: list[tuple[str, str, Floats]] = [
        ("clash", "", clash_rate),
        ("flat", "unjuk_rasa", leaning(p.protest, tension)),
        ("flat", "sengketa_lahan", leaning(p.land_dispute, villages.land)),
        ("allegation", "politik_uang", leaning(p.money_politics, tension)),
        ("allegation", "pelanggaran_netralitas", leaning(p.neutrality, tension)),
        ("logistics", "gangguan_logistik", villages.logistics_rate),
    ]
    who, when, kinds = [], [], []
    for profile, kind, rate in drawn:
        weights = timeline.weights[profile][rows]
        total = float(weights.sum())
        counts = rng.poisson(rate * total)
        place = np.repeat(np.arange(len(counts)), counts)
        chances = weights / total if total else None
        day = rows.start + rng.choice(timeline.window_days, size=len(place), p=chances)
        who.append(place)
        when.append(day)
        kinds.append(
            np.full(len(place), kind, dtype=object)
            if kind
            else _clash_types(timeline.near_voting[day], rng)
        )
    places, days = np.concatenate(who), np.concatenate(when)
    late = rng.exponential(p.known_lag_days, len(days)).round().astype(np.int64)
    frame = pl.DataFrame(
        {
            "village_code": villages.codes[places].astype(str),
            "occurred_on": timeline.days[days],
            "known_on": timeline.days[days] + late,
            "type": np.concatenate(kinds).astype(str),
            "election": timeline.election[days].astype(str),
            "reported": rng.random(len(days)) < villages.reporting_rate[places],
        }
    )
    return frame, np.bincount(who[0], minlength=len(clash_rate))


def _clash_types(near_voting: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.object_]:
    """Draw the type of each clash; riots at a polling station belong to voting days."""
    shares = np.array(list(CLASH_SHARES.values()))
    steps = np.cumsum(shares / shares.sum(axis=0), axis=0)
    own = np.where(near_voting[:, None], steps[:, 0], steps[:, 1])
    chosen = (rng.random(len(near_voting))[:, None] >= own).sum(axis=1)
    names = np.array(list(CLASH_SHARES), dtype=object)
    drawn: NDArray[np.object_] = names[np.minimum(chosen, len(shares) - 1)]
    return drawn


def _reports(
    villages: _Villages,
    timeline: _Timeline,
    tension: list[Floats],
    p: Process,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Draw graded reports on what is brewing, for the last years before the cutoff."""
    n = len(villages.log_m)
    count = min(timeline.half_years, round(p.report_years * 365.25 / timeline.window_days))
    frames = []
    for t in range(timeline.half_years - count, timeline.half_years):
        brewing = _standardised(tension[p.burn_in + t + 1])
        looks = rng.poisson(p.report_candidates * villages.reporting_rate)
        place = np.repeat(np.arange(n), looks)
        source = rng.choice(6, size=len(place), p=[0.1, 0.25, 0.3, 0.15, 0.08, 0.12])
        information = rng.choice(6, size=len(place), p=[0.12, 0.25, 0.28, 0.15, 0.08, 0.12])
        noise = np.array(p.source_noise)[source] * np.array(p.information_noise)[information]
        seen = brewing[place] + noise * rng.normal(size=len(place))
        is_false = (
            rng.random(len(place)) < p.false_report_share * (seen > p.report_threshold).mean()
        )
        written = is_false | (seen > p.report_threshold)
        place = np.where(is_false, rng.integers(0, n, len(place)), place)[written]
        day = timeline.rows(t).start + rng.integers(0, timeline.window_days, len(place))
        late = rng.exponential(1.0, len(place)).round().astype(np.int64)
        frames.append(
            pl.DataFrame(
                {
                    "village_code": villages.codes[place].astype(str),
                    "occurred_on": timeline.days[day],
                    "known_on": timeline.days[day] + late,
                    "type": rng.choice(REPORT_TYPES, len(place)),
                    "source_grade": np.array(list("ABCDEF"))[source[written]],
                    "information_grade": np.array(list("123456"))[information[written]],
                    "is_false": is_false[written],
                }
            )
        )
    return pl.concat(frames).sort("occurred_on", "village_code")


def _truth(
    villages: _Villages,
    timeline: _Timeline,
    clash_rate: Floats,
    stages: Mapping[str, tuple[date, date]],
) -> pl.DataFrame:
    """Write down the true probabilities: 1 - exp(-rate * weights of the stage's days)."""
    horizon = timeline.days[timeline.rows(timeline.half_years)]
    window = {"window": (horizon[0].item(), horizon[-1].item())}
    cases = [("conflict", "clash", clash_rate, stage) for stage in (*stages, "window")]
    if "logistics" in stages:
        cases.append(("logistics", "logistics", villages.logistics_rate, "logistics"))
    return pl.concat(
        pl.DataFrame(
            {
                "village_code": villages.frame["village_code"],
                "hazard": [hazard] * len(rate),
                "stage": [stage] * len(rate),
                "true_risk": -np.expm1(
                    -rate * timeline.total(profile, *{**stages, **window}[stage])
                ),
                "reporting_rate": villages.reporting_rate,
            }
        )
        for hazard, profile, rate, stage in cases
    )
