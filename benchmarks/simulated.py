"""What ranking and intervals are worth where the truth is known: many simulated regions.

Run `python benchmarks/simulated.py [--villages N] [--seeds N] [--scenario NAME] [--json]`. Each
seed is a region written as by `rawan simulate`, read, placed, built and scored as a run does;
only the gates are left out. Printed are means over seeds with their lowest and highest:

- rank correlation with the true risk: of the published score, of every candidate learned anew at
  the cutoff, and of raw counts (all known outcome incidents, and the decayed count);
- coverage: share of villages whose true rank lies in the published interval; also among the
  third of villages that sources name least and most often;
- calibration over all seeds: how often villages were truly in the top k for what was said of
  them, and the published risk beside the true chance of an outcome, and of one that is told;
- the correlation of estimated and true log reporting rate.

`--scenario uneven` has half of its villages report a third of what happens, `even` has all report
most of it. The truth is that of the simulation: it tests the machinery, and no real region.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from machine import heading, here_and_now, in_processes
from scipy.stats import rankdata, spearmanr

from models.additive import Array
from models.backtest import Table
from models.effort import reporting_effort
from models.effort_inputs import told_of
from models.simulated_process import REPORTING
from rawan import choosing, preparation, scoring
from rawan.candidates import make_candidates
from rawan.effort import neighbourhood
from rawan.progress import Progress
from rawan.settings import Settings, load_settings
from rawan.sources.fictional import write_region
from rawan.warehouse import Warehouse, open_warehouse

# Edges of what is said; a bin that holds nothing is left out.
TOP_K_EDGES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
RISK_EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--villages", type=int, default=260)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument(
        "--scenario", choices=sorted(REPORTING), nargs="+", default=["default", "uneven"]
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument(
        "--publish", help="score with this candidate, whatever the comparison says", default=None
    )
    given = parser.parse_args()
    started = time.perf_counter()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    jobs = [
        (given.villages, seed, scenario, given.publish)
        for scenario in given.scenario
        for seed in seeds
    ]
    regions = in_processes(one_region, jobs, [f"{job[2]}, seed {job[1]}" for job in jobs])
    answer = {
        **here_and_now(),
        "villages": given.villages,
        "seeds": list(seeds),
        "publish": given.publish,
        "seconds": time.perf_counter() - started,
        "scenarios": {
            scenario: summary(
                [found for job, found in zip(jobs, regions, strict=True) if job[2] == scenario]
            )
            for scenario in given.scenario
        },
    }
    print(json.dumps(answer, indent=2) if given.json else as_text(answer))


Job = tuple[int, int, str, str | None]


def one_region(villages: int, seed: int, scenario: str, publish: str | None) -> dict[str, Any]:
    """Simulate a region, score it as a run does, and hold the list against the truth."""
    with tempfile.TemporaryDirectory() as folder:
        config = write_region(Path(folder) / "region", villages, seed, reporting=scenario)
        settings = load_settings(config)
        with open_warehouse(settings) as warehouse:
            taken = preparation.take_in(warehouse, settings, Progress(quiet=True))
            warehouse.build("staging")
            warehouse.build("features")
            choice = choosing.choose_model(warehouse, settings)
            if publish is not None:
                choice = forced(warehouse, settings, choice, publish)
            scoring.score(warehouse, settings, taken.election, choice)
            return held_against_truth(warehouse, settings, choice, config.parent)


def forced(
    warehouse: Warehouse, settings: Settings, choice: choosing.Choice, name: str
) -> choosing.Choice:
    """Return the choice with another candidate in the place of the one that won."""
    if name == choice.candidate.name:
        return choice
    columns = choosing.load_table(warehouse, settings).frame.columns
    for candidate in make_candidates(settings, columns):
        if candidate.name == name:
            return replace(choice, candidate=candidate, calibration=None)
    raise SystemExit(f"--publish {name}: there is no such candidate in the configuration.")


def held_against_truth(
    warehouse: Warehouse, settings: Settings, choice: choosing.Choice, folder: Path
) -> dict[str, Any]:
    """Return the numbers of one region, and for each village what was said and what is true."""
    table = choosing.load_table(warehouse, settings)
    now = table.at(settings.calendar.cutoff)
    truth = pl.read_parquet(folder / "truth.parquet").filter(
        (pl.col("hazard") == "conflict") & (pl.col("stage") == "window")
    )
    scored = warehouse.frame("FROM scores.scored WHERE hazard = 'conflict' ORDER BY village_code")
    list_ = scored.join(truth, on="village_code", validate="1:1", maintain_order="left")
    if not list_["village_code"].equals(now["village_code"]):
        raise SystemExit("the published list does not have the villages of the features")
    risk, rate = list_["true_risk"].to_numpy(), list_["reporting_rate"].to_numpy()
    true_rank = rankdata(-risk, method="min")
    low, high = list_["rank_low"].to_numpy(), list_["rank_high"].to_numpy()
    inside = (true_rank >= low) & (true_rank <= high)
    named = now["coverage"].to_numpy()
    least, most = np.quantile(named, [1 / 3, 2 / 3])
    effort = reporting_effort(told_of(now), neighbourhood(warehouse)).log_effort
    said = [] if list_["risk"].null_count() else list_["risk"].to_list()
    scores = {
        "published": list_["score"].to_numpy(),
        "raw count": now["clash_all"].to_numpy(),
        "raw decayed count": now["clash_decayed"].to_numpy(),
        **candidate_scores(settings, table),
    }
    return {
        "model": choice.candidate.name,
        "spearman": {
            name: float(spearmanr(score, risk).statistic) for name, score in scores.items()
        },
        "coverage": {
            "all villages": float(inside.mean()),
            "named least": float(inside[named <= least].mean()),
            "named most": float(inside[named >= most].mean()),
        },
        "width": float(((high - low + 1) / len(risk)).mean()),
        "reporting": float(np.corrcoef(effort, np.log(rate))[0, 1]),
        "top_k": beside(list_["top_k_probability"].to_list(), (true_rank <= choice.k).tolist()),
        "risk_true": beside(said, risk.tolist()),
        # An outcome is told with the reporting rate's chance.
        "risk_told": beside(said, (-np.expm1(rate * np.log1p(-risk))).tolist()),
    }


def candidate_scores(settings: Settings, table: Table) -> dict[str, Array]:
    """Return what every candidate that can be learned says at the cutoff."""
    training = table.training(settings.calendar.cutoff)
    now = table.at(settings.calendar.cutoff)
    return {
        candidate.name: candidate.fit(training).score(now)
        for candidate in make_candidates(settings, table.frame.columns)
        if training.outcome.sum() >= candidate.least_outcomes
    }


def beside(said: Sequence[float], is_true: Iterable[float]) -> list[tuple[float, float]]:
    """Return what was said of each village beside what is true of it; none if nothing was said."""
    if not said:
        return []
    return [(float(s), float(t)) for s, t in zip(said, is_true, strict=True)]


def summary(regions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return means over regions with their range, and calibration over all of their villages."""
    models = [region["model"] for region in regions]
    names = dict.fromkeys(name for region in regions for name in region["spearman"])
    spearman = {
        name: spread(r["spearman"][name] for r in regions if name in r["spearman"])
        for name in names
    }
    for name in names:
        gains = [
            r["spearman"][name] - r["spearman"]["raw decayed count"]
            for r in regions
            if name in r["spearman"]
        ]
        spearman[name] |= {"gain": mean(gains), "better_in": sum(gain > 0 for gain in gains)}
    return {
        "published": {name: models.count(name) for name in dict.fromkeys(models)},
        "spearman": spearman,
        "coverage": {
            name: spread(region["coverage"][name] for region in regions)
            for name in regions[0]["coverage"]
        },
        "width": spread(region["width"] for region in regions),
        "reporting": spread(region["reporting"] for region in regions),
        "top_k": binned([p for region in regions for p in region["top_k"]], TOP_K_EDGES),
        "risk_true": binned([p for r in regions for p in r["risk_true"]], RISK_EDGES),
        "risk_told": binned([p for r in regions for p in r["risk_told"]], RISK_EDGES),
    }


