"""Skill on a record of incidents: every candidate, and what the rule would publish.

Run `python benchmarks/skill.py DIR --types battles,riots --horizon 6mo --every 6mo
--first-cutoff 2018-01-01 [--json]`. DIR holds units.csv and incidents.csv (docs/records.md).
A cutoff lies every so many months or days from the first on, as long as the record covers the
window that follows; with `--voting-days` it lies `--lead-days` before each of these days
instead, and `--every` are the windows between that are learned from. Figures are means over
cutoffs with 90 % intervals by bootstrap over cutoffs and blocks of space, at k = a tenth of the
units. Everything else has its default: nothing is tuned to a record.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from machine import heading, here_and_now

from models.evidence import Estimate, NotApplicable, draw_past, evaluate
from rawan import proof
from rawan.candidates import BASELINE
from rawan.choosing import Choice
from rawan.errors import RawanError
from rawan.progress import Progress
from rawan.publishing.card.render import verdict
from rawan.record_files import read_record
from rawan.settings import Calendar, Limits, Record, Settings

NAMES = {
    "auc": "auc",
    "ap": "ap",
    "precision": "precision_at_10pct",
    "capture": "capture_at_10pct",
    "ceiling": "ceiling_at_10pct",
    "onset_auc": "onset_auc",
}
IN_TURN = "published_in_turn"


def main() -> int:
    """Measure and print; 1 if the record cannot be asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("folder", type=Path, metavar="DIR", help="units.csv and incidents.csv")
    parser.add_argument("--types", required=True, help="the outcome, separated by commas")
    parser.add_argument("--horizon", default="6mo", help="length of the window asked about")
    parser.add_argument("--every", default="6mo", help="distance of cutoffs")
    parser.add_argument("--first-cutoff", required=True, type=date.fromisoformat, metavar="DATE")
    parser.add_argument("--voting-days", help="days separated by commas: an irregular calendar")
    parser.add_argument("--lead-days", type=int, default=30, help="cutoff before a voting day")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments = parser.parse_args()
    try:
        answer = measured(arguments, Progress(quiet=arguments.json))
    except (RawanError, ValueError) as error:
        print(f"skill: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))
    return 0


def measured(arguments: argparse.Namespace, progress: Progress) -> dict[str, Any]:
    """Return the figures of every candidate, by its name, and of what is published."""
    types = [name.strip() for name in arguments.types.split(",")]
    settings = Settings(
        record=Record(folder=arguments.folder, types=types),
        calendar=_calendar(arguments, types),
    )
    tested = proof.backtest(settings, progress)
    choice = tested.choice
    if not choice.cutoffs_tested:
        skipped = "; ".join(f"{day}: {skip.kind}" for day, skip in choice.backtest.skipped.items())
        raise RawanError(f"{arguments.folder}: no cutoff could be tested ({skipped}).")
    figures = {name: _named(found) for name, found in choice.measures["all"].items()}
    return {
        **here_and_now(),
        "record": arguments.folder.name,
        "types": types,
        "horizon": arguments.horizon,
        "cutoffs": choice.cutoffs_tested,
        "tested": [str(day) for day in choice.backtest.cutoffs],
        "skipped": {str(day): asdict(skip) for day, skip in choice.backtest.skipped.items()},
        "left_out": {name: why.needed for name, why in choice.backtest.left_out.items()},
        "k": choice.backtest.k,
        "units": choice.compared,
        "model": choice.candidate.name,
        "why": verdict(choice, "en"),
        "mean_regret": choice.mean_regret,
        "published": figures[choice.candidate.name],
        IN_TURN: _in_turn(choice, settings),
        **figures,
        "differences": {
            name: {NAMES.get(measure, measure): _told(figure) for measure, figure in found.items()}
            for name, found in (choice.decision.differences if choice.decision else {}).items()
        },
    }


def _calendar(arguments: argparse.Namespace, types: Sequence[str]) -> Calendar:
    """Return the calendar whose first tested cutoff is the one asked for."""
    files = read_record(arguments.folder, list(types), Limits())
    given: dict[str, Any] = {
        "window": arguments.horizon,
        "history_from": files.first_day,
        "test_from": arguments.first_cutoff,
    }
    end = np.datetime64(files.last_known, "D") + 1
    if arguments.voting_days:
        days = [date.fromisoformat(day.strip()) for day in arguments.voting_days.split(",")]
        return Calendar.model_validate(
            given
            | {
                "cutoff": end.item(),
                "voting_days": days,
                "lead_days": arguments.lead_days,
                "learn_every": arguments.every,
            }
        )
    return Calendar.model_validate(
        given
        | {
            "cutoff": _last(arguments.first_cutoff, arguments.every, end.item()),
            "every": arguments.every,
        }
    )


def _last(first: date, every: str, end: date) -> date:
    """Return the last day on or before the end that lies so many periods after the first."""
    number, unit = int(every.rstrip("dmo")), every.lstrip("0123456789")
    if first > end:
        raise RawanError(f"--first-cutoff {first} lies after the end of the record, {end}.")
    steps, day = 0, first
    while day <= end:
        found, steps = day, steps + 1
        if unit == "d":
            day = (np.datetime64(first) + number * steps).item()
        else:
            month = (first.year * 12 + first.month - 1) + number * steps
            day = date(month // 12, month % 12 + 1, min(first.day, 28))
    return found


def _in_turn(choice: Choice, settings: Settings) -> dict[str, Any]:
    """Return the figures of what the rule would have published, cutoff by cutoff."""
    past = choice.backtest.predictions
    followed = [past[turn.published][number] for number, turn in enumerate(choice.turns)]
    seed = np.random.SeedSequence(settings.uncertainty.seed).spawn(2)[0]
    drawn = draw_past(past[BASELINE], settings.models.comparison_draws, np.random.default_rng(seed))
    return _named(evaluate(followed, choice.backtest.k, drawn))


def _named(found: dict[str, Estimate | NotApplicable]) -> dict[str, Any]:
    return {NAMES[name]: _told(found[name]) for name in NAMES}


def _told(figure: Estimate | NotApplicable) -> dict[str, Any]:
    if isinstance(figure, NotApplicable):
        return {"not_applicable": figure.why}
    return asdict(figure)


def as_text(answer: dict[str, Any]) -> str:
    """Return the figures as a table."""
    lines = [
        heading(answer),
        f"{answer['record']}: {', '.join(answer['types'])}; {answer['cutoffs']} cutoffs, window "
        f"{answer['horizon']}, k = {answer['k']}",
        "",
        f"{'':22}" + "".join(f"{name.replace('_at_10pct', '@10%'):>22}" for name in NAMES.values()),
    ]
    rows = [name for name, found in answer.items() if isinstance(found, dict) and "auc" in found]
    lines += [
        f"{name:22}" + "".join(f"{_cell(answer[name][m]):>22}" for m in NAMES.values())
        for name in rows
    ]
    lines += ["", answer["why"]]
    lines += [f"left out: {name} needs {n} outcomes" for name, n in answer["left_out"].items()]
    lines += [f"skipped: {day}, {skip['kind']}" for day, skip in answer["skipped"].items()]
    return "\n".join(lines)


def _cell(figure: dict[str, Any]) -> str:
    if "value" not in figure:
        return "n/a"
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


if __name__ == "__main__":
    sys.exit(main())
