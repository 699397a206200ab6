"""The escort's sheets of the plan's workbook: routes, and what a delay does to them."""

from datetime import datetime

import polars as pl

from rawan.planning.escort.plan import EscortPlan
from rawan.publishing.paper.workbook_sheet import Cell, Column, Kind, Table
from rawan.publishing.texts import text
from rawan.settings import Language

_ROUTES: tuple[tuple[str, Kind, float], ...] = (
    *(("leg", "text", 26), ("day", "date", 12), ("vehicle", "text", 26), ("trip", "whole", 8)),
    *(("order", "whole", 8), ("place", "wrap", 30), ("district", "text", 18)),
    *(("leave", "text", 9), ("arrive", "text", 9), ("latest", "text", 14), ("is_late", "text", 10)),
    *(("tps", "whole", 7), ("boxes", "whole", 8), ("officers", "whole", 9), ("km", "number", 8)),
)
_DELAYS: tuple[tuple[str, Kind, float], ...] = (
    *(("delay", "wrap", 34), ("leg", "text", 24), ("place", "wrap", 28), ("vehicle", "text", 24)),
    *(("tps", "whole", 7), ("planned", "text", 14), ("now", "text", 14), ("latest", "text", 14)),
    *(("is_late", "text", 10), ("alternative", "wrap", 46)),
)


def routes_table(escort: EscortPlan, lang: Language) -> Table:
    """Return every stop of every vehicle and boat, in order of time."""
    rows: list[list[Cell]] = [
        [
            text(f"plan_escort.stage.{row['stage']}", lang),
            *(row["date"], row["vehicle"], row["trip"], row["order"], row["place"]),
            row["district"],
            *(_clock(row["leave"], False), _clock(row["arrive"], False), _clock(row["latest"])),
            row["is_late"],
            *(row["tps"], row["boxes"], row["officers"] or None, row["km"]),
        ]
        for row in escort.routes.iter_rows(named=True)
    ]
    return Table(_columns(_ROUTES, lang), rows)


def delays_table(delays: dict[str, pl.DataFrame], lang: Language) -> Table:
    """Return what comes late, is lost or sails later under each delay, and the alternative."""
    rows: list[list[Cell]] = [
        [
            name,
            text(f"plan_escort.stage.{row['stage']}", lang),
            *(row["place"], row["vehicle"], row["tps"]),
            *(_clock(row["planned"]), _clock(row["now"]) or "-", _clock(row["latest"])),
            *(row["is_late"], row["alternative"]),
        ]
        for name, frame in delays.items()
        for row in frame.iter_rows(named=True)
    ]
    return Table(_columns(_DELAYS, lang), rows, empty=text("plan.nothing_late", lang))


def _clock(at: datetime | None, with_day: bool = True) -> str | None:
    if at is None:
        return None
    return f"{at:%d.%m. %H.%M}" if with_day else f"{at:%H.%M}"


def _columns(said: tuple[tuple[str, Kind, float], ...], lang: Language) -> list[Column]:
    return [Column(text(f"plan.column.{name}", lang), kind, width) for name, kind, width in said]
