"""Commands by which people decide, and by which reports are read and deleted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rawan.commands.options import (
    DEFAULT,
    AsJson,
    Config,
    Lang,
    Signer,
    print_json,
    print_lines,
    read_settings,
)
from rawan.errors import UsageError

if TYPE_CHECKING:
    from rawan.review.showing import ReportTexts
    from rawan.warehouse import Warehouse


def review(
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the queue to a workbook.")
    ] = None,
    import_: Annotated[
        Path | None, typer.Option("--import", help="Read a workbook that was filled in.")
    ] = None,
    undo: Annotated[
        str | None, typer.Option("--undo", help="Take back a decision, by its id, or: last.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Show what was decided, by whom and when.")
    ] = False,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Show texts of reports; each showing is logged.")
    ] = False,
    signer: Signer = None,
    config: Config = DEFAULT,
    lang: Lang = None,
) -> None:
    """Decide what cannot be decided alone: places, doubles, types of reports, set-aside rows.

    Example: rawan review --as "Nama Anda"
    """
    settings = read_settings(config, lang)
    from rich.console import Console

    from rawan.places.gazetteer import Gazetteer
    from rawan.places.questions import KnownPlaces
    from rawan.preparation import load_region
    from rawan.progress import Progress
    from rawan.review import chain, decisions, terminal, workbook
    from rawan.warehouse import open_warehouse

    if sum((export is not None, import_ is not None, undo is not None, history)) > 1:
        raise UsageError("--export, --import, --undo and --history: give one of them.")
    language = settings.output.language
    with open_warehouse(settings, tell=Progress().say) as warehouse:
        if history:
            taken = [decision.line() for decision in decisions.history(warehouse)]
            print_lines(taken or ["Nothing was decided yet."])
            print_lines(chain.verify_chain(warehouse))
            return
        if export is not None:
            count = workbook.export_queue(warehouse, export, language)
            typer.echo(f"Written: {export} ({count} questions)")
            return
        by = decisions.signer(signer)
        if undo is not None:
            taken_back = decisions.undo(warehouse, by, None if undo == "last" else undo)
            typer.echo(f"Taken back: {taken_back.line()}")
            return
        load_region(warehouse, settings)
        region = settings.region
        places = KnownPlaces(Gazetteer.of(warehouse, region.reference, region.name))
        if import_ is not None:
            print_lines(workbook.import_queue(warehouse, import_, by, places).lines())
            return
        console = Console(highlight=False)
        texts = _texts(warehouse) if show_text else None
        terminal.run_queue(warehouse, places, by, console=console, lang=language, texts=texts)


def report_data(
    action: Annotated[
        str,
        typer.Argument(
            help="gates (the gate report of the latest list), or of reports: list, show, delete, "
            "expire, readings (who read what)."
        ),
    ] = "gates",
    report: Annotated[
        str | None, typer.Argument(help='Its number, or file and row: "inbox/laporan.xlsx:12".')
    ] = None,
    why: Annotated[str, typer.Option("--why", help="Why it is read; is logged.")] = "",
    signer: Signer = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Open the gate report of the latest list; or list, read (which is logged) or delete reports.

    Example: rawan report-data show R/LI-12 --why "apel pagi" --as "Nama Anda"
    """
    if action == "gates":
        from rawan.commands.publishing import open_gates

        open_gates(config, as_json)
        return
    settings = read_settings(config)
    from datetime import UTC, datetime

    from rawan.progress import Progress
    from rawan.reports import keeping
    from rawan.review.decisions import signer as signed
    from rawan.review.visible import visible
    from rawan.warehouse import open_warehouse, write_anew

    actions = ("gates", "list", "show", "delete", "expire", "readings")
    if action not in actions:
        raise UsageError(f'"{action}": there is only {", ".join(actions)}.')
    if action in ("show", "delete") and not report:
        raise UsageError(f"{action}: name the report. List them: rawan report-data list")
    if action == "show" and not why.strip():
        raise UsageError('show: say why it is read, since that is logged: --why "..."')
    gone = []
    with open_warehouse(settings, tell=Progress().say) as warehouse:
        if action == "list":
            kept = keeping.list_reports(warehouse)
            if as_json:
                print_json([vars(one) for one in kept])
            else:
                lines = [f"{o.name}  {o.number}  {o.grade}  {o.occurred_on}" for o in kept]
                print_lines(lines or ["No report is kept."])
            return
        if action == "readings":
            print_lines(keeping.readings(warehouse) or ["Nobody read a report yet."])
            return
        by = signed(signer)
        if action == "show":
            shown, text = keeping.read_report(warehouse, report or "", by, why.strip())
            title = f"{shown.name}  {shown.number}  {shown.grade}"
            print_lines([title, *(visible(line) for line in text.splitlines())])
            return
        if action == "delete":
            gone = [keeping.delete_report(warehouse, report or "", by)]
        else:
            gone = keeping.expire_reports(warehouse, settings, datetime.now(UTC).date())
    if gone:
        write_anew(settings)
    typer.echo(f"Deleted for good: {len(gone)}")
    for one in gone:
        typer.echo(f"  {one.name}; its file still holds it where you keep it (inbox/done)")


def _texts(warehouse: "Warehouse") -> "ReportTexts":
    """Return how the queue shows the text of a report, and logs that it did."""
    from rawan.reports.keeping import find_text, log_reading
    from rawan.review.showing import ReportTexts

    return ReportTexts(
        read=lambda report: find_text(warehouse, report),
        log_read=lambda report, reader, why: log_reading(warehouse, report, reader, why),
    )