def spread(values: Iterable[float]) -> dict[str, float]:
    """Return mean, lowest and highest, and over how many regions.

    >>> spread([1.0, 3.0])
    {'mean': 2.0, 'low': 1.0, 'high': 3.0, 'regions': 2}
    """
    found = list(values)
    return {"mean": mean(found), "low": min(found), "high": max(found), "regions": len(found)}


def mean(values: list[float]) -> float:
    """Return the mean."""
    return sum(values) / len(values)


def binned(said: list[tuple[float, float]], edges: tuple[float, ...]) -> list[dict[str, float]]:
    """Return for each bin of what was said its mean, the mean of what is true, and the number.

    A bin holds its lower edge, and the last one the upper too.

    >>> binned([(0.1, 0.0), (0.3, 1.0), (1.0, 1.0)], (0.0, 0.2, 1.0))[1]
    {'from': 0.2, 'said': 0.65, 'was': 1.0, 'villages': 2}
    """
    bins = []
    for place, (low, high) in enumerate(pairwise(edges)):
        is_last = place == len(edges) - 2
        inside = [(s, h) for s, h in said if low <= s < high or (is_last and s == high)]
        if inside:
            bins.append(
                {
                    "from": low,
                    "said": mean([s for s, _ in inside]),
                    "was": mean([h for _, h in inside]),
                    "villages": len(inside),
                }
            )
    return bins


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer as lines for people."""
    lines = [
        heading(answer),
        f"{answer['villages']} villages, {len(answer['seeds'])} seeds, "
        f"{answer['seconds']:.0f} s; mean [lowest, highest] over seeds",
    ]
    for scenario, found in answer["scenarios"].items():
        told = ", ".join(f"{name} {number}" for name, number in found["published"].items())
        lines += ["", f"{scenario}: published {told}", "rank correlation with the true risk"]
        for name, value in found["spearman"].items():
            lines.append(
                f"  {name:22} {ranged(value)}  {value['gain']:+.3f} on the decayed count, "
                f"better in {value['better_in']} of {value['regions']}"
            )
        lines.append("share of villages whose true rank lies in the 90 % interval")
        lines += [f"  {name:22} {ranged(value)}" for name, value in found["coverage"].items()]
        lines.append(f"  {'mean width of ranks':22} {ranged(found['width'])}")
        lines.append("correlation of estimated and true log reporting rate")
        lines.append(f"  {'effort':22} {ranged(found['reporting'])}")
        for name, title in (
            ("top_k", "probability of the top k, said and true"),
            ("risk_true", "risk, said and true chance of an outcome"),
            ("risk_told", "risk, said and true chance of an outcome that is told"),
        ):
            lines.append(title if found[name] else f"{title}: none was published")
            lines += [
                f"  from {b['from']:.2f}  {b['said']:.3f} {b['was']:.3f}  {b['villages']} villages"
                for b in found[name]
            ]
    return "\n".join(lines)


def ranged(value: dict[str, float]) -> str:
    """Return a mean with its range."""
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


if __name__ == "__main__":
    main()
