"""Patterns of security: how many officers for how many polling stations (TPS) of a class.

Owns the form of `data/reference/patterns.toml` and what a ratio comes to in whole people. What was
published, and by whom, stands in that file; which pattern an election uses says the planner's file
(`rawan/planning/resources.py`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rawan.errors import RawanError, did_you_mean

Vulnerability = Literal["kurang_rawan", "rawan", "sangat_rawan", "khusus"]
CLASSES: tuple[Vulnerability, ...] = get_args(Vulnerability)

Order = Literal["words", "officers-tps", "officers-tps-linmas", "officers-linmas-tps"]
_Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
_AtLeastOne = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
_Text = Annotated[str, Field(strict=True, min_length=1, max_length=2000)]


@dataclass(frozen=True)
class Ratio:
    """So many officers for so many TPS, with so many linmas (None: not said).

    `tps_most` is the upper end where the source gives a span, and `soldiers` come on top.
    """

    officers: int
    tps: int
    linmas: int | None = None
    tps_most: int | None = None
    soldiers: int = 0

    def needed(self, tps: int, at_most: bool = False) -> int:
        """Return the officers that `tps` stations need: whole teams, a team begun counts whole.

        With `at_most` each team takes as many TPS as the span allows: the fewest officers.

        Examples
        --------
        >>> Ratio(officers=2, tps=12, tps_most=20).needed(25)
        6
        >>> Ratio(officers=2, tps=12, tps_most=20).needed(25, at_most=True)
        4
        """
        size = self.tps_most if at_most and self.tps_most is not None else self.tps
        return -(-tps // size) * self.officers


@dataclass(frozen=True)
class Pattern:
    """One published (or fitted) pattern; a class that its source does not name has no ratio.

    `written` is what the source prints and `order` what each number in it counts. `is_fitted`
    marks a ratio that was fitted to published figures, and `by_district` that teams are reckoned
    in each kecamatan apart.
    """

    id: str
    name: str
    year: int
    source: str
    ratios: Mapping[str, Ratio]
    name_en: str = ""
    region: str = ""
    election: str = ""
    written: str = ""
    order: Order = "words"
    is_fitted: bool = False
    by_district: bool = False
    also: tuple[str, ...] = ()
    note_id: str = ""
    note_en: str = ""

    def minimum(self, tps: Mapping[str, int]) -> int:
        """Return the officers that so many TPS of each class need, each class apart.

        Raises
        ------
        RawanError
            If TPS stand in a class that the pattern has no ratio for.

        Examples
        --------
        >>> rule = Pattern("a", "A", 2024, "", {"rawan": Ratio(2, 2), "khusus": Ratio(2, 1)})
        >>> rule.minimum({"rawan": 3, "khusus": 1, "sangat_rawan": 0})
        6
        """
        return sum(self._ratio(name).needed(count) for name, count in tps.items() if count)

    def fewest(self, tps: Mapping[str, int]) -> int:
        """Return the same with each span used to its upper end: what the rule still allows."""
        counts = {name: count for name, count in tps.items() if count}
        return sum(self._ratio(name).needed(n, at_most=True) for name, n in counts.items())

    def _ratio(self, name: str) -> Ratio:
        if name not in self.ratios:
            known = ", ".join(key for key in CLASSES if key in self.ratios)
            raise RawanError(
                f'pattern "{self.id}" has no ratio for TPS of class {name} (it has {known}). '
                "Choose another pattern, or give the class a ratio in patterns.toml."
            )
        return self.ratios[name]


class _Ratio(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    officers: _AtLeastOne
    tps: _AtLeastOne
    linmas: _Count | None = None
    tps_most: _AtLeastOne | None = None
    soldiers: _Count = 0

    @model_validator(mode="after")
    def _in_order(self) -> "_Ratio":
        if self.tps_most is not None and self.tps_most <= self.tps:
            raise ValueError(f"tps_most = {self.tps_most} must exceed tps = {self.tps}")
        return self


class _Pattern(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(strict=True, pattern=r"^[a-z0-9_]{1,80}$")]
    name_id: _Text
    name_en: _Text
    region: _Text
    election: _Text
    year: Annotated[int, Field(strict=True, ge=1945, le=2200)]
    written: _Text
    order: Order
    source: Annotated[str, Field(strict=True, pattern=r"^https?://\S+$", max_length=2000)]
    also: list[Annotated[str, Field(strict=True, pattern=r"^https?://\S+$")]] = []
    is_fitted: Annotated[bool, Field(strict=True)] = False
    by_district: Annotated[bool, Field(strict=True)] = False
    note_id: str = ""
    note_en: str = ""
    ratios: Annotated[dict[Vulnerability, _Ratio], Field(min_length=1)]

    @model_validator(mode="after")
    def _both_languages(self) -> "_Pattern":
        if bool(self.note_id) != bool(self.note_en):
            raise ValueError("note_id and note_en go together: one of the two is missing")
        return self

    def frozen(self) -> Pattern:
        ratios: dict[str, Ratio] = {
            name: Ratio(**ratio.model_dump()) for name, ratio in self.ratios.items()
        }
        others = self.model_dump(exclude={"name_id", "ratios", "also"})
        return Pattern(name=self.name_id, ratios=ratios, also=tuple(self.also), **others)


def read_patterns(path: Path) -> dict[str, Pattern]:
    """Read and check a file of patterns; return them by id, in the order of the file.

    Raises
    ------
    RawanError
        If the file cannot be read, or with every mistake in it at once, one sentence each.
    """
    entries = _entries(path)
    found: dict[str, Pattern] = {}
    mistakes: list[str] = []
    for number, entry in enumerate(entries, start=1):
        name = entry.get("id") if isinstance(entry, dict) else None
        where = f'pattern "{name}"' if isinstance(name, str) and name else f"pattern {number}"
        try:
            pattern = _Pattern.model_validate(entry).frozen()
        except ValidationError as error:
            mistakes += [f"{where}: {_explain(mistake)}" for mistake in error.errors()]
            continue
        if pattern.id in found:
            mistakes.append(f"{where}: stands twice.")
        found[pattern.id] = pattern
    if mistakes:
        listed = "\n".join(f"  {mistake}" for mistake in mistakes)
        raise RawanError(f"{path}: the patterns have mistakes:\n{listed}")
    return found


def _entries(path: Path) -> list[Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise RawanError(f"{path}: the file of patterns is missing.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RawanError(f"{path}: cannot be read ({error}).") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RawanError(f"{path}: is not valid TOML: {error}.") from None
    if strange := sorted(set(content) - {"patterns"}):
        raise RawanError(f'{path}: "{strange[0]}" is not a table. Only [[patterns]] stand here.')
    entries = content.get("patterns")
    if not isinstance(entries, list) or not entries:
        raise RawanError(f"{path}: holds no [[patterns]]. Give at least one.")
    return entries


def _explain(mistake: Any) -> str:
    """Put one of pydantic's findings into a sentence that names the key."""
    location = [str(part) for part in mistake["loc"] if part != "[key]"]
    key = ".".join(location)
    if mistake["type"] == "extra_forbidden":
        fields = _Ratio.model_fields if "ratios" in location else _Pattern.model_fields
        return f'"{key}" is not a key.{did_you_mean(location[-1], fields)}'
    if mistake["type"] == "missing":
        return f'"{key}" is missing.'
    message = mistake["msg"].removeprefix("Value error, ")
    return f'"{key}": {message}.' if key else f"{message}."


def chosen(patterns: Mapping[str, Pattern], name: str) -> Pattern:
    """Return the pattern with this id.

    Raises
    ------
    RawanError
        If there is none; the message names the nearest.
    """
    if name not in patterns:
        raise RawanError(f'pattern: there is no "{name}".{did_you_mean(name, patterns)}')
    return patterns[name]
