"""From a complete run to what one audience may read of it.

Owns what is withheld. Every value of an edition passes through here; a column that no contract
opens to the audience is left out, and so are rows about what it may not know of.
"""

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from rawan.errors import RawanError
from rawan.gates.validate import Finding
from rawan.publishing import audiences, tables
from rawan.publishing.audiences import may_read, shown, withheld
from rawan.publishing.bilingual import Words
from rawan.publishing.change.between import moves
from rawan.publishing.complete import FACTS, GATES
from rawan.publishing.edition import (
    Edition,
    InputFile,
    ListInfo,
    RunFacts,
    Standing,
)
from rawan.publishing.reasons.table import driver_lines, features_of
from rawan.publishing.runs import MANIFEST, REMOVED
from rawan.settings import Audience, Language

# Made from features: the one of all of them, the other anew from the reasons that are open.
_WHOLE, _ANEW = "components", "drivers"


def load_edition(
    run: Path, audience: Audience, standing: Standing, lang: Language = "id"
) -> Edition:
    """Return what an audience may read of a complete run.

    Parameters
    ----------
    run : folder of the complete run.
    standing : what people decided about it.
    lang : language of the column `drivers`, which holds words.

    Raises
    ------
    RawanError
        If a file of the run is missing or cannot be read.
    """
    if (run / REMOVED).exists():
        raise RawanError(
            f"{run}: its files were given up when its time was over ([output] keep_days); only its "
            "list is kept, for the reckoning. Make it anew with: rawan run"
        )
    facts = _json(run / FACTS)
    made_on = datetime.fromisoformat(_json(run / MANIFEST)["created_at"])
    complete = _frame(run, "ranking")
    reasons = _frame(run, "reasons")
    is_whole = may_read(audience, "internal") or bool(reasons["is_open"].all())
    if not is_whole:
        reasons = _without_closed(reasons)
    lacking = _lacking(complete, audience)
    standing = _standing(standing, audience)
    ranking = _ranking(complete, reasons, audience, standing, lang)
    evidence = _evidence(run)
    return Edition(
        audience=audience,
        facts=_facts(facts, made_on, audience),
        standing=standing,
        ranking=ranking.select(c for c in tables.contract_columns() if c not in lacking),
        lacking=lacking,
        villages=_frame(run, "villages"),
        reasons=shown(reasons, "reasons", audience),
        are_reasons_whole=is_whole,
        evidence=shown(evidence, "evidence", audience),
        reports=_reports(run, audience),
        changes=_changes(run, complete, audience),
        compared_with=_compared(facts),
        history=shown(_frame(run, "history"), "history", audience),
        neighbours=shown(_frame(run, "neighbours"), "neighbours", audience),
        curve=shown(_frame(run, "curve"), "curve", audience),
        cutoffs_tested=facts["cutoffs_tested"],
        by_district=_by_district(run, audience),
        findings=tuple(
            Finding(**entry)
            for entry in _json(run / GATES)
            if may_read(audience, "internal") or audiences.is_open_table(entry["table"])
        ),
    )


def _without_closed(reasons: pl.DataFrame) -> pl.DataFrame:
    """Return the reasons that are open, their sizes in steps of two.

    From exact sizes and the score, that of the reason which is withheld could be reckoned.
    """
    size = pl.col("relative").abs().log(2).round().clip(-20, 20)
    steps = pl.col("relative").sign() * pl.lit(2.0).pow(size)
    in_steps = pl.when(pl.col("relative") == 0).then(0.0).otherwise(steps)
    return reasons.filter("is_open").with_columns(in_steps.alias("relative"))


def _lacking(complete: pl.DataFrame, audience: Audience) -> tuple[str, ...]:
    """Return the columns of the contract that an audience does not get, in its order."""
    lacking = set(withheld("ranking", audience)) - {_ANEW}
    if all(audiences.is_open(name) for name in features_of(complete)):
        lacking.discard(_WHOLE)
    return tuple(name for name in tables.contract_columns() if name in lacking)


def _ranking(
    complete: pl.DataFrame,
    reasons: pl.DataFrame,
    audience: Audience,
    standing: Standing,
    lang: Language,
) -> pl.DataFrame:
    """Return all columns of the contract, with reasons and overrides as the audience has them."""
    keys = ["village_code", "hazard"]
    overrides = pl.DataFrame(
        [
            (o.village_code, o.hazard, o.kind, o.until, o.reason or None, o.by or None)
            for o in standing.overrides
        ],
        schema={
            **dict.fromkeys([*keys, "override"], pl.String),
            "override_until": pl.Date,
            **dict.fromkeys(["override_reason", "override_by"], pl.String),
        },
        orient="row",
    )
    return (
        complete.drop("drivers")
        .join(driver_lines(reasons, lang), on=keys, how="left", maintain_order="left")
        .join(overrides, on=keys, how="left", maintain_order="left")
        .with_columns(pl.lit(audience).alias("audience"))
        .select(tables.contract_columns())
    )


