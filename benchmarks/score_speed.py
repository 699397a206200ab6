"""How long a region takes from ingested rows to ranks and reasons, against three yardsticks.

Run `python benchmarks/score_speed.py [--villages N] [--cutoffs N] [--champion NAME] [--whole]
[--json]`. Timed is all that a run does between staging and the files it writes, at the given
number of half-yearly cutoffs: every feature, the training of the baseline and of a learned
champion, ranks of both hazards from 200 draws, and the reasons of all villages in sentences.
Making the region and reading it are not timed here; `ingest_speed.py` does that. The same is
done at a tenth of the size, with the growth between the two, unless --whole asks for the one.

The yardsticks, in the same run and on one thread like the work itself: a bare DuckDB that scans
the same rows of staging and counts them by village and cutoff; bare scikit-learn fits of what the
champion is made of on the ready matrix; numpy sorting as many numbers as there are draws. A ratio
can be compared between machines; seconds cannot. The comparison of all candidates, on the
sample of `models.tournament_villages`, is timed apart.

Each size has a process of its own, so that peak memory is its own; it is read before the
yardsticks run. With --keep DIR regions and their warehouses are kept there, and taken from there
next time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import ingest_speed
import numpy as np
from machine import heading, here_and_now

GOAL_SECONDS = 300
GOAL_GIB = 4.0
GOAL_GROWTH = 11.0
DRAWS = 200
WINDOW_DAYS = 182
INCIDENTS_A_VILLAGE = 60
REPORTS_A_VILLAGE = 6
LEARNED = ("averaged", "ridge_logistic", "count_regression")
FEATURES, LOAD, PROOF = "build the features", "load the table", "calibrate on past cutoffs"
BASELINE, CHAMPION = "train the baseline", "train the champion"
RANKS, MARTS, REASONS = "ranks and intervals", "build the marts", "reasons"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--villages", type=int, default=83_000)
    parser.add_argument("--cutoffs", type=int, default=12, help="the published one among them")
    parser.add_argument("--champion", choices=LEARNED, default="averaged")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="leave the tenth out")
    parser.add_argument("--no-tournament", action="store_true", help="leave the tournament out")
    parser.add_argument("--keep", type=Path, help="keep what is made there, or take it from there")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--score", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.score:
        print(json.dumps(score(json.loads(arguments.score))))
        return
    if arguments.cutoffs < 2:
        parser.error("--cutoffs: at least 2; what follows the published one is not known yet")
    answer = measured(arguments)
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of both sizes and the growth between them."""
    answer: dict[str, Any] = {**here_and_now(), "cutoffs": arguments.cutoffs, "draws": DRAWS}
    answer["whole"] = measured_at(arguments, arguments.villages, not arguments.no_tournament)
    if not arguments.whole:
        answer["tenth"] = measured_at(arguments, arguments.villages // 10, False)
        whole, tenth = answer["whole"], answer["tenth"]
        answer["growth"] = {
            "villages": whole["villages"] / tenth["villages"],
            "seconds": whole["seconds"]["total"] / tenth["seconds"]["total"],
        }
    return answer


def measured_at(
    arguments: argparse.Namespace, villages: int, with_tournament: bool
) -> dict[str, Any]:
    """Make and read a region where none is kept, and return the figures of scoring it."""
    with tempfile.TemporaryDirectory() as folder:
        place = (arguments.keep or Path(folder)).resolve() / str(villages)
        region, scratch = place / "region", place / "scratch"
        if not (scratch / "var" / "done").exists():
            ingest_speed.in_own_process(
                "simulate",
                folder=str(region),
                villages=villages,
                incidents=villages * INCIDENTS_A_VILLAGE,
                reports=villages * REPORTS_A_VILLAGE,
                seed=arguments.seed,
                form="parquet",
            )
            scratch.mkdir(parents=True)
            ingest_speed.in_own_process("ours", region=str(region), scratch=str(scratch))
            (scratch / "var" / "done").touch()
        given = {
            "region": str(region),
            "var": str(scratch / "var"),
            "cutoffs": arguments.cutoffs,
            "champion": arguments.champion,
            "with_tournament": with_tournament,
        }
        command = [sys.executable, __file__, "--score", json.dumps(given)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"{villages} villages failed; the last words are above")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


def score(given: dict[str, Any]) -> dict[str, Any]:
    """Go from staging to reasons; return seconds, peak memory and the yardsticks."""
    from rawan import preparation
    from rawan.settings import load_settings
    from rawan.warehouse import open_warehouse

    settings = configured(load_settings(Path(given["region"]) / "rawan.toml"), given)
    seconds: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started

    with open_warehouse(settings) as warehouse:
        election, _ = preparation.load_region(warehouse, settings)
        with step("total"):
            table, champion = scored(warehouse, settings, election, given["champion"], step)
        peak = ingest_speed.peak()
        rows, by_village, by_cutoff = scans(warehouse)
        training = table.training(settings.calendar.cutoff)
        fits = fit_bare(champion, training, settings.models.penalties)
        units = table.at(settings.calendar.cutoff).height
        answer = {
            "villages": units,
            "rows": {"staging": rows, "village_cutoff": table.frame.height},
            "columns": len(table.frame.columns),
            "champion": champion.name,
            "seconds": seconds,
            **peak,
            "yardsticks": {
                "duckdb_scan_and_group_by_village": by_village,
                "duckdb_scan_and_group_by_village_and_cutoff": by_cutoff,
                "scikit_learn_fits": fits,
                "numpy_sorts": sorts(units),
            },
        }
        del table, training
        if given["with_tournament"]:
            answer["tournament"] = tournament(warehouse, settings)
    bare = answer["yardsticks"]
    # The champion is trained within the step that ranks with it.
    seconds[RANKS] -= seconds[CHAMPION]
    answer["ratio"] = {
        "features_to_scan_by_village": seconds[FEATURES] / bare["duckdb_scan_and_group_by_village"],
        "features_to_scan_by_village_and_cutoff": seconds[FEATURES]
        / bare["duckdb_scan_and_group_by_village_and_cutoff"],
        "training_to_scikit_learn_fits": seconds[CHAMPION] / sum(fits.values()),
        "ranks_to_numpy_sorts": seconds[RANKS] / bare["numpy_sorts"],
    }
    return answer


def configured(settings: Any, given: dict[str, Any]) -> Any:
    """Return the settings with so many half-yearly cutoffs, and the warehouse made for it."""
    from rawan.settings import Window

    gap, last = timedelta(days=WINDOW_DAYS), settings.calendar.cutoff
    windows = [
        Window(cutoff=last - n * gap, start=last - n * gap, end=last - (n - 1) * gap - ONE_DAY)
        for n in range(given["cutoffs"] - 1, 0, -1)
    ]
    at = {
        "path": Path(given["var"]) / "rawan.duckdb",
        "key_file": Path(given["var"]) / "warehouse.key",
    }
    return settings.model_copy(
        update={
            "calendar": settings.calendar.model_copy(update={"windows": windows}),
            "uncertainty": settings.uncertainty.model_copy(update={"draws": DRAWS}),
            "warehouse": settings.warehouse.model_copy(update=at),
        }
    )


ONE_DAY = timedelta(days=1)


class Timed:
    """A candidate whose fits are timed as a step of their own."""

    def __init__(self, candidate: Any, step: ingest_speed.Step) -> None:
        self._candidate, self._step = candidate, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._candidate, name)

    def fit(self, training: Any) -> Any:
        """Learn the score."""
        with self._step(CHAMPION):
            return self._candidate.fit(training)


