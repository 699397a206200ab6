"""The days of a fictional region: half-years, voting days, and the weight of every day.

Owns the calendar of the process. How often something happens is left to `simulated_events.py`.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.simulated_process import Floats, Process


@dataclass(frozen=True)
class Timeline:
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


def lay_timeline(cutoff: date, history_from: date, window_days: int, p: Process) -> Timeline:
    """Lay the half-years back from the cutoff and weigh every day by the calendar."""
    half_years = -(-(cutoff - history_from).days // window_days)
    start = np.datetime64(cutoff) - np.timedelta64(half_years * window_days, "D")
    days = start + np.arange((half_years + 1) * window_days).astype("timedelta64[D]")
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
    return Timeline(
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
