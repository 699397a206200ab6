"""The two sheets of the workbook that speak about the list: data quality, and how to read it."""

from collections.abc import Mapping

import polars as pl

from rawan.gates.validate import Finding
from rawan.publishing.edition import Edition, ListInfo
from rawan.publishing.paper.edition_words import list_name, lists_of, marks, percent
from rawan.publishing.paper.workbook_sheet import Cell, Column, Kind, Table
from rawan.publishing.texts import text, texts
from rawan.settings import Language

_QUALITY: Mapping[str, tuple[Kind, float]] = {
    "kind": ("text", 18),
    "subject": ("wrap", 70),
    "found": ("wrap", 50),
    "status": ("text", 26),
    "rows": ("whole", 12),
}


def quality(edition: Edition, lang: Language) -> Table:
    """Return what is known of the data: notes, checks, how much is known, and the inputs."""
    columns = [
        Column(text(f"workbook.column.{name}", lang), *how) for name, how in _QUALITY.items()
    ]
    facts = edition.facts
    rows: list[list[Cell]] = [
        [text("workbook.kind.warning", lang), warning.said(lang), None, None, None]
        for warning in facts.warnings
    ]
    rows += [_finding(finding, lang) for finding in edition.findings]
    rows += [_known(name, said, lang) for name, said in _how_much(edition, lang)]
    kind = text("workbook.kind.input", lang)
    rows += [[kind, file.name, f"SHA-256 {file.sha256}", None, file.rows] for file in facts.inputs]
    return Table(columns, rows)


def how_to_read(edition: Edition, lang: Language) -> Table:
    """Return what the lists are for, how to read them, and what this file is."""
    said, facts = marks(edition, lang), edition.facts
    rows: list[list[Cell]] = []
    if said.simulation:
        rows.append([said.simulation, text("brief.simulation", lang)])
    rows.append([_about("status", lang), said.status])
    rows.append(_note("purpose", lang))
    rows.append([_about("not_for", lang), text("not_for.sentence", lang)])
    notes = ["rank", "risk", "blind"]
    if any(info.score_basis == "window" for info in facts.lists):
        notes.insert(2, "window")
    rows += [_note(name, lang) for name in notes]
    rows.append([_about("reasons", lang), _reasons(edition, lang)])
    number = len(edition.standing.overrides)
    rows.append(
        [
            _about("overrides", lang),
            text("workbook.about.overrides_meaning", lang).format(number=number),
        ]
    )
    rows += [list(line) for line in _models(facts.lists, lang)]
    rows += [
        [_about("lacking", lang), _lacking(edition.lacking, lang)],
        [_about("audience", lang), said.audience],
        [_about("region", lang), said.region],
        [_about("election", lang), facts.election.said(lang)],
        [_about("run", lang), facts.run_id],
        [_about("cutoff", lang), said.cutoff],
        [_about("made_on", lang), said.made_on],
        [_about("top_k", lang), str(facts.top_k)],
    ]
    columns = [
        Column(text("workbook.column.term", lang), "wrap", 34),
        Column(text("workbook.column.meaning", lang), "wrap", 110),
    ]
    return Table(columns, rows)


def _finding(finding: Finding, lang: Language) -> list[Cell]:
    status = text(f"workbook.status.{finding.status}", lang)
    if finding.is_hard:
        status = text("workbook.status.hard", lang).format(status=status)
    subject = f"{finding.table}: {finding.meaning[lang]}"
    return [
        text("workbook.kind.check", lang),
        subject,
        finding.detail[lang],
        status,
        finding.rows,
    ]


def _known(name: str, said: str, lang: Language) -> list[Cell]:
    return [text("workbook.kind.known", lang), name, said, None, None]


def _how_much(edition: Edition, lang: Language) -> list[tuple[str, str]]:
    """Return how much was filled in and how much is covered, list by list; equal ones once."""
    found: dict[str, list[str]] = {}
    for info, rows in lists_of(edition):
        for said in _shares(rows, lang):
            found.setdefault(said, []).append(list_name(info, lang))
    tested = text("workbook.known.cutoffs", lang).format(number=edition.cutoffs_tested)
    model = text("workbook.known.model", lang)
    return [*(("; ".join(names), said) for said, names in found.items()), (model, tested)]


def _shares(rows: pl.DataFrame, lang: Language) -> list[str]:
    said = []
    if rows.height and "share_imputed" in rows.columns:
        filled = rows["share_imputed"]
        said.append(
            text("workbook.known.imputed", lang).format(
                mean=percent(_float(filled.mean()), lang),
                largest=percent(_float(filled.max()), lang),
            )
        )
    if rows.height and "coverage" in rows.columns:
        blind = int(rows["blind_spot"].sum())
        said.append(
            text("workbook.known.coverage", lang).format(
                mean=percent(_float(rows["coverage"].mean()), lang), blind=blind, number=rows.height
            )
        )
    return said


def _float(value: object) -> float:
    return float(str(value))


def _reasons(edition: Edition, lang: Language) -> str:
    if not edition.reasons.height:
        return text("workbook.no_reasons", lang)
    told = text("workbook.about.reasons_told", lang)
    return told if edition.are_reasons_whole else f"{told} {text('brief.partial', lang)}"


def _models(infos: tuple[ListInfo, ...], lang: Language) -> list[tuple[str, str]]:
    """Return for each model whose list it makes, and how it did."""
    found: dict[tuple[str, str], list[str]] = {}
    for info in infos:
        said = (info.model.said(lang), info.model_note.said(lang))
        found.setdefault(said, []).append(info.hazard_label.said(lang))
    term = text("notes.model.term", lang)
    return [
        (f"{term}: {', '.join(dict.fromkeys(hazards))}", f"{model}. {note}")
        for (model, note), hazards in found.items()
    ]


def _lacking(names: tuple[str, ...], lang: Language) -> str:
    if not names:
        return text("workbook.about.lacking_none", lang)
    known = texts()
    return ", ".join(
        f"{known[f'column.{name}'][lang]} ({name})" if f"column.{name}" in known else name
        for name in names
    )


def _note(name: str, lang: Language) -> list[Cell]:
    return [text(f"notes.{name}.term", lang), text(f"notes.{name}.meaning", lang)]


def _about(name: str, lang: Language) -> str:
    return text(f"workbook.about.{name}", lang)
