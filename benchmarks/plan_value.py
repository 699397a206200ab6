"""What a plan under uncertainty is worth where the truth is known: many simulated regions.

Run `python benchmarks/plan_value.py [--villages N] [--seeds N] [--officers N ...] [--q Q]
[--scenario NAME] [--json]`. Each seed is a region written as by `rawan simulate`, read, built and
scored as a run does. Then so many more officers, in teams of two, are placed:

- plan: for the most expected incidents faced over draws, no sector bare (as far as teams reach);
- plan without rules: the same, without the rule on sectors;
- point scores, and point scores without rules: the same two, taking the published score for the
  truth;
- proportional to TPS; top of the list (one team each to the first by rank);
- truth known: the best that anybody could do without rules.

Counted are the true expected incidents of the window (minus the logarithm of the true chance of
none) that these officers face beyond those who stand there already, a share 1 - (1 - q) ** x of a
village's with x officers there. `none there` starts from nobody, `TPS pattern` from two officers
for each twelve TPS. Printed are means over seeds, and what the plan faces more than each of the
others with its 90 % interval (t over seeds, paired). The truth is that of the simulation: it tests
the machinery, and no real region.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from machine import heading, here_and_now, in_processes
from scipy.stats import t

from models.additive import Array
from models.backtest import Table
from models.calibration import Calibration
from models.extra import plan_extra
from models.extra_beside import faced, on_expected, proportional, top_of_list, without_rules
from models.extra_terms import Counts, Places, Saturating, Terms
from models.ranking import ranks, village_spread
from models.risk_draws import draw_log_odds, expected_incidents
from models.simulated_process import REPORTING
from rawan import choosing, preparation, scoring
from rawan.progress import Progress
from rawan.settings import Settings, load_settings
from rawan.sources.fictional import write_region
from rawan.warehouse import Warehouse, open_warehouse

CAP = 5
PATTERN = (2, 12)  # officers, TPS
PLAN = "plan"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--villages", type=int, default=260)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--officers", type=int, nargs="+", default=[20, 50, 100])
    parser.add_argument("--q", type=float, default=0.15, help="share that one officer faces")
    parser.add_argument("--scenario", choices=sorted(REPORTING), default="default")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    given = parser.parse_args()
    if given.seeds < 2:
        parser.error("--seeds: an interval needs at least two")
    started = time.perf_counter()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    jobs = [
        (given.villages, seed, given.scenario, given.q, tuple(given.officers)) for seed in seeds
    ]
    regions = in_processes(one_region, jobs, [f"seed {job[1]}" for job in jobs])
    answer = {
        **here_and_now(),
        "villages": given.villages,
        "seeds": list(seeds),
        "scenario": given.scenario,
        "q": given.q,
        "seconds": time.perf_counter() - started,
        "models": [region["model"] for region in regions],
        "calibrated": sum(region["is_calibrated"] for region in regions),
        "true_total": float(np.mean([region["true_total"] for region in regions])),
        "faced": {
            base: {
                str(officers): summary([region["faced"][base][officers] for region in regions])
                for officers in given.officers
            }
            for base in regions[0]["faced"]
        },
        "regions": regions,
    }
    print(json.dumps(answer, indent=2) if given.json else as_text(answer))


Job = tuple[int, int, str, float, tuple[int, ...]]


def one_region(
    villages: int, seed: int, scenario: str, q: float, numbers: tuple[int, ...]
) -> dict[str, Any]:
    """Simulate a region, score it as a run does, plan, and hold the plans against the truth."""
    with tempfile.TemporaryDirectory() as folder:
        config = write_region(Path(folder) / "region", villages, seed, reporting=scenario)
        settings = load_settings(config)
        with open_warehouse(settings) as warehouse:
            taken = preparation.take_in(warehouse, settings, Progress(quiet=True))
            warehouse.build("staging")
            warehouse.build("features")
            choice = choosing.choose_model(warehouse, settings)
            scoring.score(warehouse, settings, taken.election, choice)
            return held_against_truth(warehouse, settings, choice, config.parent, q, numbers)


def held_against_truth(
    warehouse: Warehouse,
    settings: Settings,
    choice: choosing.Choice,
    folder: Path,
    q: float,
    numbers: tuple[int, ...],
) -> dict[str, Any]:
    """Return what each plan truly faces, by those who stand there already and officers added."""
    table = choosing.load_table(warehouse, settings)
    now = table.at(settings.calendar.cutoff)
    truth = pl.read_parquet(folder / "truth.parquet").filter(
        (pl.col("hazard") == "conflict") & (pl.col("stage") == "window")
    )
    known = now.select("village_code", "is_blind_spot").join(
        truth, on="village_code", validate="1:1", maintain_order="left"
    )
    tps = now["tps_count"].cast(pl.Float64).to_numpy()
    if not np.isfinite(tps).all():
        raise SystemExit("a simulated village has no number of TPS")
    point, draws, score = said(settings, choice, table)
    expected = -np.log1p(-known["true_risk"].to_numpy())[None, :]
    nobody = np.zeros(len(tps))
    places = Places(
        code=tuple(now["village_code"]),
        sector=tuple(code[:8] for code in now["village_code"]),
        base=nobody,
        is_blind=now["is_blind_spot"].to_numpy(),
        least=nobody.astype(np.int64),
        most=np.full(len(tps), CAP),
    )
    bases = {"none there": nobody, "TPS pattern": np.ceil(tps * PATTERN[0] / PATTERN[1])}
    found: dict[str, dict[int, dict[str, float]]] = {}
    for name, base in bases.items():
        here = replace(places, base=base)
        found[name] = {}
        for officers in numbers:
            terms = Terms(officers, Saturating(q))
            before = float(faced(expected, here, terms, 0 * here.least)[0])
            found[name][officers] = {
                plan: float(faced(expected, here, terms, teams)[0]) - before
                for plan, teams in plans(draws, point, score, expected, tps, here, terms).items()
            }
    return {
        "model": choice.candidate.name,
        "is_calibrated": choice.calibration is not None,
        "true_total": float(expected.sum()),
        "faced": found,
    }


def said(settings: Settings, choice: choosing.Choice, table: Table) -> tuple[Array, Array, Array]:
    """Return the expected incidents by point scores, those in each draw, and the score."""
    training = table.training(settings.calendar.cutoff)
    now = table.at(settings.calendar.cutoff)
    fitted = choice.candidate.fit(training)
    score = fitted.score(now)
    uncertainty = settings.uncertainty
    spread = village_spread(
        now["clash_decayed_long"].to_numpy(),
        now["coverage"].to_numpy(),
        uncertainty.base_spread,
        uncertainty.unseen_variance,
        uncertainty.heard_precision,
    )
    scale = choice.candidate.scale
    past = choice.backtest.predictions.get(choice.candidate.name, [])
    curve = choosing.learn_curve(scale, past, settings) or Calibration(scale, 0.5, 1.0, 0.0)
    random = np.random.default_rng(uncertainty.seed)
    scorers = choice.candidate.draw(fitted, training, uncertainty.draws, random)
    drawn = draw_log_odds(scorers, uncertainty.draws, now, spread, curve, random)
    if choice.calibration is None:
        point = expected_incidents(curve.slope * curve.scaled(score)[None, :], None)[0]
        return point, expected_incidents(drawn, None), score
    point = choice.calibration.probability(score)
    return point, expected_incidents(drawn, float(point.sum())), score


def plans(
    draws: Array,
    point: Array,
    score: Array,
    truth: Array,
    tps: Array,
    places: Places,
    terms: Terms,
) -> dict[str, Counts]:
    """Return the teams of each way to place them."""
    free = without_rules(places, places.most)
    return {
        PLAN: plan_extra(draws, places, terms).teams,
        "plan without rules": plan_extra(draws, free, terms).teams,
        "point scores": on_expected(point, places, terms),
        "point scores without rules": on_expected(point, free, terms),
        "proportional to TPS": proportional(tps, places, terms.teams),
        "top of the list": top_of_list(ranks(score).astype(np.float64), places, terms.teams),
        "truth known": on_expected(truth[0], free, terms),
    }


def summary(found: list[dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Return for each plan its mean, and what the plan faces more, with and without rules."""
    return {
        name: {
            "mean": float(np.mean([region[name] for region in found])),
            **{
                f"{mine} gains": paired([region[mine] - region[name] for region in found])
                for mine in (PLAN, "plan without rules")
            },
        }
        for name in found[0]
    }