def _standing(standing: Standing, audience: Audience) -> Standing:
    """Return what an audience may know of people's decisions."""
    if may_read(audience, "internal"):
        return standing
    overrides = tuple(replace(each, by="", reason="") for each in standing.overrides)
    return replace(standing, overrides=overrides)


def _evidence(run: Path) -> pl.DataFrame:
    types = _frame(run, "types").select("type", "label_id", "label_en", "is_outcome")
    # A part of a date is an interval and must not look like a day.
    occurred = (
        pl.when(pl.col("occurred_from") == pl.col("occurred_on"))
        .then(pl.col("occurred_on").cast(pl.String))
        .otherwise(pl.format("{}/{}", "occurred_from", "occurred_on"))
    )
    return (
        _frame(run, "evidence")
        .join(types, on="type", how="left", maintain_order="left")
        .select(
            "village_code",
            pl.col("event_key").alias("event_id"),
            occurred.alias("occurred_on"),
            *("known_on", "type", "label_id", "label_en", "is_outcome", "source_url"),
            *("file", "row", "file_hash"),
        )
    )


def _reports(run: Path, audience: Audience) -> pl.DataFrame:
    types = _frame(run, "types").select("type", "label_id", "label_en")
    reports = _frame(run, "reports").join(types, on="type", how="left", maintain_order="left")
    if not may_read(audience, "internal"):
        reports = reports.clear()
    columns = ["village_code", "occurred_on", "known_on", "label_id", "label_en"]
    return reports.select(*columns, "source_grade", "information_grade")


def _by_district(run: Path, audience: Audience) -> pl.DataFrame:
    found = _frame(run, "by_district")
    if may_read(audience, "internal"):
        return found
    return found.with_columns(pl.lit(None, dtype=pl.Int64).alias("reports_district_only"))


def _changes(run: Path, complete: pl.DataFrame, audience: Audience) -> pl.DataFrame | None:
    """Return the change since the run before, with who entered, left and moved beyond chance."""
    if not (run / "changes.parquet").exists():
        return None
    changes = _frame(run, "changes")
    earlier = changes["run_before"][0]
    first = complete.unique(["hazard", "village_code"], keep="first", maintain_order=True)
    history = _frame(run, "history")
    parts = []
    for (hazard,), now in first.group_by("hazard", maintain_order=True):
        stage = now["stage"][0]
        was = history.filter(
            (pl.col("run_id") == earlier)
            & (pl.col("hazard") == hazard)
            & (pl.col("stage") == stage)
        ).with_columns(pl.lit(now["top_k"][0]).alias("top_k"))
        found = moves(was, now).select("village_code", "entered", "left", "is_beyond")
        parts.append(found.with_columns(pl.lit(hazard).alias("hazard")))
    told = changes.join(
        pl.concat(parts), on=["village_code", "hazard"], how="left", maintain_order="left"
    )
    return shown(told, "changes", audience)


def _compared(facts: dict[str, Any]) -> tuple[str, date] | None:
    found = facts["compared_with"]
    return None if found is None else (found[0], date.fromisoformat(found[1]))


def _facts(facts: dict[str, Any], made_on: datetime, audience: Audience) -> RunFacts:
    labels = {
        name: Words(**words)
        for name, words in facts["component_labels"].items()
        if may_read(audience, "internal") or audiences.is_open(name)
    }
    return RunFacts(
        region=facts["region"],
        election=Words(**facts["election"]),
        cutoff=date.fromisoformat(facts["cutoff"]),
        run_id=facts["run_id"],
        made_on=made_on,
        data_origin=facts["data_origin"],
        top_k=facts["top_k"],
        lists=tuple(_list(entry) for entry in facts["lists"]),
        warnings=tuple(
            Words(entry["id"], entry["en"])
            for entry in facts["warnings"]
            if may_read(audience, entry["sensitivity"])
        ),
        component_labels=labels,
        inputs=tuple(
            InputFile(entry["name"], entry["sha256"], entry["rows"])
            for entry in facts["inputs"]
            if may_read(audience, entry["sensitivity"])
        ),
    )


def _list(entry: dict[str, Any]) -> ListInfo:
    words = ("hazard_label", "stage_label", "model", "model_note")
    days = ("start", "end")
    return ListInfo(
        **entry
        | {name: Words(**entry[name]) for name in words}
        | {name: date.fromisoformat(entry[name]) for name in days}
    )


def _frame(run: Path, name: str) -> pl.DataFrame:
    path = run / f"{name}.parquet"
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unreadable(path, error) from error


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> RawanError:
    return RawanError(
        f"{path}: cannot be read ({type(error).__name__}). The run was changed, or published by "
        "another version; make it anew with: rawan run"
    )
