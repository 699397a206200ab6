"""How many TPS each village has in an election, taken from a source or spread as an assumption."""

from collections.abc import Mapping

from rawan.errors import RawanError, did_you_mean
from rawan.planning.rules.polling_facts import Facts
from rawan.planning.rules.spreading import Cells, spread, whole_number


def village_counts(
    facts: Facts, stations: list[Cells], at_least: Mapping[str, int]
) -> tuple[dict[str, int], set[str], str | None]:
    """Return TPS by village, the villages whose number is assumed, and the election spread by.

    `stations` are counts by village or by kecamatan of any election; `at_least` are TPS that are
    known to lie in a village, which one whose number is assumed must have.

    Raises
    ------
    RawanError
        If a village has no number of TPS, numbers contradict, or nothing can be spread by.
    """
    own = [row for row in stations if row["election"] == facts.election]
    if not own:
        known = {row["election"] for row in stations}
        raise RawanError(
            f"polling_stations.csv: has no TPS of {facts.election}."
            f"{did_you_mean(facts.election, known)}"
        )
    fixed = {row["village_code"]: _tps(row, facts.election) for row in own if row["village_code"]}
    for code in fixed:
        facts.known_village(code, "polling_stations.csv")
    totals = {
        row["district_code"]: _tps(row, facts.election) for row in own if not row["village_code"]
    }
    for code, (_, tps, is_all) in facts.islands.items():
        if is_all:
            fixed.setdefault(code, tps)
    counts: dict[str, int] = {}
    assumed: set[str] = set()
    spread_by: str | None = None
    for district, members in facts.districts.items():
        open_ones = [code for code in members if code not in fixed]
        here = sum(fixed[code] for code in members if code in fixed)
        if open_ones and district not in totals:
            raise RawanError(
                f"polling_stations.csv: {facts.election}: the village "
                f"{facts.name(open_ones[0])} has no number of TPS, and neither has its "
                f"kecamatan ({len(open_ones)} villages there lack one). Give one of the two."
            )
        counts.update({code: fixed[code] for code in members if code in fixed})
        rest = totals.get(district, here) - here
        if rest < 0 or (rest and not open_ones):
            raise RawanError(
                f"polling_stations.csv: {facts.election}: the villages of kecamatan {district} "
                f"have {here} TPS and the kecamatan {totals[district]}: {abs(rest)} apart."
            )
        if open_ones:
            spread_by, weights = _weights(open_ones, stations, facts.election)
            counts.update(_with_room(spread(rest, weights, least=1), at_least, facts))
            assumed.update(open_ones)
    return counts, assumed, spread_by


def _with_room(counts: dict[str, int], at_least: Mapping[str, int], facts: Facts) -> dict[str, int]:
    """Return spread TPS of a kecamatan with room in each village for those known to lie there."""
    for code in sorted(counts):
        while counts[code] < at_least.get(code, 0):
            donor = max(counts, key=lambda c: (counts[c] - max(at_least.get(c, 0), 1), c))
            if counts[donor] <= max(at_least.get(donor, 0), 1):
                raise RawanError(
                    f"{facts.name(code)}: {at_least[code]} TPS are listed there and its kecamatan "
                    f"has room for {counts[code]}: {at_least[code] - counts[code]} too many."
                )
            counts[donor] -= 1
            counts[code] += 1
    return counts


def _tps(row: Cells, election: str) -> int:
    place = row["village_code"] or row["district_code"]
    return whole_number(row["tps"], f'polling_stations.csv, {election}, {place}, "tps"')


def _weights(
    members: list[str], stations: list[Cells], election: str
) -> tuple[str, dict[str, int]]:
    """Return the newest other election known by village, and its TPS of these villages."""
    others = {
        (row["known_on"], row["election"])
        for row in stations
        if row["village_code"] and row["election"] != election
    }
    if not others:
        raise RawanError(
            f"polling_stations.csv: {election} is known by kecamatan only, and no other "
            "election by village, in proportion to which its TPS could be spread."
        )
    newest = max(others)[1]
    found = {
        row["village_code"]: _tps(row, newest)
        for row in stations
        if row["election"] == newest and row["village_code"]
    }
    weights = {code: found.get(code, 0) for code in members}
    if not any(weights.values()):
        raise RawanError(
            f"polling_stations.csv: {newest} has no TPS in the villages of kecamatan "
            f"{members[0][:8]}, so those of {election} cannot be spread over them."
        )
    return newest, weights