def paired(differences: list[float]) -> dict[str, float]:
    """Return the mean of differences with its 90 % interval, and in how many it is above zero.

    >>> paired([1.0, 2.0, 3.0])["mean"]
    2.0
    """
    values = np.array(differences)
    half = float(t.ppf(0.95, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    mean = float(values.mean())
    return {
        "mean": mean,
        "low": mean - half,
        "high": mean + half,
        "better_in": int((values > 1e-12).sum()),
        "worse_in": int((values < -1e-12).sum()),
    }


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer as lines for people."""
    seeds = len(answer["seeds"])
    published = {name: answer["models"].count(name) for name in sorted(set(answer["models"]))}
    lines = [
        heading(answer),
        f"{answer['villages']} villages, {seeds} seeds, {answer['scenario']}, "
        f"{answer['seconds']:.0f} s; published {published}, calibrated in {answer['calibrated']}",
        f"q = {answer['q']}; {answer['true_total']:.1f} incidents truly expected a region; "
        "faced by the officers added, mean over seeds; what the plan faces more than each, with "
        "90 % interval, and in how many regions more and less",
    ]
    for base, by_number in answer["faced"].items():
        for officers, found in by_number.items():
            lines += ["", f"{base}, {officers} officers"]
            for name, value in found.items():
                line = f"  {name:27} {value['mean']:.3f}"
                for mine in (PLAN, "plan without rules"):
                    if name != mine:
                        line += f"   {mine} {told(value[f'{mine} gains'])}"
                lines.append(line)
    return "\n".join(lines)


def told(gain: dict[str, float]) -> str:
    """Return a gain with its interval."""
    return (
        f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] "
        f"{gain['better_in']}/{gain['worse_in']}"
    )


if __name__ == "__main__":
    main()