def scored(
    warehouse: Any, settings: Any, election: Any, name: str, step: ingest_speed.Step
) -> tuple[Any, Any]:
    """Do what a run does between staging and its files, each part under its name."""
    from rawan import choosing, scoring
    from rawan.candidates import BASELINE as DECAYED
    from rawan.candidates import make_candidates
    from rawan.publishing.reasons.table import driver_lines, reasons

    with step(FEATURES):
        warehouse.build("features")
    with step(LOAD):
        table = choosing.load_table(warehouse, settings)
    candidates = {c.name: c for c in make_candidates(settings, table.frame.columns)}
    champion: Any = candidates[name]
    with step(PROOF):
        choice = chosen(table, settings, champion)
    with step(BASELINE):
        candidates[DECAYED].fit(table.training(settings.calendar.cutoff))
    timed = Timed(champion, step)
    with step(RANKS):
        scores = scoring.score(warehouse, settings, election, replace(choice, candidate=timed))
    with step(MARTS):
        warehouse.build("marts")
    with step(REASONS):
        # What reasons look at; the file of evidence has more columns.
        evidence = warehouse.frame(
            "SELECT village_code, event_key, type_group, occurred_from, occurred_on"
            " FROM marts.evidence"
        )
        ranking = warehouse.frame("FROM marts.ranking")
        now = scores.table.at(settings.calendar.cutoff)
        scales = {name: champion.scale, scoring.LOGISTICS: "index"}
        lang = settings.output.language
        driver_lines(reasons(ranking, now, evidence, scales), lang)
    return scores.table, champion


