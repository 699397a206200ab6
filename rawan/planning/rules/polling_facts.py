"""What is known of an election's TPS beside their number by village: islands, classes, places."""

import math
from collections.abc import Mapping
from typing import Any

from rawan.errors import RawanError, did_you_mean, nearest
from rawan.planning.rules.patterns import CLASSES
from rawan.planning.rules.polling_files import PollingFiles
from rawan.planning.rules.spreading import Cells, whole_number


class Facts:
    """The rows of one election, looked up by code.

    `islands` holds by village the island's name, its TPS, and whether they are all the village
    has; `class_totals` the region's number of TPS of a class, and `beyond` the classes whose TPS
    are not in the counts by village or kecamatan; `given` TPS by (district_code, class).
    """

    def __init__(self, files: PollingFiles, election: str) -> None:
        self.election = election
        self.villages = {row["village_code"]: row for row in files.villages}
        self.districts: dict[str, list[str]] = {}
        for code in sorted(self.villages):
            self.districts.setdefault(self.villages[code]["district_code"], []).append(code)
        self.seats = {row["district_code"]: row["seat"] for row in files.districts}
        self.polsek = {row["district_code"]: row["polsek"] for row in files.polsek}
        self.special = [
            {**row, "where": f"tps_special.csv, row {line}"}
            for line, row in enumerate(files.special, start=2)
            if row["election"] == election
        ]
        self.islands: dict[str, tuple[str, int, bool]] = {}
        self.class_totals: dict[str, int] = {}
        self.beyond: set[str] = set()
        self.given: dict[tuple[str, str], int] = {}
        for row in self.special:
            self._take_special(row)

    def _take_special(self, row: Cells) -> None:
        tps = whole_number(row["tps"], f'{row["where"]}, column "tps"')
        if row["fact"] in ("island_all", "island_part"):
            self.known_village(row["code"], row["where"])
            self.islands[row["code"]] = (row["island"], tps, row["fact"] == "island_all")
            return
        if row["fact"] != "class":
            raise RawanError(
                f'{row["where"]}, column "fact": "{row["fact"]}" is neither class, island_all nor '
                "island_part."
            )
        known_class(row["class"], row["where"])
        if row["within_total"] not in ("true", "false"):
            raise RawanError(
                f'{row["where"]}, column "within_total": "{row["within_total"]}" is neither true '
                "nor false."
            )
        if row["within_total"] == "false":
            self.beyond.add(row["class"])
        if (row["level"] == "region" and row["class"] in self.class_totals) or (
            row["code"],
            row["class"],
        ) in self.given:
            raise RawanError(
                f"{row['where']}: class {row['class']} stands twice for one place. Give it once."
            )
        if row["level"] == "region":
            self.class_totals[row["class"]] = tps
        elif row["level"] == "district" and row["code"] in self.districts:
            self.given[row["code"], row["class"]] = tps
        else:
            raise RawanError(
                f"{row['where']}: TPS of class {row['class']} are given for the region (level "
                f'region) or a kecamatan of it (level district), and here for "{row["code"]}".'
            )

    def known_village(self, code: str, where: str) -> None:
        """Refuse a village that the region does not have."""
        if code not in self.villages:
            raise RawanError(f"{where}: there is no village {code}.{near(code, self.villages)}")

    def seat(self, district: str) -> str:
        """Return the village that is a kecamatan's seat, or its first where that is unknown."""
        members = self.districts[district]
        seat = plain(self.seats.get(district, ""))
        at_seat = [code for code in members if plain(self.villages[code]["village"]) == seat]
        return (at_seat or members)[0]

    def name(self, code: str) -> str:
        """Return a village's name with its code."""
        return f"{self.villages[code]['village']} ({code})"

    def point(self, code: str) -> tuple[float | None, float | None]:
        """Return a village's point in degrees, or (None, None) where it is unknown."""
        row = self.villages[code]
        if not row["lat"] and not row["lon"]:
            return None, None
        try:
            lat, lon = float(row["lat"]), float(row["lon"])
        except ValueError:
            lat, lon = math.nan, math.nan
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            raise RawanError(f"villages.csv: {self.name(code)} has no proper point.")
        return lat, lon


def base_points(files: PollingFiles) -> dict[str, tuple[float, float]]:
    """Return the point of each village, and of each kecamatan its seat's, by code, in degrees.

    What is without a point is left out. Units and landings are placed by it.
    """
    facts = Facts(files, election="")
    base = {code: code for code in facts.villages} | {d: facts.seat(d) for d in facts.districts}
    points = {code: facts.point(village) for code, village in base.items()}
    return {
        code: (lat, lon)
        for code, (lat, lon) in points.items()
        if lat is not None and lon is not None
    }


def known_class(name: str, where: str) -> None:
    """Refuse a class that there is none of."""
    if name not in CLASSES:
        raise RawanError(f'{where}: "{name}" is no class.{did_you_mean(name, CLASSES)}')


def plain(name: str) -> str:
    """Return a name as it compares: without case and blanks."""
    return name.casefold().replace(" ", "")


def near(code: str, known: Mapping[str, Any]) -> str:
    """Return the nearest code; a list of hundreds would be no help."""
    hint = nearest(code, known)
    return f' Did you mean "{hint}"?' if hint else ""
