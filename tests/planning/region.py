"""A small invented region: places on a grid, sectors, units and posts."""

from datetime import date

import numpy as np
import polars as pl

from rawan.planning.voting.checker import Limits, check_plan
from rawan.planning.voting.static import Options, Post, StaticPlan, Unit, static_plan

RATIOS = {"kurang_rawan": (2, 8), "rawan": (2, 4), "sangat_rawan": (2, 1), "khusus": (2, 1)}
DAY = date(2024, 11, 27)
KM = 1 / 111.195  # degrees of latitude in a kilometre


def place(number: int, sector: str = "Polsek A", tps: int = 6, **more: object) -> dict[str, object]:
    """One row of the TPS table; places stand two kilometres apart in a row."""
    code = f"99.01.01.{2000 + number}"
    return {
        "place": code,
        "village_code": code,
        "village": f"Desa {number}",
        "district_code": "99.01.01",
        "district": "Kecamatan A",
        "polsek": sector,
        "lat": 2 * number * KM,
        "lon": 100.0,
        "class": "kurang_rawan",
        "tps": tps,
        "is_assumed": False,
        "note": None,
    } | more


def tps_table(seed: int = 0, places: int = 12, sectors: int = 2) -> pl.DataFrame:
    """Places at random in two dimensions, most of them less vulnerable."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(places):
        sector = number * sectors // places
        where = {
            "lat": float((sector * 9 + random.random() * 8) * KM),
            "lon": float(100 + random.random() * 8 * KM),
            "polsek": f"Polsek {chr(65 + sector)}",
        }
        rows.append(place(number, tps=int(random.integers(1, 13)), **where))
        if random.random() < 0.3:
            rows.append(
                place(number, tps=int(random.integers(1, 3)), **where, **{"class": "rawan"})
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def units(*officers: int) -> list[Unit]:
    """A unit without a sector, then one for each sector."""
    return [Unit("Polres", officers[0], 0.0, 100.0)] + [
        Unit(f"Unit {chr(65 + n)}", count, (9 * n + 4) * KM, 100.0, f"Polsek {chr(65 + n)}")
        for n, count in enumerate(officers[1:])
    ]


POSTS = [Post("Pos 1", 4 * KM, 100.0), Post("Pos 2", 13 * KM, 100.0), Post("Pos 3", 60 * KM, 100.0)]


def risk_of(tps: pl.DataFrame) -> dict[str, float]:
    """A risk for each village, of its number."""
    codes = sorted(set(tps["village_code"].drop_nulls()))
    return {code: 0.1 + 0.05 * (int(code[-2:]) % 7) for code in codes}


def planned(tps: pl.DataFrame, people: list[Unit], **more: object) -> StaticPlan:
    """Plan it."""
    return static_plan(tps, RATIOS, people, POSTS, risk_of(tps), options(**more))


def options(**more: object) -> Options:
    """Options of the tests: short distances, a reserve of four."""
    return Options(**({"day": DAY, "reserve_officers": 4, "most_posts": 2} | more))


def violations(
    plan: StaticPlan,
    tps: pl.DataFrame,
    people: list[Unit],
    table: pl.DataFrame | None = None,
    totals: dict[str, pl.DataFrame] | None = None,
    **more: object,
) -> list[str]:
    """Ask the checker about a plan, or about a changed table of it."""
    o = options(**more)
    limits = Limits(
        limit_km=o.limit_km,
        detour_factor=o.detour_factor,
        roads=o.roads,
        least_officers_a_place=o.least_officers_a_place,
        reserve_officers=o.reserve_officers,
        most_posts=o.most_posts,
        units_are_bound=o.units_are_bound,
        gave_way=[(g.rule, g.sector, g.used) for g in plan.gave_way],
    )
    return check_plan(
        plan.table if table is None else table,
        tps,
        RATIOS,
        [(u.name, u.officers, u.lat, u.lon, u.sector) for u in people],
        [(p.name, p.lat, p.lon, p.is_fixed) for p in POSTS],
        limits,
        [(p.unit, p.place, p.officers, p.kind) for p in o.pins],
        totals or plan.totals,
    )
