"""How long the static plan of voting day takes, how near it is to its bounds, and what it buys.

Run `python benchmarks/plan_speed.py [--size regency|province|both] [--seed N] [--json]`.

The regency: the 260 villages of the reference tables at their points, the 1,592 TPS of the
regional election of 2024 (known by kecamatan) spread over villages in proportion to the general
election's, and 865 officers. The province: 2,600 villages at invented points with 15,000 TPS.
Which TPS are vulnerable, the risk of each village and the home of each unit's officers are drawn
by seed: the figures speak of the solver and not of any place.

Each is planned twice: with people enough, and with so few that rules must give way. The share of
risk covered stands beside that of two simple rules with as many officers at TPS (in proportion to
TPS; from the top of the list) and beside the bound of the linear programme, in the same run. A
simple rule may leave places without anybody; how many is told. Every plan passes the independent
checker. Each size has a process of its own, so that peak memory is its own.
"""

import argparse
import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import ingest_speed
import numpy as np
import polars as pl
from machine import heading, here_and_now

from rawan.planning.voting import cover
from rawan.planning.voting.checker import Limits, check_plan
from rawan.planning.voting.spots import read_spots
from rawan.planning.voting.static import (
    Options,
    PlanImpossible,
    Post,
    StaticPlan,
    Unit,
    static_plan,
)

REFERENCE = Path(__file__).resolve().parents[1] / "data" / "reference"
GOAL_SECONDS = {"regency": 60.0, "province": 600.0}
RATIOS = {"kurang_rawan": (2, 12), "rawan": (2, 2), "sangat_rawan": (2, 1), "khusus": (2, 1)}
SHARES = {"rawan": 0.038, "khusus": 0.004}
GIVES_WAY = ("reserve", "travel_limit", "ratio_kurang_rawan", "ratio_rawan")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=("regency", "province", "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(measured(arguments.alone, arguments.seed)))
        return
    answer: dict[str, Any] = {**here_and_now(), "seed": arguments.seed}
    for size in ("regency", "province") if arguments.size == "both" else (arguments.size,):
        command = [sys.executable, __file__, "--alone", size, "--seed", str(arguments.seed)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"{size} failed; the last words are above")
        answer[size] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))


def measured(size: str, seed: int) -> dict[str, Any]:
    """Plan a size with people enough and with too few."""
    random = np.random.default_rng(seed)
    tps = regency(random) if size == "regency" else province(random)
    codes = sorted(set(tps["place"]))
    risk = dict(zip(codes, random.gamma(0.5, 0.2, len(codes)).tolist(), strict=True))
    homes = tps.group_by("polsek").agg(pl.col("lat", "lon").mean()).sort("polsek").to_dicts()
    posts = [Post(f"Pos {home['polsek']}", home["lat"], home["lon"]) for home in homes]
    several = 10 if size == "province" else 1
    wanted = 865 * several
    options = Options(
        day=date(2024, 11, 27),
        gives_way=GIVES_WAY,
        reserve_officers=100 * several,
        most_posts=3 * several,
        limit_most_km=8.0,
    )
    answer: dict[str, Any] = {
        "villages": len(codes),
        "tps": int(tps["tps"].sum()),
        "sectors": len(homes),
        "cases": {},
    }
    for case in ("enough", "too_few"):
        units = manned(homes, wanted)
        started, worked = time.perf_counter(), time.process_time()
        plan = static_plan(tps, RATIOS, units, posts, risk, options)
        seconds = time.perf_counter() - started, time.process_time() - worked
        answer["cases"][case] = told(plan, tps, units, posts, risk, options, seconds)
        # The fewest that minimum cover allows, and a quarter of the way up to enough.
        wanted = fewest(tps, homes, posts, risk, options)
        wanted += (plan.figures.at_tps - wanted) // 4
    return {**answer, **ingest_speed.peak()}


def fewest(
    tps: pl.DataFrame,
    homes: list[dict[str, Any]],
    posts: list[Post],
    risk: dict[str, float],
    options: Options,
) -> int:
    """Return the officers below which minimum cover cannot be had: what is missing with none."""
    try:
        static_plan(tps, RATIOS, manned(homes, 0), posts, risk, options)
    except PlanImpossible as impossible:
        return impossible.shortfall
    raise SystemExit("a plan without officers was not refused")


