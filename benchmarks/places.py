"""How well places are found: in texts that people labelled, and from names that were misspelt.

Texts: `python benchmarks/places.py FILE.jsonl [--json] [--half tune|held-out|all] [--errors]
[--reference DIR] [--region NAME]`. A line of the file is one text: `text`, `url` and `places`, a
list of `{"surface", "desa", "kecamatan"}`; an empty desa means the place is at kecamatan level. The
resolver sees the text alone. What is counted, and how a mention meets a label:

- *identity* Within a text a place counts once, however often it is mentioned: a village by its
  code, a kecamatan by its code, a place outside the regency by its name. A label that
  is one letter away from exactly one village of its kecamatan means that village; one that is
  nowhere near is the place "its kecamatan, village unknown".
- *mentions* The labelled places of all texts, each once a text.
- *automatic* The decisions taken without a person, each once a text: a village; a kecamatan; and,
  for a labelled place, "outside". The kecamatan that a labelled village lies in is not wrong
  and earns nothing unless it is labelled itself.
- *precision* Share of the automatic decisions that are right: the village and its kecamatan are
  those of a label, or the kecamatan is. A village or kecamatan that no label names is wrong, so is
  "outside" for a labelled place inside.
- *recall* Share of the labelled places that are right: inside, when the automatic decision is
  theirs; outside, when they are not pinned on a village inside. The line "without asking anyone"
  leaves out those outside that went to review.
- *review_share* Share of the labelled places that went to a person instead.

Shares come with counts and a 95 % Wilson interval. The halves are told apart by the registered
domain of the url (first byte of its SHA-1: even is the half for tuning), so
that no source stands in both.

Misspelt names: `python benchmarks/places.py --simulated DIR`, where DIR was written by `rawan
simulate --villages N --out DIR`. Every village's name is misspelt once (one or two edits, swapped
words, joined or parted words, with or without a prefix) and looked up with and without its
kecamatan. Printed are the precision against the share sent to review at several thresholds of
confidence, and the names resolved a second.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from machine import heading, here_and_now
from rapidfuzz.distance import Levenshtein
from shares import wilson

from rawan.places.gazetteer import Gazetteer
from rawan.places.mentions import Mention
from rawan.places.names import NameIndex
from rawan.places.resolver import PlaceCells, Resolver
from rawan.places.spelling import letters, normalised

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
SHARED_SUFFIXES = {"co", "go", "or", "ac", "web", "sch", "my", "net"}
Place = tuple[str, str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, help="labelled texts, JSON Lines")
    parser.add_argument("--half", choices=("tune", "held-out", "all"), default="all")
    parser.add_argument("--reference", type=Path, default=Path("data/reference"))
    parser.add_argument("--region", default="Kabupaten Lampung Selatan")
    parser.add_argument("--errors", action="store_true", help="list what went wrong")
    parser.add_argument("--simulated", type=Path, help="folder of a simulated region")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments = parser.parse_args()
    if (arguments.file is None) == (arguments.simulated is None):
        parser.error("give a file of labelled texts, or --simulated DIR")
    if arguments.simulated is not None:
        answer = misspelt(arguments.simulated, arguments.seed)
        print(json.dumps(answer, indent=2) if arguments.json else curve_text(answer))
        return
    gazetteer = Gazetteer.from_folder(arguments.reference, arguments.region)
    texts = [json.loads(line) for line in arguments.file.read_text("utf-8").splitlines() if line]
    score = Score()
    resolver = Resolver(gazetteer)
    for text in texts:
        if arguments.half in ("all", half_of(text.get("url", ""))):
            score.add(text, gazetteer, resolver.find_mentions(text["text"]))
    if arguments.json:
        print(json.dumps(score.answer()))
    else:
        print(score.as_text())
        if arguments.errors:
            print("\n".join(score.errors))


def half_of(url: str) -> str:
    """Return the half that a source belongs to: tune or held-out."""
    parts = (urlsplit(url).hostname or "").lower().split(".")
    keep = 3 if len(parts) > 2 and parts[-2] in SHARED_SUFFIXES else 2
    digest = hashlib.sha1(".".join(parts[-keep:]).encode(), usedforsecurity=False).digest()
    return "tune" if digest[0] % 2 == 0 else "held-out"


@dataclass
class Score:
    """Counts over the texts."""

    texts: int = 0
    mentions: int = 0
    found: int = 0
    unasked: int = 0
    automatic: int = 0
    right: int = 0
    reviewed: int = 0
    questions: int = 0
    inside: int = 0
    inside_found: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, text: dict[str, Any], gazetteer: Gazetteer, mentions: list[Mention]) -> None:
        """Count one text."""
        self.texts += 1
        labels = {
            place: label.get("surface") or ""
            for label in text.get("places") or []
            for place in [identity(label, gazetteer)]
        }
        automatic = [mention for mention in mentions if mention.is_automatic]
        doubtful = [mention for mention in mentions if not mention.is_automatic]
        decided = {place for mention in automatic for place in [decision(mention)] if place}
        wrong = []
        for place in sorted(decided):
            if place in labels:
                self.automatic += 1
                self.right += 1
            elif not is_implied(place, labels, gazetteer):
                self.automatic += 1
                wrong.append(place)
                self.errors.append(f"wrong: {shown(place, gazetteer)} in: {text['text']}")
        pinned = {
            mention.text
            for mention in automatic
            if decision(mention) in wrong and mention.village_code
        }
        said_outside = [letters(m.text) for m in automatic if m.level == "outside"]
        self.questions += len(doubtful)
        for place, surface in labels.items():
            self.mentions += 1
            is_outside = place[0] == "outside"
            asked = any(meet(mention.text, surface) for mention in doubtful)
            if is_outside:
                is_found = not any(meet(name, surface) for name in pinned)
                self.unasked += is_found and not asked
                if (
                    is_found
                    and not asked
                    and any(name == letters(surface) for name in said_outside)
                ):
                    self.automatic += 1
                    self.right += 1
            else:
                self.inside += 1
                is_found = place in decided
                self.inside_found += is_found
                self.unasked += is_found
                if not is_found and any(name == letters(surface) for name in said_outside):
                    self.automatic += 1
                    self.errors.append(f"wrong: {surface} is not outside in: {text['text']}")
            self.found += is_found
            self.reviewed += asked and (is_outside or not is_found)
            if not is_found:
                fate = "asked" if asked else "missed"
                self.errors.append(f"{fate}: {surface} {place} in: {text['text']}")

    def answer(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "mentions": self.mentions,
            "automatic": self.automatic,
            "precision": share(self.right, self.automatic),
            "recall": share(self.found, self.mentions),
            "review_share": share(self.reviewed, self.mentions),
        }

    def as_text(self) -> str:
        """Return the counts and shares as lines for people."""
        rows = (
            ("precision of automatic decisions", self.right, self.automatic),
            ("recall, all labelled places", self.found, self.mentions),
            ("recall without asking anyone", self.unasked, self.mentions),
            ("recall, places inside the regency", self.inside_found, self.inside),
            ("share sent to review", self.reviewed, self.mentions),
        )
        lines = [f"{self.texts} texts, {self.mentions} labelled places, {self.questions} questions"]
        for name, part, whole in rows:
            low, high = wilson(part, whole)
            lines.append(
                f"{name:34} {part:4} of {whole:4} = {share(part, whole):.3f}"
                f"  (95 % interval {low:.3f} to {high:.3f})"
            )
        return "\n".join(lines)


def identity(label: dict[str, str | None], gazetteer: Gazetteer) -> Place:
    """Return the place that a label means: village, district or outside, and its code or name."""
    village, district = label.get("desa") or "", label.get("kecamatan") or ""
    outside = "outside", letters(label.get("surface") or village or district)
    districts = gazetteer.district_codes_named(district)
    if not districts:
        found = gazetteer.village_names.exact(letters(village))
        return ("village", found[0]) if not district and len(found) == 1 else outside
    if not village:
        return "district", districts[0]
    found = gazetteer.village_names.exact(letters(village), districts[0])
    if len(found) != 1:
        found = one_letter_away(village, districts[0], gazetteer)
    if len(found) == 1:
        return "village", found[0]
    # A kecamatan of this name is elsewhere too, and its village is none of ours.
    is_shared = any(letters(place.name) == letters(district) for place in gazetteer.outside)
    return outside if is_shared else ("district", districts[0])


def one_letter_away(name: str, district: str, gazetteer: Gazetteer) -> list[str]:
    """Return the villages of a kecamatan that a label misspells by one letter, as its text does."""
    return [
        village.village_code
        for village in gazetteer.villages.values()
        if village.district_code == district
        and Levenshtein.distance(letters(name), letters(village.name)) == 1
    ]


def decision(mention: Mention) -> Place | None:
    """Return what an automatic mention decides; None for outside, which only labels can judge."""
    if mention.village_code is not None:
        return "village", mention.village_code
    if mention.district_code is not None:
        return "district", mention.district_code
    return None


def is_implied(place: Place, labels: dict[Place, str], gazetteer: Gazetteer) -> bool:
    """Return whether a kecamatan is named by the label of a village in it."""
    return place[0] == "district" and any(
        level == "village" and gazetteer.villages[code].district_code == place[1]
        for level, code in labels
    )


def meet(text: str, surface: str) -> bool:
    """Return whether a mention and a label's surface are about the same words."""
    left, right = normalised(text), normalised(surface)
    return bool(left and right) and (left in right or right in left)


