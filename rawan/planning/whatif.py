"""What if: the planner's file with something changed, and what a planner writes to say so.

Owns the reading of the options of `rawan plan` and what they change. The plan itself, first and
changed alike, is `plan.py`'s.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, cast, get_args

from rawan.errors import UsageError, did_you_mean
from rawan.planning.rules.patterns import Vulnerability
from rawan.planning.rules.resources import ClosedRoad, Pin, Resources, Unit
from rawan.planning.rules.spreading import spread

_MOST = 100_000


@dataclass(frozen=True)
class Report:
    """A sudden report: the village, and the class that it gets in this plan (None: the next)."""

    village_code: str
    vulnerability: Vulnerability | None = None


@dataclass(frozen=True)
class WhatIf:
    """What differs from the planner's file.

    Attributes
    ----------
    officers : more people, placed where they face most; below zero, fewer of the units of kind
        `tps`, each in proportion.
    pattern : another one.
    closed : pairs of codes between which there is no road.
    pins, reports : more of them.
    """

    officers: int = 0
    pattern: str | None = None
    closed: tuple[tuple[str, str], ...] = ()
    pins: tuple[Pin, ...] = ()
    reports: tuple[Report, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is changed."""
        return self == WhatIf()

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON."""
        pins = [pin.model_dump(mode="json") for pin in self.pins]
        return {**asdict(replace(self, pins=())), "pins": pins}


class Names:
    """Codes of places by name, as the planner may write either.

    Parameters
    ----------
    villages : names of villages by code.
    districts : names of kecamatan by code.
    """

    def __init__(self, villages: Mapping[str, str], districts: Mapping[str, str]) -> None:
        self._names = {**districts, **villages}
        self._by_name: dict[str, list[str]] = {}
        for code, name in sorted(self._names.items()):
            self._by_name.setdefault(name.casefold(), []).append(code)

    def code(self, written: str, option: str) -> str:
        """Return the code that is meant.

        Raises
        ------
        UsageError
            If there is no such place, or several have the name.
        """
        written = written.strip()
        if written in self._names:
            return written
        found = self._by_name.get(written.casefold(), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f'{option} "{written}": {len(found)} places have this name. Give the code: '
                f"{', '.join(found)}."
            )
        known = self._names if written[:1].isdigit() else self._by_name
        hint = did_you_mean(written if written[:1].isdigit() else written.casefold(), known)
        raise UsageError(
            f'{option} "{written}": there is no such village or kecamatan.'
            f"{hint if len(hint) < 80 else ''}"
        )


def read_whatif(
    names: Names,
    officers: str | None = None,
    pattern: str | None = None,
    closed: Iterable[str] = (),
    pins: Iterable[str] = (),
    reports: Iterable[str] = (),
) -> WhatIf:
    """Read what the options of `rawan plan` say.

    Raises
    ------
    UsageError
        If one of them cannot be read; the message shows how it is written.

    Examples
    --------
    >>> read_whatif(Names({}, {}), officers="+50").officers
    50
    """
    return WhatIf(
        officers=_officers(officers),
        pattern=pattern,
        closed=tuple(_closed(names, written) for written in closed),
        pins=tuple(_pin(names, written) for written in pins),
        reports=tuple(_report(names, written) for written in reports),
    )


def changed(resources: Resources, whatif: WhatIf) -> Resources:
    """Return the planner's file with what is changed; reports are not of the file.

    Raises
    ------
    UsageError
        If more people are taken away than there are.
    """
    extra, units = resources.extra_officers, resources.units
    if whatif.officers >= 0:
        extra += whatif.officers
    else:
        fewer = -whatif.officers
        units = _fewer(units, max(fewer - extra, 0))
        extra = max(extra - fewer, 0)
    return resources.model_copy(
        update={
            "extra_officers": extra,
            "units": units,
            "pattern": whatif.pattern or resources.pattern,
            "closed_roads": (
                *resources.closed_roads,
                *(ClosedRoad(from_code=a, to_code=b) for a, b in whatif.closed),
            ),
            "pins": (*resources.pins, *whatif.pins),
        }
    )


def _fewer(units: tuple[Unit, ...], fewer: int) -> tuple[Unit, ...]:
    there = {unit.name: unit.officers for unit in units if unit.kind == "tps"}
    if fewer > sum(there.values()):
        raise UsageError(
            f"--officers -{fewer}: the units of kind tps have {sum(there.values())} officers: "
            f"{fewer - sum(there.values())} too many are taken away."
        )
    if not fewer:
        return units
    left = spread(sum(there.values()) - fewer, there)
    return tuple(
        unit.model_copy(update={"officers": left[unit.name]}) if unit.name in left else unit
        for unit in units
    )


def _officers(written: str | None) -> int:
    if written is None:
        return 0
    try:
        value = int(written)
    except ValueError:
        raise UsageError(f'--officers "{written}": is no number. Write it as +50 or -20.') from None
    if abs(value) > _MOST:
        raise UsageError(f"--officers {value}: more than {_MOST} cannot be planned.")
    return value


def _closed(names: Names, written: str) -> tuple[str, str]:
    ends = written.split(" - ")
    if len(ends) != 2:
        raise UsageError(
            f'--close "{written}": is no road. Write it as "Merbau - Sukajaya", names or codes.'
        )
    first, last = (names.code(end, "--close") for end in ends)
    if first == last:
        raise UsageError(f'--close "{written}": both ends are the same place. Give two.')
    return first, last


def _pin(names: Names, written: str) -> Pin:
    unit, equals, rest = written.rpartition("=")
    place, colon, number = rest.rpartition(":")
    if not (equals and colon and unit.strip() and number.strip().isdecimal()):
        raise UsageError(
            f'--pin "{written}": is no pin. Write it as "Sat Samapta=18.01.16.2014:2": unit, '
            "place and officers."
        )
    officers = int(number)
    if officers > _MOST:
        raise UsageError(f'--pin "{written}": more than {_MOST} officers cannot be planned.')
    return Pin(unit=unit.strip(), place=names.code(place, "--pin"), officers=officers)


def _report(names: Names, written: str) -> Report:
    place, equals, vulnerability = written.partition("=")
    code = names.code(place, "--report")
    if len(code) < len("99.99.99.9999"):
        raise UsageError(f'--report "{written}": names a kecamatan. A report is of a village.')
    if not equals:
        return Report(code)
    known = get_args(Vulnerability)
    if vulnerability.strip() not in known:
        raise UsageError(
            f'--report "{written}": "{vulnerability}" is no class.'
            f"{did_you_mean(vulnerability, known)}"
        )
    return Report(code, cast(Vulnerability, vulnerability.strip()))
