"""What each name of a text lies in: village, kecamatan, regency, in chains and in lists.

Owns the links between names. Where the names stand is found by `reading.py`.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from rawan.places import words as w
from rawan.places.gazetteer import Gazetteer
from rawan.places.units import DISTRICT, HAMLET, REGENCY, VILLAGE, Unit, Word

_LEVEL = {HAMLET: 0, VILLAGE: 1, DISTRICT: 2, REGENCY: 3}


def between(words: list[Word], left: Unit, right: Unit) -> str:
    """Return how two names are linked: chain (the second may hold the first), list, or nothing."""
    if right.first < left.last or words[left.last - 1].sentence != words[right.first].sentence:
        return ""
    inner = words[left.last : right.first]
    gaps = "".join(word.gap for word in words[left.last : right.first + 1])
    if re.search(r"[!?.]", gaps):
        return ""
    lows = {word.low for word in inner}
    is_elsewhere = right.level == REGENCY and not right.is_region
    is_name = 0 < len(inner) <= 4 and all(word.is_capital for word in inner)
    if is_elsewhere and is_name and gaps.count(",") == 2:
        return "chain"  # "Desa A, B, Lampung Utara": B is a kecamatan that no list knows.
    if lows <= w.WITHIN and not re.search(r"[&+;]", gaps):
        return "chain"
    if lows <= w.LISTING:
        return "list"
    return ""


def bind(words: list[Word], units: list[Unit], gazetteer: Gazetteer) -> None:
    """Tell each name what it lies in, and settle what a bare name is."""
    belongs = gazetteer.villages

    def holds(district: Unit, village: Unit) -> bool:
        return any(belongs[code].district_code in district.districts for code in village.villages)

    links = [between(words, a, b) for a, b in pairwise(units)]
    for at in range(len(links) - 1, -1, -1):
        unit, after, link = units[at], units[at + 1], links[at]
        if link != "chain" or after.cue in ("office", "holder"):
            continue
        goes_on = at + 1 < len(links) and links[at + 1] == "list"
        if unit.is_bare and unit.villages and after.level == DISTRICT and holds(after, unit):
            both = bool(unit.districts) and after.is_bare
            if not (both and goes_on and units[at + 2].districts):
                unit.level, unit.parent = VILLAGE, after
        elif unit.is_bare and after.level == DISTRICT and after.cue == "named":
            if not after.districts and unit.level in (VILLAGE, DISTRICT):
                unit.level, unit.parent = VILLAGE, after  # "Sidomulyo, Kecamatan Punggur"
        elif unit.is_bare and _is_known_elsewhere(after) and unit.level == DISTRICT:
            unit.level, unit.parent = VILLAGE, after  # "Ketapang, Panjang, Bandar Lampung"
        elif _LEVEL[unit.level] < _LEVEL[after.level]:
            # A kecamatan elsewhere binds; one of ours without its prefix only if it fits.
            is_open = after.is_bare and after.districts and unit.villages
            if not is_open or (unit.level == VILLAGE and holds(after, unit)):
                unit.parent = after
    _bind_lists(units, links, holds)


def _is_known_elsewhere(unit: Unit) -> bool:
    """Return whether a name is a kecamatan elsewhere, by its own words and by the list."""
    parent = unit.parent
    is_told = parent is not None and parent.level == REGENCY and not parent.is_region
    return unit.level == DISTRICT and not unit.districts and is_told


def _bind_lists(units: list[Unit], links: list[str], holds: Callable[[Unit, Unit], bool]) -> None:
    """Let the names of a list share what the last or the first of them lies in."""
    in_list = [
        link == "list" or (link == "chain" and b.parent is not a and a.parent is not b)
        for link, a, b in zip(links, units, units[1:], strict=False)
    ]
    for at, (unit, after) in enumerate(pairwise(units)):
        if not in_list[at] or not after.is_bare or not after.villages:
            continue
        after.before = unit
        is_villages = unit.level == VILLAGE and (not unit.is_bare or unit.cue == "list")
        if is_villages and (not after.districts or after.level == VILLAGE):
            after.level, after.cue = VILLAGE, "list"
    for at in range(len(in_list) - 1, -1, -1):
        unit, after = units[at], units[at + 1]
        if not in_list[at] or unit.parent is not None or unit.level != VILLAGE:
            continue
        shared = after.parent if after.level == VILLAGE else None
        if shared is not None and not after.is_reversed:
            if shared.is_region or holds(shared, unit) or not unit.villages:
                unit.parent = shared
            elif not shared.districts:
                unit.conflict = True  # "Desa A dan Desa B, Kecamatan Z" of another regency
    used = {id(unit.parent) for unit in units if unit.parent is not None}
    for at, (unit, after) in enumerate(pairwise(units)):
        if after.level != VILLAGE or after.parent is not None:
            continue
        if links[at] == "chain" and unit.level == DISTRICT and id(unit) not in used:
            if holds(unit, after) or (not after.villages and not after.is_bare):
                after.parent, after.is_reversed = unit, True
            elif not after.is_bare and not unit.is_bare:
                after.conflict = True
        elif (
            in_list[at]
            and unit.is_reversed
            and unit.parent is not None
            and holds(unit.parent, after)
        ):
            after.parent, after.is_reversed = unit.parent, True
