"""Rolling origin: at each past cutoff learn from what was known, rank, and see what followed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.additive import Array, Candidate, Scale, TrainingSet
from models.calibration import calibrate


@dataclass(frozen=True)
class Table:
    """One row a (unit, cutoff), in the order of cutoff and unit.

    Attributes
    ----------
    frame : features, and cutoff, window_until, block, outcome_count, outcomes_known_on,
        is_onset_candidate, is_tested.
    """

    frame: pl.DataFrame

    def at(self, cutoff: date) -> pl.DataFrame:
        """Return the rows of one cutoff."""
        return self._where(self.frame["cutoff"] == cutoff)

    def over(self, today: date) -> pl.DataFrame:
        """Return the rows whose window is over at `today`."""
        return self._where(self.frame["window_until"] <= today)

    def _where(self, kept: pl.Series) -> pl.DataFrame:
        """Return the rows kept: without a copy where they follow each other, as they mostly do."""
        kept = kept.fill_null(False)
        number, first = int(kept.sum()), kept.arg_max() or 0
        if kept.slice(first, number).all():
            return self.frame.slice(first, number)
        return self.frame.filter(kept)

    def tested(self) -> list[date]:
        """Return the cutoffs to test, oldest first."""
        return self.frame.filter("is_tested")["cutoff"].unique().sort().to_list()

    def training(self, today: date) -> TrainingSet:
        """Return the rows whose window is over at `today`, with the outcomes known by then."""
        rows = self.over(today)
        known = rows["outcomes_known_on"].list.eval(pl.element() <= today).list.sum().fill_null(0)
        count = known.to_numpy().astype(np.float64)
        return TrainingSet(
            features=rows,
            outcome=(count > 0).astype(np.float64),
            count=count,
            cutoff_index=rows["cutoff"].rank("dense").to_numpy().astype(np.int64) - 1,
            years_ago=(today - rows["cutoff"]).dt.total_days().to_numpy() / 365.25,
            block=self.blocks(rows),
        )

    def sampled(self, units: int, random: np.random.Generator) -> "Table":
        """Return the rows of whole blocks drawn by lot, with about so many units in all.

        All of them where there are no more. Blocks are added until there are enough units, so
        that neighbours stay together and the bootstrap over blocks keeps its meaning.
        """
        newest = self.frame.filter(pl.col("cutoff") == pl.col("cutoff").max())
        if newest.height <= units:
            return self
        size = newest.group_by("block").len().sort("block")
        order = random.permutation(size.height)
        together = np.cumsum(size["len"].to_numpy()[order])
        kept = size["block"].gather(order[: int(np.searchsorted(together, units)) + 1])
        return Table(self.frame.filter(pl.col("block").is_in(kept.implode())))

    def blocks(self, rows: pl.DataFrame) -> NDArray[np.int64]:
        """Return the number of each row's block, the same at every cutoff."""
        names = self.frame["block"].unique().sort()
        return names.search_sorted(rows["block"]).to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Prediction:
    """What one candidate said at one past cutoff, and what followed.

    `until` is the end of the window asked about. `probability` is calibrated on predictions
    whose windows were over by the cutoff; None where there were too few.
    """

    cutoff: date
    until: date
    score: Array
    count: NDArray[np.int64]
    block: NDArray[np.int64]
    onset_candidate: NDArray[np.bool_]
    probability: Array | None = None

    @property
    def happened(self) -> NDArray[np.bool_]:
        """Tell for each unit whether the outcome occurred."""
        return self.count > 0


@dataclass(frozen=True)
class Skip:
    """Why a cutoff could not be tested, and how many outcomes there were.

    no_outcome: nothing followed that a list could have captured; everywhere: it happened in
    every place; too_few: not enough outcomes were known to learn from.
    """

    kind: Literal["no_outcome", "everywhere", "too_few"]
    number: int