def manned(homes: list[dict[str, Any]], officers: int) -> list[Unit]:
    """Give each polsek a fifth of the officers together, and ten stations the rest."""
    own = officers // 5 // len(homes)
    units = [Unit(h["polsek"], own, h["lat"], h["lon"], h["polsek"]) for h in homes]
    stations = homes[:: max(1, len(homes) // 10)]
    rest = officers - own * len(homes)
    for at, h in enumerate(stations):
        number = rest // len(stations) + (at < rest % len(stations))
        units.append(Unit(f"Polres {at}", number, h["lat"], h["lon"]))
    return units


def told(
    plan: StaticPlan,
    tps: pl.DataFrame,
    units: list[Unit],
    posts: list[Post],
    risk: dict[str, float],
    options: Options,
    seconds: tuple[float, float],
) -> dict[str, Any]:
    """Return the figures of a plan and of the two simple rules; check it."""
    started = time.perf_counter()
    wrong = check_plan(
        plan.table,
        tps,
        RATIOS,
        [(u.name, u.officers, u.lat, u.lon, u.sector) for u in units],
        [(p.name, p.lat, p.lon, p.is_fixed) for p in posts],
        Limits(
            limit_km=options.limit_km,
            reserve_officers=options.reserve_officers,
            most_posts=options.most_posts,
            gave_way=[(g.rule, g.sector, g.used) for g in plan.gave_way],
        ),
        totals=plan.totals,
    )
    checked = time.perf_counter() - started
    if wrong:
        raise SystemExit("\n".join(["the checker found:", *wrong[:20]]))
    spots = read_spots(tps, RATIOS, risk)
    simple = {}
    for name, rule in (
        ("proportional_to_tps", cover.proportional),
        ("top_of_the_list", cover.top_of_the_list),
    ):
        given = rule(plan.figures.at_tps, spots, RATIOS)
        simple[name] = {
            "objective": cover.covered(cover.by_class(given, spots, RATIOS), spots, RATIOS),
            "places_without_anybody": int((given == 0).sum()),
        }
    f = plan.figures
    return {
        "seconds": seconds[0],
        "seconds_of_processor": seconds[1],
        "seconds_of_the_checker": checked,
        "officers": {"there": f.officers, "at_tps": f.at_tps, "reserve": f.reserve, "left": f.left},
        "objective": plan.objective,
        "bound": plan.bound,
        "bound_at_tps": cover.most_covered(f.at_tps, spots, RATIOS),
        "gap": plan.gap,
        "simple_rules": simple,
        "teams": {"formed": f.teams, "bound": f.teams_bound, "gap": _gap(f.teams, f.teams_bound)},
        "team_km": {
            "km": f.team_km,
            "bound": f.team_km_bound,
            "gap": _gap(f.team_km, f.team_km_bound),
        },
        "officer_km": {
            "km": f.officer_km,
            "objective": f.crew_objective,
            "bound": f.crew_bound,
            "gap": _gap(f.crew_objective, f.crew_bound),
        },
        "mixed_teams": f.mixed_teams,
        "reach": {"share": f.reach, "bound": f.reach_bound},
        "stopped_at_limits": f.stopped,
        "parts_restricted": f.restricted,
        "gave_way": {
            rule: sum(g.rule == rule for g in plan.gave_way)
            for rule in GIVES_WAY
            if any(g.rule == rule for g in plan.gave_way)
        },
    }


def _gap(value: float, bound: float) -> float:
    return (value - bound) / value if value else 0.0


def regency(random: np.random.Generator) -> pl.DataFrame:
    """Return the TPS table of the regional election of 2024, spread over villages."""
    villages = pl.read_csv(REFERENCE / "villages.csv", infer_schema_length=0)
    districts = pl.read_csv(REFERENCE / "districts.csv", infer_schema_length=0)
    stations = pl.read_csv(REFERENCE / "polling_stations.csv", infer_schema_length=0)
    polsek = pl.read_csv(REFERENCE / "polsek.csv", infer_schema_length=0)
    general = stations.filter(
        (pl.col("election") == "pemilu2024") & pl.col("village_code").is_not_null()
    ).select("village_code", pl.col("tps").cast(pl.Int64).alias("before"))
    places = (
        villages.join(general, on="village_code", how="left")
        .join(polsek.select("district_code", "polsek"), on="district_code")
        .join(
            districts.select("district_code", pl.col("tps_pilkada_2024").cast(pl.Int64)),
            on="district_code",
        )
        .with_columns(pl.col("before").fill_null(1), (pl.col("lat", "lon").cast(pl.Float64)))
        .sort("village_code")
    )
    parts = []
    for _, part in places.group_by("district_code", maintain_order=True):
        exact = part["before"].to_numpy() / part["before"].sum() * part["tps_pilkada_2024"][0]
        whole = np.floor(exact).astype(np.int64)
        order = np.argsort(-(exact - whole), kind="stable")
        whole[order[: int(part["tps_pilkada_2024"][0]) - int(whole.sum())]] += 1
        parts.append(part.with_columns(pl.Series("number", whole)))
    return in_classes(pl.concat(parts), random)


def province(random: np.random.Generator, villages: int = 2600, tps: int = 15_000) -> pl.DataFrame:
    """Return invented villages in clusters of about fifteen, a sector each."""
    sectors = villages // 15
    side = 150.0  # km
    centre = random.random((sectors, 2)) * side
    sector = np.arange(villages) % sectors
    point = centre[sector] + random.normal(size=(villages, 2)) * 5.0
    weight = random.gamma(3.0, 1.0, villages)
    exact = weight / weight.sum() * (tps - villages)
    number = 1 + np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - np.floor(exact)), kind="stable")
    number[order[: tps - int(number.sum())]] += 1
    code = [f"99.{s // 100:02d}.{s % 100:02d}.{2000 + n}" for n, s in enumerate(sector)]
    frame = pl.DataFrame(
        {
            "village_code": code,
            "village": [f"Desa {n}" for n in range(villages)],
            "district_code": [text[:8] for text in code],
            "district": [f"Kecamatan {s}" for s in sector],
            "polsek": [f"Polsek {s:03d}" for s in sector],
            "lat": -5.5 + point[:, 0] / 111.195,
            "lon": 105.0 + point[:, 1] / 111.195,
            "number": number,
        }
    )
    return in_classes(frame, random)


