"""A model as plain values, and back: what a kept file may tell of, and what it must hold.

Owns the meaning of dictionaries, lists and arrays; the archive they lie in is `kept_model`.
Values from a file are untrusted: each is checked for its kind, its length and its range.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

import numpy as np

from models.additive import (
    AdditiveScore,
    Array,
    Fitted,
    Scale,
    ShapeScore,
    SplitScore,
    SumScore,
    Transform,
)
from models.calibration import Calibration
from models.effort_rate import EffortScore
from models.log_count import LogScore
from rawan.features import declared

FORM = "rawan-model"
FORM_VERSION = 1
_MAX_DEPTH = 8  # of scores within scores


class Input(NamedTuple):
    """A feature that the model looks at, and the transform that the catalogue gave it.

    What the score itself does with it is part of the score.
    """

    name: str
    transform: Transform


@dataclass(frozen=True)
class KeptModel:
    """A model as it was published, with all that is needed to score with it again.

    Attributes
    ----------
    candidate : its name in configuration and lists.
    scale : what a score is: a count, log-odds, a log-rate or an index.
    fitted : the learned score, a sum over features.
    calibration : score to probability; None where the score is no probability.
    inputs : the features it looks at.
    provenance : words about where it comes from (hashes, cutoff, versions), by name.
    """

    candidate: str
    scale: Scale
    fitted: Fitted
    calibration: Calibration | None
    inputs: tuple[Input, ...]
    provenance: dict[str, str]


def keep(
    candidate: str,
    scale: Scale,
    fitted: Fitted,
    calibration: Calibration | None,
    provenance: Mapping[str, str],
) -> KeptModel:
    """Return a fitted candidate, by its name, with what is needed to score with it again."""
    return KeptModel(
        candidate=candidate,
        scale=scale,
        fitted=fitted,
        calibration=calibration,
        inputs=tuple(Input(name, declared(name).transform) for name in fitted.names),
        provenance=dict(provenance),
    )


def plain(kept: KeptModel) -> dict[str, Any]:
    """Return a model as dictionaries, lists, strings, numbers and arrays.

    Raises
    ------
    ValueError
        If the score is of a kind that cannot be kept, or could not be read back.
    """
    content = {
        "form": FORM,
        "version": FORM_VERSION,
        "candidate": kept.candidate,
        "scale": kept.scale,
        "fitted": _plain_score(kept.fitted),
        "calibration": [] if kept.calibration is None else [_plain_curve(kept.calibration)],
        "inputs": [list(entry) for entry in kept.inputs],
        "provenance": dict(kept.provenance),
    }
    read(content)
    return content


def _plain_score(fitted: Fitted, depth: int = 0) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        raise ValueError(f"scores within scores, more than {_MAX_DEPTH} deep, cannot be kept")
    match fitted:
        case AdditiveScore():
            return _plain_additive(fitted)
        case ShapeScore():
            return {
                "kind": "shape",
                "names": list(fitted.names),
                "edges": [_row(edges) for edges in fitted.edges],
                "steps": [_row(steps) for steps in fitted.steps],
                "unknown": _row(fitted.unknown),
                "intercept": float(fitted.intercept),
            }
        case SplitScore():
            return {
                "kind": "split",
                "flag": fitted.flag,
                "within": _plain_additive(fitted.within),
                "otherwise": _plain_additive(fitted.otherwise),
            }
        case LogScore():
            return {"kind": "log", "feature": fitted.feature, "offset": float(fitted.offset)}
        case EffortScore():
            return {"kind": "effort", "level": float(fitted.level)}
        case SumScore():
            return {
                "kind": "sum",
                "parts": [_plain_score(part, depth + 1) for part in fitted.parts],
                "shares": _row(fitted.shares),
            }
    raise ValueError(f"a score of kind {type(fitted).__name__} cannot be kept")


def _plain_additive(fitted: AdditiveScore) -> dict[str, Any]:
    return {
        "kind": "additive",
        "names": list(fitted.names),
        "transforms": list(fitted.transforms),
        "center": _row(fitted.center),
        "scale": _row(fitted.scale),
        "weights": _row(fitted.weights),
        "intercept": float(fitted.intercept),
    }


def _plain_curve(curve: Calibration) -> dict[str, Any]:
    return {
        "scale": curve.scale,
        "offset": float(curve.offset),
        "slope": float(curve.slope),
        "intercept": float(curve.intercept),
        "slope_error": float(curve.slope_error),
    }


def _row(values: Array) -> Array:
    """Return a copy of its own: skops writes an array that two names share only once."""
    return np.array(values, dtype="<f8")


def read(content: Any) -> KeptModel:
    """Return the model that plain values tell of.

    Raises
    ------
    ValueError
        If they tell of none; TypeError or KeyError where a value is missing or of another kind.
    """
    fields = _of(content, dict)
    if fields.get("form") != FORM or fields.get("version") != FORM_VERSION:
        raise ValueError(f"it is not in form {FORM} {FORM_VERSION}")
    curves = _of(fields["calibration"], list)
    scale = _one_of(fields["scale"], get_args(Scale))
    fitted = _read_score(fields["fitted"])
    inputs = tuple(
        Input(_of(name, str), _one_of(transform, get_args(Transform)))
        for name, transform in fields["inputs"]
    )
    if sorted(fitted.names) != sorted(entry.name for entry in inputs):
        raise ValueError("the features listed are not those that the score looks at")
    if len(curves) > 1 or any(curve["scale"] != scale for curve in curves):
        raise ValueError("the calibration does not belong to the score")
    return KeptModel(
        candidate=_of(fields["candidate"], str),
        scale=scale,
        fitted=fitted,
        calibration=_read_curve(curves[0]) if curves else None,
        inputs=inputs,
        provenance={_of(k, str): _of(v, str) for k, v in _of(fields["provenance"], dict).items()},
    )


def _read_score(content: Any, depth: int = 0) -> Fitted:
    if depth > _MAX_DEPTH:
        raise ValueError("scores within scores, too deep")
    readers: dict[str, Callable[[dict[str, Any]], Fitted]] = {
        "additive": _read_additive,
        "shape": _read_shape,
        "split": _read_split,
        "log": _read_log,
        "effort": lambda fields: EffortScore(_number(fields["level"])),
    }
    fields = _of(content, dict)
    if fields["kind"] == "sum":
        parts = tuple(_read_score(part, depth + 1) for part in _of(fields["parts"], list))
        return SumScore(parts, _numbers(fields["shares"], len(parts)))
    return readers[fields["kind"]](fields)


def _read_additive(fields: dict[str, Any]) -> AdditiveScore:
    names = _names(fields["names"])
    transforms = tuple(_one_of(t, get_args(Transform)) for t in _of(fields["transforms"], list))
    scale = _numbers(fields["scale"], len(names))
    if len(transforms) != len(names) or (scale <= 0).any():
        raise ValueError("a score with features that lack a transform or a scale")
    return AdditiveScore(
        names=names,
        transforms=transforms,
        center=_numbers(fields["center"], len(names)),
        scale=scale,
        weights=_numbers(fields["weights"], len(names)),
        intercept=_number(fields["intercept"]),
    )


def _read_shape(fields: dict[str, Any]) -> ShapeScore:
    names = _names(fields["names"])
    edges = tuple(_numbers(row) for row in _of(fields["edges"], list))
    steps = tuple(_numbers(row) for row in _of(fields["steps"], list))
    if not len(names) == len(edges) == len(steps):
        raise ValueError("a score with features that lack their steps")
    for edge, step in zip(edges, steps, strict=True):
        if len(step) != len(edge) + 1 or (np.diff(edge) <= 0).any():
            raise ValueError("steps that do not fit their thresholds")
    unknown = _numbers(fields["unknown"], len(names))
    return ShapeScore(names, edges, steps, unknown, _number(fields["intercept"]))


def _read_split(fields: dict[str, Any]) -> SplitScore:
    return SplitScore(
        flag=_of(fields["flag"], str),
        within=_read_additive(_of(fields["within"], dict)),
        otherwise=_read_additive(_of(fields["otherwise"], dict)),
    )


def _read_log(fields: dict[str, Any]) -> LogScore:
    offset = _number(fields["offset"])
    if offset <= 0:
        raise ValueError("a logarithm of nothing")
    return LogScore(_of(fields["feature"], str), offset)


def _read_curve(fields: dict[str, Any]) -> Calibration:
    curve = Calibration(
        scale=_one_of(fields["scale"], get_args(Scale)),
        offset=_number(fields["offset"]),
        slope=_number(fields["slope"]),
        intercept=_number(fields["intercept"]),
        slope_error=_number(fields["slope_error"]),
    )
    if curve.slope < 0 or curve.slope_error < 0 or (curve.scale == "count" and curve.offset <= 0):
        raise ValueError("a calibration that would turn the order round")
    return curve


def _of(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected, {type(value).__name__} found")
    return value


def _one_of(value: Any, known: tuple[str, ...]) -> Any:
    if value not in known:
        raise ValueError(f"one of {', '.join(known)} expected")
    return value


def _names(value: Any) -> tuple[str, ...]:
    names = tuple(_of(name, str) for name in _of(value, list))
    if len(set(names)) != len(names):
        raise ValueError("a feature named twice")
    return names


def _number(value: Any) -> float:
    return float(_numbers(np.array([_of(value, float)]), 1)[0])


def _numbers(value: Any, length: int | None = None) -> Array:
    array = np.asarray(_of(value, np.ndarray), dtype=np.float64)
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise ValueError("a row of numbers of another length")
    if not np.isfinite(array).all():
        raise ValueError("a number that is not finite")
    return array