@dataclass(frozen=True)
class TooFew:
    """Why a candidate was left out: at `cutoff`, `known` outcomes were known and it needs more."""

    cutoff: date
    known: int
    needed: int


@dataclass(frozen=True)
class Backtest:
    """Predictions by candidate at the same cutoffs, and what had to be skipped or left out."""

    k: int
    predictions: dict[str, list[Prediction]]
    skipped: dict[date, Skip]
    left_out: dict[str, TooFew]

    @property
    def cutoffs(self) -> list[date]:
        """Return the cutoffs that were tested."""
        return [prediction.cutoff for prediction in next(iter(self.predictions.values()))]


def rolling_origin(
    candidates: Sequence[Candidate],
    table: Table,
    cutoffs: Sequence[date],
    k: int,
    min_outcomes: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Rank at each cutoff with what was known there.

    A cutoff is skipped, and told, where too few outcomes were known to learn from or
    nothing followed that could be captured.

    Parameters
    ----------
    candidates : what to compare; each is learned anew at each cutoff.
    table : features and outcomes at all cutoffs, with complete windows.
    cutoffs : the cutoffs to test, oldest first.
    k : units that can be attended.
    min_outcomes : outcomes that a training set must hold at the least.
    """
    predictions: dict[str, list[Prediction]] = {candidate.name: [] for candidate in candidates}
    skipped: dict[date, Skip] = {}
    left_out: dict[str, TooFew] = {}
    for number, cutoff in enumerate(cutoffs, 1):
        tell(f"backtest {number} of {len(cutoffs)}: cutoff {cutoff}")
        now = table.at(cutoff)
        count = now["outcome_count"].to_numpy().astype(np.int64)
        training = table.training(cutoff)
        known = int(training.outcome.sum())
        if not (0 < (count > 0).sum() < len(count)):
            kind: Literal["no_outcome", "everywhere"] = (
                "everywhere" if count.any() else "no_outcome"
            )
            skipped[cutoff] = Skip(kind, int(count.sum()))
            continue
        if known < min_outcomes:
            skipped[cutoff] = Skip("too_few", known)
            continue
        for candidate in candidates:
            if candidate.name in left_out:
                continue
            if known < candidate.least_outcomes:
                # A comparison needs the same cutoffs for all, so it is left out as a whole.
                left_out[candidate.name] = TooFew(cutoff, known, candidate.least_outcomes)
                continue
            predictions[candidate.name].append(
                Prediction(
                    cutoff=cutoff,
                    until=now["window_until"][0],
                    score=candidate.fit(training).score(now),
                    count=count,
                    block=table.blocks(now),
                    onset_candidate=now["is_onset_candidate"].to_numpy(),
                )
            )
    kept = {
        candidate.name: with_probabilities(
            predictions[candidate.name], candidate.scale, min_outcomes
        )
        for candidate in candidates
        if candidate.name not in left_out
    }
    return Backtest(k, kept, skipped, left_out)


def with_probabilities(
    predictions: Sequence[Prediction], scale: Scale, min_outcomes: int
) -> list[Prediction]:
    """Return the predictions with probabilities, each calibrated on earlier windows alone."""
    if scale == "index":
        return list(predictions)
    found = []
    for prediction in predictions:
        over = [p for p in predictions if p.until <= prediction.cutoff]
        score, happened = pooled(over) if over else (np.empty(0), np.empty(0, dtype=bool))
        probability = None
        if happened.sum() >= min_outcomes and not happened.all():
            probability = calibrate(score, happened, scale).probability(prediction.score)
        found.append(replace(prediction, probability=probability))
    return found


def pooled(predictions: Sequence[Prediction]) -> tuple[Array, NDArray[np.bool_]]:
    """Return all scores and outcomes of a candidate's predictions, one after another."""
    score = np.concatenate([prediction.score for prediction in predictions])
    return score, np.concatenate([prediction.happened for prediction in predictions])
