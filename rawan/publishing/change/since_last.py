"""The change since the last list, taken apart into passing time, new data and a new model.

Owns how the scores in between are had: the model of the earlier run is read from its folder, and
asked about the new cutoff twice, with what was known at the old one and with all that is known
now. The parts are reckoned in `models/change.py`.
"""

from datetime import date
from pathlib import Path

import polars as pl

from models.change import Change, decompose
from rawan import kept_model
from rawan.choosing import load_table
from rawan.publishing.change.lines import change_table, region_line
from rawan.publishing.runs import read_manifest
from rawan.scoring import Scores
from rawan.settings import Language, Settings
from rawan.warehouse import Warehouse

# What the file of a hazard's kept model is called in a run's folder.
KEPT = {"conflict": "model", "logistics": "logistics"}


def changes(
    warehouse: Warehouse, settings: Settings, scores: Scores, earlier: Path | None
) -> dict[str, Change]:
    """Return the change of each hazard's ranks since an earlier run; none without one.

    A hazard that the earlier run did not publish, or whose model it did not keep, is left out.
    """
    if earlier is None:
        return {}
    before = pl.read_parquet(earlier / "ranking.parquet").unique(
        ["hazard", "village_code"], keep="first", maintain_order=True
    )
    models = {
        hazard: kept_model.load(files[0]).fitted
        for hazard in scores.fitted
        if (files := sorted(earlier.glob(f"{KEPT[hazard]}-*.skops")))
    }
    if not models:
        return {}
    now = scores.table.at(settings.calendar.cutoff)
    then = _known_at(warehouse, settings, cutoff_of(earlier))
    found = {}
    for hazard, model in models.items():
        was = before.filter(pl.col("hazard") == hazard)
        if was.height and set(model.names) <= set(now.columns):
            found[hazard] = decompose(
                was["village_code"].to_list(),
                was["score"].to_numpy(),
                now["village_code"].to_list(),
                model.score(then),
                model.score(now),
                scores.fitted[hazard].score(now),
            )
    return found


def changes_table(found: dict[str, Change], earlier: Path) -> pl.DataFrame:
    """Return the rows of a run's `changes.parquet`."""
    return pl.concat(
        change_table(change, hazard, earlier.name, cutoff_of(earlier))
        for hazard, change in found.items()
    )


def change_told(found: dict[str, Change], earlier: Path, lang: Language) -> str | None:
    """Return in a sentence how many villages moved mainly by what, on the list of clashes."""
    change = found.get("conflict")
    return None if change is None else region_line(change, cutoff_of(earlier), lang)


def cutoff_of(run: Path) -> date:
    """Return the cutoff of a published run."""
    return date.fromisoformat(read_manifest(run)["cutoff"])


def _known_at(warehouse: Warehouse, settings: Settings, day: date) -> pl.DataFrame:
    """Return the features at the published cutoff, as far as they were known on an earlier day."""
    with warehouse.undone():
        warehouse.execute(
            "DELETE FROM features.cutoffs WHERE cutoff <> getvariable('published_cutoff')"
        )
        warehouse.execute("UPDATE features.cutoffs SET known_by = ?", [day])
        warehouse.build("features")
        return load_table(warehouse, settings).at(settings.calendar.cutoff)
