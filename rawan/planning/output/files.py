"""A plan as a folder of files, written beside and moved into place in one step.

Owns which files there are, their contract, and the pointer to the newest plan. The workbook's
sheets are `sheets.py`'s, the page `page.py`'s.
"""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from rawan.errors import GateStopped, RawanError
from rawan.planning.output.page import render_plan
from rawan.planning.output.sheets import write_plan_workbook
from rawan.planning.output.words import summary
from rawan.planning.plan import Plan
from rawan.provenance import file_hash
from rawan.publishing.contracts import DEPLOYMENT, first_break, read_contract
from rawan.publishing.descriptor import write_described_parquet
from rawan.publishing.files import copy_to_latest, write_json, write_text
from rawan.publishing.manifest import file_hashes
from rawan.publishing.runs import BUILDING, LATEST
from rawan.publishing.tables import write_csv
from rawan.publishing.texts import text

PLAN = "plan.json"


def write_plan(
    plan: Plan, plans: Path, ranking: Path | None = None, is_latest: bool = True
) -> tuple[Path, bool]:
    """Write a plan into a folder of plans; return where it lies, and whether it was there before.

    A plan whose id is there already is written again and compared instead.

    Parameters
    ----------
    ranking : page of the ranking that the plan's page links to.
    is_latest : whether people are pointed to this plan; not to one that only asks what if.

    Raises
    ------
    GateStopped
        If a row breaks the contract.
    RawanError
        If the same plan came out differently than before.
    """
    check_plan_contract(plan.rows)
    # It says who will stand where: for its owner alone.
    plans.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in plans.glob(f"{BUILDING}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    target = plans / plan.plan_id
    building = plans / f"{BUILDING}{plan.plan_id}"
    try:
        building.mkdir()
        _write_files(plan, building, _link(ranking, target))
        was_there = target.exists()
        if was_there:
            _compare(target, file_hashes(building))
        else:
            building.replace(target)
    finally:
        if building.exists():
            shutil.rmtree(building)
    if is_latest:
        _point(plans, target)
    return target, was_there


def latest_plan(plans: Path) -> Path | None:
    """Return the folder of the newest plan, or None if there is none.

    Raises
    ------
    RawanError
        If the pointer to it cannot be read.
    """
    pointer = plans / LATEST
    if not pointer.is_file():
        return None
    try:
        folder = plans / Path(str(json.loads(pointer.read_text("utf-8"))["plan_id"])).name
    except (OSError, ValueError, KeyError, TypeError):
        raise RawanError(f"{pointer}: cannot be read. Make the plan anew: rawan plan") from None
    return folder if (folder / PLAN).is_file() else None


def check_plan_contract(rows: pl.DataFrame) -> None:
    """Hold every row of a plan against its contract.

    Raises
    ------
    GateStopped
        If a row breaks it; the message names the row and the column.
    """
    broken = first_break(rows, read_contract(DEPLOYMENT))
    if broken is not None:
        row = rows.row(broken.row, named=True)
        raise GateStopped(
            f"The plan breaks its contract ({DEPLOYMENT.name}): {row.get('day')}, team "
            f"{row.get('team')}, {broken.column}: {broken.message[:200]}. Nothing was written."
        )


def plan_told(plan: Plan) -> dict[str, Any]:
    """Return what `plan.json` says: totals, figures, and every sentence."""
    static = plan.voting.static
    more = plan.additional
    return {
        "plan_version": read_contract(DEPLOYMENT)["version"],
        "plan_id": plan.plan_id,
        "run_id": plan.run.run_id,
        "region": plan.run.region,
        "data_origin": plan.run.data_origin,
        "status": text("plan.draft", plan.lang),
        "not_for": text("not_for.sentence", plan.lang),
        "election": plan.region.election.id,
        "voting_day": plan.region.election.voting_day,
        "cutoff": plan.run.cutoff,
        "title": plan.resources.title,
        "pattern": {
            "id": plan.pattern.id,
            "name": plan.pattern.name,
            "source": plan.pattern.source,
        },
        "what_if": plan.whatif.as_json(),
        "totals": dict(plan.totals),
        "objective": static.objective,
        "bound": static.bound,
        "gap": static.gap,
        "figures": asdict(static.figures),
        "beside": plan.voting.beside.to_dicts(),
        "published_tps": [asdict(line) for line in plan.polling.lines],
        "by_sector": static.totals["sector"].to_dicts(),
        "by_class": static.totals["class"].to_dicts(),
        "by_unit": static.totals["unit"].to_dicts(),
        "escort": None
        if plan.escort is None
        else {
            "tps": plan.escort.task.tps,
            "lines": [asdict(line) for line in plan.escort.lines],
            "left": [asdict(left) for left in plan.escort.left],
            "late": int(plan.escort.routes["is_late"].sum()),
            "by_leg": plan.escort.routes.group_by("stage", "date")
            .agg(
                pl.col("vehicle").n_unique().alias("vehicles"),
                pl.col("officers", "tps", "km").sum(),
                pl.col("arrive").max().alias("last_arrive"),
            )
            .sort("date", "stage")
            .to_dicts(),
            "under_delay": {name: frame.to_dicts() for name, frame in plan.delays.items()},
        },
        "more_people": None if more is None else more.comparison.to_dicts(),
        "curve": plan.curve.to_dicts(),
        "summary": summary(plan),
        "gave_way": list(plan.gave_way),
        "not_covered": list(plan.unmet),
        "assumptions": list(plan.assumptions),
    }


def _write_files(plan: Plan, folder: Path, link: str | None) -> None:
    properties = read_contract(DEPLOYMENT)["properties"]
    meanings = {
        name: {
            "description_id": column["description_id"],
            "description_en": column["description"],
            **{key: column[key] for key in ("sensitivity", "unit") if key in column},
        }
        for name, column in properties.items()
    }
    about = {
        "plan_id": plan.plan_id,
        "run_id": plan.run.run_id,
        "region": plan.run.region,
        "data_origin": plan.run.data_origin,
        "audience": "planner",
        "status": text("plan.draft", plan.lang),
        "not_for": text("not_for.sentence", plan.lang),
    }
    write_csv(plan.rows, folder / "plan.csv")
    write_described_parquet(plan.rows, folder / "plan.parquet", meanings, about)
    write_text(folder / "plan.geojson", json.dumps(_features(plan, about), ensure_ascii=False))
    write_plan_workbook(plan, folder / "plan.xlsx")
    write_text(folder / "plan.html", render_plan(plan, link))
    told = plan_told(plan) | {"files": file_hashes(folder)}
    write_json(folder / PLAN, told)


def _features(plan: Plan, about: dict[str, str]) -> dict[str, Any]:
    """Return villages and posts as points (RFC 7946: longitude first, WGS 84)."""
    of_village = (
        plan.rows.filter(pl.col("village_code").is_not_null())
        .group_by("village_code")
        .agg(
            pl.col("tps").sum(),
            pl.col("team").filter(pl.col("task") == "tps").n_unique().alias("teams"),
            pl.col("officers").filter(pl.col("task") == "extra").sum().alias("officers_extra"),
            pl.col("task").eq("visit").any().alias("is_visited"),
            pl.col("unit").filter(pl.col("task") == "tps").unique().sort().str.join(", "),
        )
    )
    frame = plan.villages.drop("tps").join(of_village, on="village_code", how="left")
    lang = plan.lang
    features = [
        _point_feature(
            row["lon"],
            row["lat"],
            {
                "kind": "village",
                **{name: row[name] for name in ("village_code", "village", "district", "polsek")},
                "class": row["class"],
                "reason": row[f"reason_{lang}"],
                "officers_share": row["base"],
                **{name: row[name] for name in ("tps", "teams", "officers_extra", "unit")},
                "is_visited": row["is_visited"],
                "is_blind_spot": row["is_blind_spot"],
                "expected": row["expected"],
                **about,
            },
        )
        for row in frame.sort("village_code").iter_rows(named=True)
    ]
    waiting = (
        plan.rows.filter(pl.col("task") == "reserve").group_by("post").agg(pl.col("officers").sum())
    )
    at_posts = dict(waiting.iter_rows())
    features += [
        _point_feature(
            post.lon,
            post.lat,
            {"kind": "post", "post": post.name, "officers": at_posts.get(post.name, 0), **about},
        )
        for post in plan.resources.posts
    ]
    return {"type": "FeatureCollection", "features": features, **about}


def _point_feature(lon: float | None, lat: float | None, said: dict[str, Any]) -> dict[str, Any]:
    point = None
    if lon is not None and lat is not None:
        point = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": said}


def _link(ranking: Path | None, target: Path) -> str | None:
    """Return the way from a plan's folder to the ranking, as a page writes it."""
    if ranking is None:
        return None
    try:
        return Path(os.path.relpath(ranking, target)).as_posix()
    except ValueError:  # another drive
        return None


def _compare(target: Path, hashes: dict[str, str]) -> None:
    kept = file_hashes(target)
    different = sorted(n for n in hashes | kept if hashes.get(n) != kept.get(n))
    if different:
        raise RawanError(
            f"{target}: this plan is there already, and came out differently now "
            f"({', '.join(different[:5])}). If you filled in a file of the folder, keep it under "
            "another name and remove the folder; it is written anew."
        )


def _point(plans: Path, target: Path) -> None:
    """Copy a plan to `latest/` for people and point `latest.json` to it."""
    copy_to_latest(target)
    pointer = plans / f"{BUILDING}{LATEST}"
    write_json(pointer, {"plan_id": target.name, "plan_sha256": file_hash(target / PLAN)})
    os.replace(pointer, plans / LATEST)