def chosen(table: Any, settings: Any, champion: Any) -> Any:
    """Return the champion, calibrated on past cutoffs of the sample of a tournament."""
    from models.backtest import rolling_origin
    from rawan import choosing

    units = table.at(settings.calendar.cutoff).height
    sample = table.sampled(settings.models.tournament_villages, np.random.default_rng(1))
    compared = sample.at(settings.calendar.cutoff).height
    k = choosing.top_k(settings, units)
    among = max(1, round(k * compared / units))
    least = settings.models.min_outcomes
    backtest = rolling_origin([champion], sample, sample.tested(), among, least)
    curve = choosing.learn_curve(champion.scale, backtest.predictions[champion.name], settings)
    return choosing.Choice(champion, None, backtest, {}, {}, {}, [], curve, k, compared, table)


def scans(warehouse: Any) -> tuple[int, float, float]:
    """Scan the rows of staging; return their number, and the seconds of two ways to count them."""
    told = {"event_versions": "known_from", "reports": "known_on", "mentions": "known_on"}
    each = " UNION ALL ".join(
        f"SELECT village_code, {known} AS known_on FROM staging.{name}"
        for name, known in told.items()
    )
    at = " JOIN features.cutoffs AS c ON r.known_on <= c.known_by"
    taken, counted = [], []
    for joined, keys in (("", "village_code"), (at, "village_code, cutoff")):
        started = time.perf_counter()
        found = warehouse.rows(
            "SELECT sum(n), count(*) FROM"
            f" (SELECT {keys}, count(*) AS n FROM ({each}) AS r{joined} GROUP BY ALL)"
        )
        taken.append(time.perf_counter() - started)
        counted.append(int(found[0][0]))
    return counted[0], taken[0], taken[1]


def fit_bare(champion: Any, training: Any, penalties: Sequence[float]) -> dict[str, float]:
    """Fit what the champion is made of with scikit-learn on the ready matrix."""
    from sklearn.linear_model import LogisticRegression, PoissonRegressor
    from threadpoolctl import threadpool_limits

    from models.design import make_design, recency
    from models.ridge import Ridge, information

    seconds = {}
    members = getattr(champion, "members", [champion])
    # The others are formulas with nothing to learn.
    learners: list[Any] = [member for member in members if isinstance(member, Ridge)]
    for member in learners:
        weight = recency(training, member.recency_half_life_years)
        target = member.target(training)
        penalty = float(np.median(penalties)) * information(target, weight, member.likelihood)
        if member.scale == "log_odds":
            model = LogisticRegression(C=1 / penalty, max_iter=1000)
        else:  # it has no negative binomial
            alpha = penalty / weight.sum()
            model = PoissonRegressor(alpha=alpha, solver="newton-cholesky")
        with threadpool_limits(limits=1):
            matrix = make_design(training, member.transforms, weight, member.calm).matrix
            started = time.perf_counter()
            model.fit(matrix, target, sample_weight=weight)
            seconds[member.name] = time.perf_counter() - started
    return seconds


