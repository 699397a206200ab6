"""The reference tables that the table of polling stations is made from, as rows of text."""

from dataclasses import dataclass
from pathlib import Path

from rawan.planning.rules.spreading import Cells, read_rows

_SPECIAL = ("election", "level", "code", "fact", "class", "tps", "within_total", "island")


@dataclass(frozen=True)
class PollingFiles:
    """What is known of villages and TPS: rows as text, as in the reference tables.

    `stations` may hold rows by village and by kecamatan (village_code empty), of any election.
    """

    villages: list[Cells]
    stations: list[Cells]
    districts: list[Cells]
    polsek: list[Cells]
    special: list[Cells]


def read_polling(folder: Path) -> PollingFiles:
    """Read the reference tables of a region that the table of TPS is made from."""
    special = folder / "tps_special.csv"
    places = ("village_code", "village", "district_code", "district", "lat", "lon")
    return PollingFiles(
        villages=read_rows(folder / "villages.csv", places),
        stations=read_rows(
            folder / "polling_stations.csv",
            ("election", "village_code", "district_code", "tps", "known_on"),
        ),
        districts=read_rows(folder / "districts.csv", ("district_code", "district", "seat")),
        polsek=read_rows(folder / "polsek.csv", ("district_code", "polsek")),
        special=read_rows(special, _SPECIAL) if special.exists() else [],
    )
