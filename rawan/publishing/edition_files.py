"""The files of an edition: every list, page and brief that an audience gets.

Owns which files there are. Each is made from the edition alone; only the model card was written
when the run was made, since it is told from the warehouse.
"""

import shutil
from pathlib import Path

import polars as pl

from rawan.gates.validate import GateReport
from rawan.publishing import tables
from rawan.publishing.areas import areas
from rawan.publishing.audiences import may_read
from rawan.publishing.brief import write_brief, write_sheets
from rawan.publishing.complete import CARDS
from rawan.publishing.descriptor import datapackage, write_described_parquet
from rawan.publishing.edition import Edition
from rawan.publishing.erratum import render_erratum
from rawan.publishing.file_names import file_names
from rawan.publishing.files import write_json, write_text
from rawan.publishing.page import render_page
from rawan.publishing.workbook import write_workbook
from rawan.settings import Language


def write_edition(folder: Path, run: Path, edition: Edition, lang: Language) -> None:
    """Write every file of an edition but its manifest.

    Of a run that was withdrawn only the erratum: its list must not be used.

    Raises
    ------
    GateStopped
        If the list breaks its contract.
    """
    if edition.standing.status == "withdrawn":
        write_text(folder / "index.html", render_erratum(edition, lang))
        return
    tables.check_contract(edition.ranking, edition.lacking)
    frames = _frames(edition)
    for name, frame in frames.items():
        write_described_parquet(frame, folder / f"{name}.parquet", name, edition)
    for name in ("ranking", "areas"):
        tables.write_csv(frames[name], folder / f"{name}.csv")
    tables.write_geojson(edition.ranking, edition.villages, folder / "ranking.geojson")
    write_workbook(edition, folder / "ranking.xlsx", lang)
    (folder / "polsek").mkdir()
    for polsek, name in file_names(edition.ranking["polsek"]).items():
        rows = edition.ranking.filter(pl.col("polsek") == polsek)
        tables.write_csv(rows, folder / "polsek" / f"{name}.csv")
    write_sheets(edition, folder / "polsek", lang)
    write_brief(edition, folder / "brief.pdf", lang)
    _copy_card(folder, run, edition)
    gates = GateReport(list(edition.findings))
    origin = edition.facts.data_origin
    write_text(folder / "gates.html", gates.html(lang, edition.facts.region, origin))
    write_text(folder / "index.html", render_page(edition, lang))
    write_json(folder / "datapackage.json", datapackage(folder, edition, lang))


def _frames(edition: Edition) -> dict[str, pl.DataFrame]:
    """Return the tables of an edition by the name of their file."""
    frames = {
        "ranking": edition.ranking,
        "reasons": edition.reasons,
        "evidence": edition.evidence,
        "curve": edition.curve,
        "history": edition.history,
        "areas": areas(edition),
    }
    if edition.changes is not None:
        frames["changes"] = edition.changes
    if may_read(edition.audience, "internal"):
        frames["reports"] = edition.reports
    return frames


def _copy_card(folder: Path, run: Path, edition: Edition) -> None:
    card = CARDS["internal" if may_read(edition.audience, "internal") else "open"]
    for file in sorted((run / card).iterdir()):
        shutil.copyfile(file, folder / file.name)
