"""How long the features and the backtest of a simulated region take, against two yardsticks.

Run `python benchmarks/backtest_speed.py [--villages N] [--json]`. Measured is the build of the
floors staging and features and the comparison of all candidates on past cutoffs; reading files
and the gates are left out. The yardsticks, in the same run: a bare DuckDB scan that sums every
number of features.village_cutoff, and one fit of scikit-learn's LogisticRegression on the same
matrix. A ratio can be compared between machines; seconds cannot.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from machine import heading, here_and_now
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from rawan import choosing, preparation
from rawan.features import learned
from rawan.progress import Progress
from rawan.settings import load_settings
from rawan.sources.fictional import write_region
from rawan.warehouse import open_warehouse

REPEATS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--villages", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments = parser.parse_args()
    answer = measured(arguments.villages, arguments.seed)
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))


def measured(villages: int, seed: int) -> dict[str, Any]:
    """Return the seconds of every part and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(write_region(Path(folder) / "region", villages, seed))
        with open_warehouse(settings) as warehouse:
            preparation.take_in(warehouse, settings, Progress(quiet=True))
            staging = seconds(lambda: warehouse.build("staging"))
            features = staging + seconds(lambda: warehouse.build("features"))
            backtest = seconds(lambda: choosing.choose_model(warehouse, settings))
            frame = choosing.load_table(warehouse, settings).frame
    scan = typical(scan_and_sum(frame))
    with threadpool_limits(limits=1):  # as the models fit, and so that a busy core tells less
        fit = typical(fit_once(frame))
    whole = features + backtest
    return {
        **here_and_now(),
        "villages": villages,
        "rows": frame.height,
        "seconds": {
            "features": features,
            "backtest": backtest,
            "whole": whole,
            "duckdb_scan": scan,
            "one_logistic_fit": fit,
        },
        "ratio": {"whole_to_duckdb_scan": whole / scan, "whole_to_one_logistic_fit": whole / fit},
    }


def scan_and_sum(frame: pl.DataFrame) -> Callable[[], object]:
    """Prepare a scan of the table with one thread, as the warehouse has one."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.register("given", frame.to_arrow())
    connection.execute("CREATE TABLE village_cutoff AS FROM given")
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    sums = ", ".join(f"sum({name})" for name in numbers)
    return lambda: connection.execute(f"SELECT {sums} FROM village_cutoff").fetchall()


def fit_once(frame: pl.DataFrame) -> Callable[[], object]:
    """Prepare one fit on the features that models may learn from."""
    names = list(learned(frame.columns))
    matrix = np.nan_to_num(frame.select(pl.col(names).cast(pl.Float64)).to_numpy(), nan=0.0)
    spread = matrix.std(axis=0)
    matrix = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    outcome = frame["outcome_count"].to_numpy() > 0
    return lambda: LogisticRegression(max_iter=1000).fit(matrix, outcome)


def seconds(work: Callable[[], object]) -> float:
    """Return the time of one run."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def typical(work: Callable[[], object]) -> float:
    """Return the median time of several runs, after one that warms up."""
    work()
    return statistics.median(seconds(work) for _ in range(REPEATS))


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer as lines for people."""
    taken, ratio = answer["seconds"], answer["ratio"]
    return "\n".join(
        [
            heading(answer),
            f"{answer['villages']} villages, {answer['rows']} rows of (village, cutoff)",
            f"{taken['features']:9.3f} s  staging and features",
            f"{taken['backtest']:9.3f} s  backtest of all candidates",
            f"{taken['duckdb_scan']:9.5f} s  yardstick: DuckDB scans and sums the table",
            f"{taken['one_logistic_fit']:9.5f} s  yardstick: one logistic regression on it",
            f"features and backtest take {ratio['whole_to_duckdb_scan']:.0f} scans"
            f" or {ratio['whole_to_one_logistic_fit']:.1f} fits",
        ]
    )


if __name__ == "__main__":
    main()
