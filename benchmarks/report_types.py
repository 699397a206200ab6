"""How well the type of threat is read from real texts by what was learned from invented ones.

Run `python benchmarks/report_types.py [--json] [--speed N]`. The reader learns from
data/reference/labelled_texts.csv alone, where nothing real stands, and is asked about the public
record: summaries of incidents.csv and texts of reports.jsonl. The record is split by the site
that published a row. One half was looked at while lexicon and texts were written; the other was
not, and its figures are the ones to quote. Beside the reader stand two yardsticks: always the
most frequent type of the very rows asked, and the lexicon alone. Intervals are Wilson's, 95 %,
and take the texts for independent, though some tell of the same event: they are too narrow.

A text of the record has one label, and often tells of two types; where the reader prefers the
other, it counts as wrong here. `--speed` measures how long N distinct texts take.
"""

import argparse
import csv
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from machine import heading, here_and_now
from shares import wilson

from rawan.reports.types import SHIPPED, Labelled, Read, TypeReader, labelled_texts
from rawan.settings import Reports

LEAST = Reports().least_confidence
SECOND_LEVEL = {"co", "go", "or", "ac", "web", "my"}  # such as republika.co.id


@dataclass(frozen=True)
class Row:
    """A text of the record with its label and the site that published it."""

    text: str
    type: str
    site: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", type=Path, default=SHIPPED / "record")
    parser.add_argument("--speed", type=int, default=0, metavar="N")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments = parser.parse_args()
    answer = measured(arguments.record, arguments.speed)
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))


def measured(folder: Path, speed: int = 0) -> dict[str, Any]:
    """Return all figures."""
    started = time.perf_counter()
    reader = TypeReader.of(SHIPPED)
    taken = time.perf_counter() - started
    rows = record(folder)
    answer = {
        **here_and_now(),
        "least_confidence": LEAST,
        "seconds_to_learn": taken,
        "cross_validated": cross_validated(reader),
        "looked_at": figures(reader, [row for row in rows if was_looked_at(row.site)]),
        "untouched": figures(reader, [row for row in rows if not was_looked_at(row.site)]),
    }
    if speed:
        answer["speed"] = speed_of(reader, speed)
    return answer


def record(folder: Path) -> list[Row]:
    """Read the labelled texts of the public record."""
    with (folder / "incidents.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Row(row["summary"], row["type"], site(row["source_url"]))
            for row in csv.DictReader(file)
        ]
    for line in (folder / "reports.jsonl").read_text(encoding="utf-8").splitlines():
        report = json.loads(line)
        rows.append(Row(report["text"], report["type"], site(report["source_url"])))
    return rows


def site(url: str) -> str:
    """Return the registered name of a site: pages of one paper must not be in both halves."""
    parts = (urlsplit(url).hostname or "").split(".")
    count = 3 if len(parts) > 2 and parts[-1] == "id" and parts[-2] in SECOND_LEVEL else 2
    return ".".join(parts[-count:])


def was_looked_at(name: str) -> bool:
    """Tell whether texts of this site were looked at while the reader was made."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0


def figures(reader: TypeReader, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the figures of the reader and of both yardsticks on the same rows."""
    reads = reader.classify([row.text for row in rows], LEAST)
    by_type: dict[str, dict[str, int]] = {}
    for row, read in zip(rows, reads, strict=True):
        counts = by_type.setdefault(row.type, {"texts": 0, "automatic": 0, "right": 0})
        counts["texts"] += 1
        counts["automatic"] += read.is_automatic
        counts["right"] += read.is_automatic and read.type == row.type
    lexicon = [reader.lexicon.read(row.text).best() for row in rows]
    common = Counter(row.type for row in rows).most_common(1)[0][1]
    told = [guess == row.type for guess, row in zip(lexicon, rows, strict=True) if guess]
    return {
        "texts": len(rows),
        "sites": len({row.site for row in rows}),
        **decided(reads, lambda i: reads[i].type == rows[i].type),
        "right_hazard_automatic": share(
            reads[i].hazard == (reader.hazards[row.type] or None)
            for i, row in enumerate(rows)
            if reads[i].is_automatic
        ),
        "right_or_second": share(
            row.type in (read.type, read.second) for row, read in zip(rows, reads, strict=True)
        ),
        "yardsticks": {
            "most_frequent_type": counted(common, len(rows)),
            "lexicon_alone": share(
                guess == row.type for guess, row in zip(lexicon, rows, strict=True)
            ),
            "lexicon_where_it_answers": share(told),
        },
        "by_type": dict(sorted(by_type.items())),
    }