def in_classes(places: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """Draw which TPS are vulnerable or special; the rest are less vulnerable."""
    rows = []
    for place in places.iter_rows(named=True):
        left = place["number"]
        counts = {}
        for kind, share in SHARES.items():
            counts[kind] = int(random.binomial(left, share))
            left -= counts[kind]
        counts["kurang_rawan"] = left
        rows += [
            {
                "place": place["village_code"],
                **{
                    key: place[key]
                    for key in (
                        "village_code",
                        "village",
                        "district_code",
                        "district",
                        "polsek",
                        "lat",
                        "lon",
                    )
                },
                "class": kind,
                "tps": count,
                "is_assumed": True,
                "note": "",
                "is_cut_off": False,
            }
            for kind, count in counts.items()
            if count
        ]
    return pl.DataFrame(rows, infer_schema_length=None)


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer as lines for people."""
    lines = [heading(answer)]
    for size in ("regency", "province"):
        if size in answer:
            lines += ["", *_lines(size, answer[size])]
    return "\n".join(lines)


def _lines(size: str, figures: dict[str, Any]) -> list[str]:
    peak = figures["peak_gib"]
    memory = "peak memory unknown" if peak is None else f"peak memory {peak:.2f} GiB"
    lines = [
        f"{size}: {figures['villages']} villages, {figures['tps']} TPS,"
        f" {figures['sectors']} sectors; {memory}"
    ]
    for name, case in figures["cases"].items():
        there = case["officers"]
        gave = ", ".join(f"{rule} ({n})" for rule, n in case["gave_way"].items()) or "nothing"
        lines += [
            f"  {name.replace('_', ' ')}: {there['there']} officers, {there['at_tps']} at TPS,"
            f" {there['reserve']} in reserve, {there['left']} left",
            f"{case['seconds']:9.1f} s  the plan (goal: under {GOAL_SECONDS[size]:.0f} s),"
            f" {case['seconds_of_processor']:.1f} s of them at work,"
            f" {case['seconds_of_the_checker']:.1f} s the checker, which found nothing",
            f"{case['objective']:9.3f}    of risk covered; bound {case['bound']:.3f}"
            f" (with the officers at TPS alone {case['bound_at_tps']:.3f}),"
            f" gap {case['gap']:.3f}",
        ]
        lines += [
            f"{rule['objective']:9.3f}    {label.replace('_', ' ')};"
            f" {rule['places_without_anybody']} places without anybody"
            for label, rule in case["simple_rules"].items()
        ]
        teams, inside, sent = case["teams"], case["team_km"], case["officer_km"]
        lines += [
            f"{teams['formed']:9d}    teams, bound {teams['bound']};"
            f" {inside['km']:.0f} km inside them, bound {inside['bound']:.0f}",
            f"{sent['km']:9.0f}    officer-km; with what counts extra {sent['objective']:.0f},"
            f" bound {sent['bound']:.0f}, gap {100 * sent['gap']:.2f} %;"
            f" {case['mixed_teams']} mixed teams",
            f"{case['reach']['share']:9.3f}    of risk within reach of a post,"
            f" bound {case['reach']['bound']:.3f}",
            f"{'':9}    gave way (sectors): {gave}; {case['stopped_at_limits']} searches ended at"
            f" their limits, {case['parts_restricted']} parts restricted",
        ]
    return lines


if __name__ == "__main__":
    main()
