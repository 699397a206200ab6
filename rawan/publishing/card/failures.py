"""Where the list fails, for the model card: by kecamatan, remoteness, size and coverage.

Brings predictions, features and words together; the statistics are `models.breakdown`
and `models.error_tree`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.additive import Array
from models.backtest import Prediction, Table
from models.breakdown import GroupSkill, Parts, Undefined, by_group, parts
from models.error_tree import MIN_LEAF, Condition, error_tree, least_leaf, misses
from models.evidence import Draws, Estimate, NotApplicable
from rawan.features import declared, registry
from rawan.publishing.bilingual import Figure, Told, Words, short_number
from rawan.publishing.card.facts import ErrorTree, GroupRow, GroupTable, TreeRow

# More kecamatan than this are too many rows to read: the rest stands in one.
MOST_DISTRICTS = 40
_COVERAGE = "coverage"


@dataclass(frozen=True)
class Past:
    """What the published candidate said at each tested cutoff, and the rows it was said about."""

    predictions: Sequence[Prediction]
    rows: Sequence[pl.DataFrame]
    k: int
    drawn: Draws

    @classmethod
    def of(cls, predictions: Sequence[Prediction], table: Table, k: int, drawn: Draws) -> "Past":
        """Return the predictions with the rows of the table that they were made of."""
        return cls(predictions, [table.at(p.cutoff) for p in predictions], k, drawn)


def told(value: Estimate | NotApplicable | Undefined) -> Told:
    """Return an estimate as a figure, or the reason why there is none."""
    if isinstance(value, Estimate):
        return Figure(value.value, value.low, value.high)
    return Words.of(f"card.reason.{value.why}")


def failures(past: Past, district_of: dict[str, str]) -> list[GroupTable | Words]:
    """Return how the list did by kecamatan, remoteness, size and coverage.

    What this region's files do not tell of any village is not applicable, with the reason.

    Parameters
    ----------
    district_of : the name of each village's kecamatan, by the village's code.
    """
    return [
        _by_district(past, district_of),
        _by_remoteness(past),
        _by_quantity(past, "tps_count", "is_tps_missing", digits=0),
        _by_quantity(past, _COVERAGE, None, digits=2),
    ]


def tree(past: Past) -> ErrorTree | Words:
    """Return what villages are like where incidents fell outside the top k."""
    count = np.concatenate([p.count for p in past.predictions])
    missed = np.concatenate([misses(p, past.k) for p in past.predictions])
    hit = count > 0
    if hit.sum() < 2 * MIN_LEAF:
        return Words.of("card.reason.too_few_hit", number=int(hit.sum()), least=2 * MIN_LEAF)
    if not missed.any():
        return Words.of("card.reason.nothing_missed")
    names = [name for name in (*sorted(registry()), _COVERAGE) if _tells_places_apart(past, name)]
    if not names:
        return Words.of("card.reason.no_input_varies")
    features = np.column_stack([np.concatenate(_values(past, name, None)) for name in names])
    incidents = count[hit].astype(np.float64)
    leaves = error_tree(features[hit], names, missed[hit] / incidents, incidents)
    if len(leaves) == 1:
        return Words.of("card.reason.no_trait_tells")
    return ErrorTree(
        rows=[
            TreeRow(
                rule=_rule(leaf.conditions),
                places=leaf.places,
                incidents=int(leaf.weight),
                missed=Figure(leaf.error, digits=1),
                mean=Figure(leaf.mean),
                share=Figure(leaf.share),
            )
            for leaf in leaves
        ],
        least=least_leaf(int(hit.sum())),
    )


def _by_district(past: Past, district_of: dict[str, str]) -> GroupTable | Words:
    by = Words.of("card.group.district")
    names = [[district_of.get(code, "") for code in rows["village_code"]] for rows in past.rows]
    districts = sorted({name for at_cutoff in names for name in at_cutoff if name})
    if not districts:
        return Words.of("card.reason.input_missing", input=by)
    missed = dict.fromkeys(districts, 0.0)
    for at_cutoff, prediction in zip(names, past.predictions, strict=True):
        for name, lost in zip(at_cutoff, misses(prediction, past.k).tolist(), strict=True):
            if name:
                missed[name] += lost
    worst = sorted(districts, key=lambda name: (-missed[name], name))
    shown = worst if len(worst) <= MOST_DISTRICTS else worst[: MOST_DISTRICTS - 1]
    labels = [Words.same(name) for name in sorted(shown)]
    number = {name: at for at, name in enumerate(sorted(shown))}
    rest = len(districts) - len(shown)
    if rest:
        labels.append(Words.of("card.group.others", number=rest))
    if any(not name for at_cutoff in names for name in at_cutoff):
        labels.append(Words.of("card.group.unknown"))
    others, unknown = len(shown), len(labels) - 1
    of = [
        np.array([number.get(name, others) if name else unknown for name in at_cutoff])
        for at_cutoff in names
    ]
    found = by_group(past.predictions, of, len(labels), past.k, past.drawn)
    return GroupTable(by, _rows(labels, found))


def _by_remoteness(past: Past) -> GroupTable | Words:
    distance = _by_quantity(past, "distance_capital_km", "is_distance_missing", digits=1)
    if isinstance(distance, GroupTable):
        return distance
    access = _by_quantity(past, "ikg_access", "is_ikg_missing", digits=0)
    return distance if isinstance(access, Words) else access


def _by_quantity(past: Past, name: str, flag: str | None, digits: int) -> GroupTable | Words:
    label = _label(name)
    if name.endswith("_km"):
        label = Words.of("card.group.km", label=label)
    found = parts(_values(past, name, flag))
    if not found.low:
        return Words.of("card.reason.input_missing", input=_label(name))
    skills = by_group(past.predictions, found.of, found.number, past.k, past.drawn)
    return GroupTable(label, _rows(_spans(found, digits), skills))


def _spans(found: Parts, digits: int) -> list[Words]:
    """Return what each part is called: from where to where it reaches."""
    spans = []
    for low, high in zip(found.low, found.high, strict=True):
        ends = [
            Words(short_number(end, "id", digits), short_number(end, "en", digits))
            for end in (low, high)
        ]
        is_one = ends[0] == ends[1]
        spans.append(ends[0] if is_one else Words.of("card.group.span", low=ends[0], high=ends[1]))
    return [*spans, Words.of("card.group.unknown")] if found.has_unknown else spans


def _rows(labels: Sequence[Words], found: Sequence[GroupSkill]) -> list[GroupRow]:
    return [
        GroupRow(label, skill.places, skill.incidents, told(skill.captured), told(skill.auc))
        for label, skill in zip(labels, found, strict=True)
    ]


def _values(past: Past, name: str, flag: str | None) -> list[Array]:
    """Return a feature at each cutoff; NaN where it is unknown, or was filled in."""
    found = []
    for rows in past.rows:
        values = rows[name].cast(pl.Float64)
        if flag is not None:
            filled = rows[flag].cast(pl.Boolean).fill_null(False)
            values = values.set(filled, None)
        found.append(values.fill_null(float("nan")).to_numpy())
    return found


def _tells_places_apart(past: Past, name: str) -> bool:
    """Tell whether a feature is known for all places, and not the same for all of a cutoff."""
    if name not in past.rows[0].columns:
        return False
    values = _values(past, name, None)
    return all(np.isfinite(each).all() for each in values) and any(
        np.ptp(each) > 0 for each in values
    )


def _rule(conditions: Sequence[Condition]) -> Words:
    if not conditions:
        return Words.of("card.rule.everywhere")
    said = [_condition(condition) for condition in conditions]
    return Words("; ".join(w.id for w in said), "; ".join(w.en for w in said))


def _condition(condition: Condition) -> Words:
    limits = {
        name: Words(*(short_number(limit, lang, _digits(limit)) for lang in ("id", "en")))
        for name, limit in (("above", condition.above), ("at_most", condition.at_most))
        if limit is not None
    }
    key = "between" if len(limits) == 2 else next(iter(limits))
    return Words.of(f"card.rule.{key}", input=_label(condition.name), **limits)


def _digits(limit: float) -> int:
    """Return how many digits after the mark tell a limit: three, of a small one three that count.

    Examples
    --------
    >>> _digits(12.5), _digits(0.0123)
    (3, 4)
    """
    return 3 if limit == 0 else max(3, 2 - math.floor(math.log10(abs(limit))))


def _label(name: str) -> Words:
    if name == _COVERAGE:
        return Words.of("card.group.coverage")
    labels = declared(name).labels
    return Words(labels["id"], labels["en"])