def decided(reads: Sequence[Read], is_right: Callable[[int], bool]) -> dict[str, Any]:
    """Return accuracy with and without review, and the share that is reviewed."""
    automatic = [i for i, read in enumerate(reads) if read.is_automatic]
    return {
        "automatic": len(automatic),
        "accuracy_automatic": share(is_right(i) for i in automatic),
        "review_share": counted(len(reads) - len(automatic), len(reads)),
        "accuracy_all": share(is_right(i) for i in range(len(reads))),
    }


def cross_validated(reader: TypeReader) -> dict[str, Any]:
    """Return the figures on the shipped texts, each by a model that knew none of its style."""
    labelled: Labelled = labelled_texts(SHIPPED / "labelled_texts.csv", reader.hazards)
    shares = reader.model.held_out[: len(labelled.texts)]
    guess = [reader.model.labels[i] for i in shares.argmax(axis=1)]
    right = np.array(guess) == np.array(labelled.types)
    automatic = shares.max(axis=1) >= LEAST
    told = [reader.lexicon.read(text) for text in labelled.texts]
    common = Counter(labelled.types).most_common(1)[0][1]
    return {
        "texts": len(right),
        "automatic": int(automatic.sum()),
        "accuracy_automatic": share(right[automatic]),
        "review_share": counted(int((~automatic).sum()), len(right)),
        "accuracy_all": share(right),
        "right_stage": share(
            (one.stage or "") == stage for one, stage in zip(told, labelled.stages, strict=True)
        ),
        "yardsticks": {
            "most_frequent_type": counted(common, len(right)),
            "lexicon_alone": share(
                (one.best() or "") == type_ for one, type_ in zip(told, labelled.types, strict=True)
            ),
        },
    }


def speed_of(reader: TypeReader, count: int) -> dict[str, float]:
    """Return how long distinct texts take that are put together from the shipped ones."""
    shipped = labelled_texts(SHIPPED / "labelled_texts.csv", reader.hazards).texts
    n = len(shipped)
    texts = [
        f"{shipped[i % n]} {shipped[(i * 7 + i // n) % n]} Nomor {i} desa contoh{i % 5000}."
        for i in range(count)
    ]
    started = time.perf_counter()
    reader.classify(texts, LEAST)
    taken = time.perf_counter() - started
    words = sum(len(text.split()) for text in texts) / count
    return {"texts": count, "words_a_text": words, "seconds": taken}


def share(hits: Iterable[Any]) -> dict[str, Any]:
    """Return the share of hits with its interval."""
    listed = [bool(hit) for hit in hits]
    return counted(sum(listed), len(listed))


def counted(hits: int, of: int) -> dict[str, Any]:
    """Return a share with Wilson's 95 % interval; null where there is nothing to share."""
    if not of:
        return {"value": None, "low": None, "high": None, "count": 0, "of": 0}
    low, high = wilson(hits, of)
    return {"value": hits / of, "low": low, "high": high, "count": hits, "of": of}


def as_text(answer: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [
        heading(answer),
        f"learned in {answer['seconds_to_learn']:.1f} s; automatic from"
        f" {answer['least_confidence']:.2f} on",
    ]
    titles = {
        "cross_validated": "shipped texts, styles held out in turn",
        "looked_at": "public record, sites looked at while the reader was made",
        "untouched": "public record, untouched sites: the figures to quote",
    }
    names = {
        "accuracy_automatic": "automatic decisions that are right",
        "right_hazard_automatic": "automatic decisions of the right hazard",
        "review_share": "sent to review",
        "accuracy_all": "right, were nothing reviewed",
        "right_or_second": "right or second choice right",
        "right_stage": "right stage, by the lexicon",
    }
    for key, title in titles.items():
        part = answer[key]
        lines += ["", f"{title} ({part['texts']} texts)"]
        lines += [f"  {as_share(part[k])}  {name}" for k, name in names.items() if k in part]
        lines += [
            f"  {as_share(value)}  yardstick: {name.replace('_', ' ')}"
            for name, value in part["yardsticks"].items()
        ]
        lines += [
            f"    {name:<24} {c['texts']:3} texts, {c['automatic']:3} automatic,"
            f" {c['right']:3} of them right"
            for name, c in part.get("by_type", {}).items()
        ]
    if "speed" in answer:
        speed = answer["speed"]
        lines += [
            "",
            f"{speed['texts']:,} distinct texts of {speed['words_a_text']:.0f} words:"
            f" {speed['seconds']:.1f} s",
        ]
    return "\n".join(lines)


def as_share(value: dict[str, Any]) -> str:
    """Return a share with its interval and counts, in columns."""
    if value["value"] is None:
        return f"{'none':>24}"
    interval = f"({value['low']:.3f} to {value['high']:.3f})"
    return f"{value['value']:.3f} {interval} {value['count']:3} of {value['of']:3}"


if __name__ == "__main__":
    main()