def sorts(units: int) -> float:
    """Sort as many numbers as there are draws of both hazards; return the seconds."""
    numbers = np.random.default_rng(1).normal(size=(2 * DRAWS, units))
    started = time.perf_counter()
    np.argsort(numbers, axis=1)
    return time.perf_counter() - started


def tournament(warehouse: Any, settings: Any) -> dict[str, Any]:
    """Compare all candidates as a run does; return the seconds, with those of loading the table."""
    from rawan import choosing

    started = time.perf_counter()
    choice = choosing.choose_model(warehouse, settings)
    return {
        "seconds": time.perf_counter() - started,
        "candidates": len(choice.backtest.predictions),
        "villages": choice.compared,
        "cutoffs": choice.cutoffs_tested,
        "published": choice.candidate.name,
    }


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer as lines for people."""
    lines = [heading(answer), f"{answer['cutoffs']} cutoffs, {answer['draws']} draws"]
    for size in ("tenth", "whole"):
        if size in answer:
            lines += ["", *_lines(answer[size])]
    if growth := answer.get("growth"):
        lines += [
            "",
            f"from a tenth to the whole: {growth['villages']:.1f} times the villages,"
            f" {growth['seconds']:.1f} times the seconds (goal: at most {GOAL_GROWTH:.0f})",
        ]
    return "\n".join(lines)


def _lines(figures: dict[str, Any]) -> list[str]:
    seconds, bare, ratio = figures["seconds"], figures["yardsticks"], figures["ratio"]
    parts = {name: taken for name, taken in seconds.items() if name != "total"}
    peak = figures["peak_gib"]
    memory = (
        "peak memory unknown: this system does not tell it"
        if peak is None
        else f"peak memory {peak:.2f} GiB, goal: under {GOAL_GIB:.0f}"
    )
    fits = sum(bare["scikit_learn_fits"].values())
    lines = [
        f"{figures['villages']} villages, {figures['rows']['staging']} rows in staging,"
        f" {figures['rows']['village_cutoff']} rows of {figures['columns']} columns learned from",
        *(f"{taken:9.2f} s  {name}" for name, taken in parts.items()),
        f"{seconds['total']:9.2f} s  all of it ({memory}; goal: under {GOAL_SECONDS} s)",
        f"features take {ratio['features_to_scan_by_village_and_cutoff']:.1f} times the"
        f" {bare['duckdb_scan_and_group_by_village_and_cutoff']:.2f} s in which DuckDB counts the"
        " rows by village and cutoff,",
        f"and {ratio['features_to_scan_by_village']:.1f} times the"
        f" {bare['duckdb_scan_and_group_by_village']:.2f} s in which it counts them by village",
        f"training ({figures['champion']}) takes {ratio['training_to_scikit_learn_fits']:.1f} times"
        f" the {fits:.2f} s of scikit-learn's fits of {', '.join(bare['scikit_learn_fits'])}",
        f"ranks take {ratio['ranks_to_numpy_sorts']:.1f} times the {bare['numpy_sorts']:.2f} s of"
        " numpy's sorts of as many numbers",
    ]
    if compared := figures.get("tournament"):
        lines.append(
            f"apart: {compared['seconds']:.1f} s to compare {compared['candidates']} candidates on"
            f" {compared['villages']} villages at {compared['cutoffs']} cutoffs"
            f" (published: {compared['published']})"
        )
    return lines


if __name__ == "__main__":
    main()