def shown(place: Place, gazetteer: Gazetteer) -> str:
    """Return a decided place for people."""
    return f"{place[0]} {gazetteer.label(place[1])}"


def share(part: int, whole: int) -> float:
    """Return a share; of nothing, 0."""
    return part / whole if whole else 0.0


def misspelt(folder: Path, seed: int) -> dict[str, Any]:
    """Misspell every village's name once and return the curves and the speed."""
    gazetteer = Gazetteer.from_folder(folder / "reference", "")
    rng = np.random.default_rng(seed)
    truth = [(v.village_code, v.district_code) for v in gazetteer.villages.values()]
    written = [scrawl(village.name, rng) for village in gazetteer.villages.values()]
    index = gazetteer.village_names
    answer: dict[str, Any] = {**here_and_now(), "villages": len(truth)}
    started = time.perf_counter()
    index.match_many(written[:1], [None])  # builds the index of the whole region
    answer["index_seconds"] = time.perf_counter() - started
    for title, scopes in (
        ("with kecamatan", [district for _, district in truth]),
        ("without kecamatan", [None] * len(truth)),
    ):
        answer[title] = curve(index, written, scopes, [code for code, _ in truth])
    rows = [
        PlaceCells(villages=name, district_codes=district)
        for name, (_, district) in zip(written, truth, strict=True)
    ]
    resolver = Resolver(gazetteer)
    started = time.perf_counter()
    resolver.resolve_many(rows)
    answer["rows_a_second"] = len(rows) / (time.perf_counter() - started)
    answer["distinct_names"] = len(set(written))
    return answer


