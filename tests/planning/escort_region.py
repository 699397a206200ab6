"""An invented region for escorts: a store, three kecamatan, an island and an islet."""

from dataclasses import replace
from datetime import date
from typing import Any

from rawan.planning.escort.inputs import (
    Crossing,
    Drop,
    EscortOptions,
    EscortTask,
    Point,
    VehicleKind,
)

VOTING_DAY = date(2030, 6, 12)
STORE = Point("store", "Gudang Contoh", -5.00, 105.00)
_SEATS = {
    "99.01.01": ("Andai", -5.00, 105.05, 12),
    "99.01.02": ("Umpama", -5.10, 105.00, 9),
    "99.01.03": ("Misal", -5.20, 105.10, 20),
}


def _villages(code: str, name: str, lat: float, lon: float, tps: int) -> list[Drop]:
    return [
        Drop(
            Point(f"{code}.200{n}", f"{name} {n}", lat + 0.02 * n, lon + 0.01 * n), code, name,
            tps // 3 if n < 3 else tps - 2 * (tps // 3), index=30.0 * n,
        )
        for n in (1, 2, 3)
    ]  # fmt: skip


def region(**changes: Any) -> EscortTask:
    """Return the task of the invented region; `changes` are of `EscortTask` or its options."""
    seats = tuple(
        Drop(Point(code, name, lat, lon, (f"{code}.2001",)), code, name, tps, index=50.0)
        for code, (name, lat, lon, tps) in _SEATS.items()
    )
    villages = [v for code, row in _SEATS.items() for v in _villages(code, *row)]
    island = Crossing(
        "Kapal Contoh", Point("99.01.03.2003/pier", "Dermaga", -5.22, 105.12, ("99.01.03.2003",)),
        Drop(Point("99.01.03.2009", "Pulau Contoh", -5.50, 105.30), "99.01.03", "Misal", 4, 70.0),
        hours=2.0, number=1, officers=2, load_tps=20, departs=(10 * 60, 13 * 60), days_before=3,
    )  # fmt: skip
    options = EscortOptions(VOTING_DAY, solutions=20)
    own = {key: value for key, value in changes.items() if key in EscortTask.__dataclass_fields__}
    chosen = {key: value for key, value in changes.items() if key not in own}
    task = EscortTask(
        STORE, seats, tuple(villages), (island,),
        (VehicleKind("Truk", 3, 3, 20, 30.0), VehicleKind("Pikap", 3, 3, 10, 30.0)),
        replace(options, **chosen),
    )  # fmt: skip
    return replace(task, **own)
