"""The files of an edition: every list, page and brief that an audience gets.

Owns which files there are. Each is made from the edition alone; only the model card was written
when the run was made, since it is told from the warehouse.
"""

import shutil
from pathlib import Path

import polars as pl

from rawan.gates.validate import GateReport
from rawan.publishing import tables
from rawan.publishing.areas import areas, check_areas
from rawan.publishing.audiences import may_read
from rawan.publishing.complete import CARDS
from rawan.publishing.descriptor import datapackage, described, write_described_parquet
from rawan.publishing.edition import Edition
from rawan.publishing.erratum import render_erratum
from rawan.publishing.file_names import file_names
from rawan.publishing.files import write_json, write_text
from rawan.publishing.page.render import render_page
from rawan.publishing.paper.brief import write_brief, write_sheets
from rawan.publishing.paper.workbook import write_workbook
from rawan.publishing.texts import text
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
    in_areas = areas(edition)
    check_areas(in_areas)
    frames, about = _frames(edition, in_areas), _about(edition)
    files = {f"{name}.parquet": frame for name, frame in frames.items()}
    for file, frame in files.items():
        write_described_parquet(frame, folder / file, described(Path(file).stem), about)
    for name in ("ranking", "areas"):
        tables.write_csv(frames[name], folder / f"{name}.csv")
        files[f"{name}.csv"] = frames[name]
    tables.write_geojson(edition.ranking, edition.villages, folder / "ranking.geojson")
    write_workbook(edition, folder / "ranking.xlsx", lang)
    (folder / "polsek").mkdir()
    for polsek, name in file_names(edition.ranking["polsek"]).items():
        rows = edition.ranking.filter(pl.col("polsek") == polsek)
        tables.write_csv(rows, folder / "polsek" / f"{name}.csv")
        files[f"polsek/{name}.csv"] = rows
    write_sheets(edition, folder / "polsek", lang)
    write_brief(edition, folder / "brief.pdf", lang)
    _copy_card(folder, run, edition)
    gates = GateReport(list(edition.findings))
    origin = edition.facts.data_origin
    write_text(folder / "gates.html", gates.html(lang, edition.facts.region, origin))
    write_text(folder / "index.html", render_page(edition, lang))
    sources = [{"title": f"{file.name} ({file.sha256})"} for file in edition.facts.inputs]
    package = datapackage(folder, files, about, lang, sources)
    write_json(folder / "datapackage.json", package)


def _frames(edition: Edition, in_areas: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the tables of an edition by the name of their file."""
    frames = {
        "ranking": edition.ranking,
        "reasons": edition.reasons,
        "evidence": edition.evidence,
        "curve": edition.curve,
        "history": edition.history,
        "areas": in_areas,
    }
    if edition.changes is not None:
        frames["changes"] = edition.changes
    if may_read(edition.audience, "internal"):
        frames["reports"] = edition.reports
    return frames


def _about(edition: Edition) -> dict[str, str]:
    """Return the facts that stand in every table that a program reads."""
    facts = edition.facts
    return {
        "region": facts.region,
        "run_id": facts.run_id,
        "cutoff": facts.cutoff.isoformat(),
        "made_on": facts.made_on.isoformat(),
        "data_origin": facts.data_origin,
        "audience": edition.audience,
        "status": edition.standing.status,
        "contract_version": tables.contract_version(),
        "not_for": text("not_for.sentence", "en"),
        "not_for_id": text("not_for.sentence", "id"),
    }


def _copy_card(folder: Path, run: Path, edition: Edition) -> None:
    card = CARDS["internal" if may_read(edition.audience, "internal") else "open"]
    for file in sorted((run / card).iterdir()):
        shutil.copyfile(file, folder / file.name)