def curve(
    index: NameIndex, written: list[str], scopes: list[Any], truth: list[str]
) -> dict[str, Any]:
    """Return speed, and precision and share reviewed at each threshold of confidence."""
    started = time.perf_counter()
    matches = index.match_many(written, scopes)
    seconds = time.perf_counter() - started
    confidence = np.array([match.confidence for match in matches])
    right = np.array(
        [
            code == (match.code or (match.candidates[0].code if match.candidates else None))
            for match, code in zip(matches, truth, strict=True)
        ]
    )
    points = []
    for threshold in THRESHOLDS:
        taken = confidence >= threshold
        points.append(
            {
                "threshold": threshold,
                "automatic": int(taken.sum()),
                "right": int((taken & right).sum()),
                "precision": share(int((taken & right).sum()), int(taken.sum())),
                "reviewed_share": 1 - share(int(taken.sum()), len(taken)),
            }
        )
    chosen = [match.code for match in matches]
    taken_now = sum(code is not None for code in chosen)
    right_now = sum(code == true for code, true in zip(chosen, truth, strict=True))
    return {
        "names_a_second": len(written) / seconds,
        "in_first_five": share(
            sum(
                code in {match.code, *(c.code for c in match.candidates)}
                for match, code in zip(matches, truth, strict=True)
            ),
            len(truth),
        ),
        "as_configured": {
            "automatic": taken_now,
            "precision": share(right_now, taken_now),
            "reviewed_share": 1 - share(taken_now, len(chosen)),
        },
        "points": points,
    }


def scrawl(name: str, rng: np.random.Generator) -> str:
    """Write a name as a hurried hand does: edits, swapped or joined words, any prefix or none."""
    words = name.split()
    kind = rng.random()
    if kind < 0.10 and len(words) > 1:
        words = words[1:] + words[:1]
    elif kind < 0.20:
        words = ["".join(words)] if len(words) > 1 else parted(name, rng)
    else:
        flat = " ".join(words)
        for _ in range(1 if kind < 0.65 else 2):
            flat = edited(flat, rng)
        words = flat.split() or [name]
    text = " ".join(words)
    text = (text, text.upper(), text.lower())[int(rng.integers(3))]
    return ("", "", "Desa ", "Ds. ", "DS ", "Kel. ")[int(rng.integers(6))] + text


def parted(name: str, rng: np.random.Generator) -> list[str]:
    """Cut a word in two."""
    at = int(rng.integers(1, max(2, len(name) - 1)))
    return [name[:at], name[at:]]


def edited(text: str, rng: np.random.Generator) -> str:
    """Return a text with one letter dropped, added, exchanged, or two swapped."""
    at = int(rng.integers(len(text)))
    letter = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
    ways: Iterator[str] = iter(
        (
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
        )
    )
    return list(ways)[int(rng.integers(4))]


def curve_text(answer: dict[str, Any]) -> str:
    """Return the curves as lines for people."""
    lines = [
        heading(answer),
        f"{answer['villages']} villages, {answer['distinct_names']} distinct misspelt names, "
        f"index built in {answer['index_seconds']:.1f} s",
    ]
    for title in ("with kecamatan", "without kecamatan"):
        part = answer[title]
        now = part["as_configured"]
        lines += [
            "",
            f"{title}: {part['names_a_second']:,.0f} names a second; the right village is among "
            f"the first five for {part['in_first_five']:.3f}",
            f"as configured: {now['automatic']} automatic, precision {now['precision']:.4f}, "
            f"{now['reviewed_share']:.3f} to review",
            "confidence  automatic  precision  to review",
        ]
        lines += [
            f"{p['threshold']:10} {p['automatic']:10} {p['precision']:10.4f}"
            f" {p['reviewed_share']:10.3f}"
            for p in part["points"]
        ]
    lines += ["", f"whole rows (resolve_many): {answer['rows_a_second']:,.0f} a second"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
