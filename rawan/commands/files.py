"""Commands on files: take them in, try them, compare them, map them, make forms for them."""

from datetime import date
from pathlib import Path
from typing import Annotated

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
from rawan.errors import RawanError, UsageError


def ingest(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Bring the files of the inbox into the warehouse and tell every row's fate.

    A file that came in moves to inbox/done, one that cannot be read to inbox/rejected, its
    reason beside it; then the command ends with exit code 1.

    Example: rawan ingest
    """
    settings = read_settings(config)
    from rawan.preparation import take_in
    from rawan.progress import Progress
    from rawan.warehouse import open_warehouse

    progress = Progress()
    with open_warehouse(settings, tell=progress.say) as warehouse:
        taken = take_in(warehouse, settings, progress)
    if as_json:
        print_json(
            {
                "files": taken.intake.loaded,
                "rejected": taken.intake.rejected,
                "warnings": taken.intake.warnings,
                "fates": taken.fates.counts,
                "by_file": taken.fates.by_file,
                "waiting": taken.fates.waiting,
                "quarantine": taken.quarantine,
            }
        )
    else:
        print_lines(taken.lines())
    if taken.intake.rejected:
        raise typer.Exit(1)


def check(
    file: Annotated[Path, typer.Argument(help="A file such as would be put into the inbox.")],
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell what would happen to a file, and write nothing; exit code 1 if it would be rejected.

    Example: rawan check inbox/insiden-natar.xlsx
    """
    settings = read_settings(config)
    from rawan.preparation import rehearse

    tried = rehearse(settings, file)
    if as_json:
        print_json(
            {
                "fates": tried.fates.counts,
                "rejected": tried.intake.rejected,
                "warnings": tried.intake.warnings,
                "quarantine": tried.quarantine,
            }
        )
    else:
        print_lines(tried.lines())
        typer.echo("Nothing was written.")
    if tried.intake.rejected:
        raise typer.Exit(1)


def known(
    code: Annotated[str, typer.Argument(help="Code of a village or kecamatan.")],
    as_of: Annotated[str, typer.Option("--as-of", help="A day, such as 2024-11-01.")],
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell which incidents of a place were known at the start of a day, as they were told then.

    Example: rawan known 18.01.24.2004 --as-of 2024-11-01
    """
    settings = read_settings(config)
    from rawan.changes import known_on

    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f'--as-of "{as_of}": is not a day. Write it as 2024-11-01.') from None
    rows = known_on(settings, code, day)
    if as_json:
        print_json(rows)
        return
    typer.echo(f"Known of {code} at the start of {day}: {len(rows)}")
    for row in rows:
        first, last = row["occurred_from"], row["occurred_on"]
        when = str(last) if first == last else f"{first} to {last}"
        hurt = "".join(f", {n}: {row[n]}" for n in ("deaths", "injured") if row[n] is not None)
        print_lines(
            [
                f"  {when}  {row['type']}  {row['event_key']}  known since {row['known_on']}, "
                f"tellings: {row['tellings']}{hurt}"
            ]
        )


def map_file(
    file: Annotated[Path, typer.Argument(help="A table in a form that Rawan does not know.")],
    kind: Annotated[
        str | None, typer.Option("--kind", help="Kind of input, if the guess is wrong.")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.")] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Save it among the mappings; nothing is overwritten.")
    ] = False,
    config: Config = DEFAULT,
) -> None:
    """Propose a column mapping for a file, and show what it would do.

    Example: rawan map register-polres.xlsx --save
    """
    settings = read_settings(config)
    from rawan.calendar import load_calendar
    from rawan.reference import type_names
    from rawan.sources.mapping import load_mappings
    from rawan.sources.propose import propose_mapping
    from rawan.sources.readers import read_sheets

    if not file.is_file():
        raise RawanError(f"{file}: there is no such file.")
    load_calendar(settings.region.reference / "calendar.toml")
    folder = settings.inputs.mappings
    proposal = propose_mapping(
        file.name,
        read_sheets(file, settings.limits),
        load_mappings(folder),
        list(type_names(settings)),
        settings.calendar.election,
        kind=kind,
        sheet=sheet,
    )
    print_lines(proposal.lines())
    if save:
        typer.echo(f"Saved: {proposal.save(folder)}")
    else:
        typer.echo(f"Nothing was written. Save it with --save, or as {folder / proposal.name}.toml")


def template(
    kind: Annotated[
        str,
        typer.Argument(
            help="incidents, reports, demographics, gatherings, polling_stations, "
            "tps_vulnerability, deployments or nil_returns."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; else named after the form.")
    ] = None,
    config: Config = DEFAULT,
    lang: Lang = None,
) -> None:
    """Write a form (XLSX) to fill in, with lists of kecamatan, villages and types.

    It reads back without a mapping of its own.

    Example: rawan template incidents --out insiden-natar.xlsx
    """
    settings = read_settings(config, lang)
    from rawan.reference import type_names, villages_by_district
    from rawan.sources.forms import write_template
    from rawan.sources.mapping import load_mappings

    lang_ = settings.output.language
    types = {name: labels[lang_] for name, labels in type_names(settings).items()}
    if out is None:
        named = load_mappings(settings.inputs.mappings).get(kind)
        out = Path(f"{named.match[0].rstrip('*') if named else kind}.xlsx")
    write_template(kind, out, villages_by_district(settings), types, lang_)
    typer.echo(f"Written: {out}")


def boundaries(
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage or Shapefile.")],
    code_column: Annotated[
        str | None, typer.Option("--code-column", help="Column of the village's code.")
    ] = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="Only check the file; load nothing.")
    ] = False,
    signer: Signer = None,
    config: Config = DEFAULT,
) -> None:
    """Load outlines of villages, by which points are placed, and check them.

    Overlaps, gaps, missing and unknown villages are told.

    Example: rawan boundaries desa.geojson
    """
    settings = read_settings(config)
    from rawan.places.boundaries import load_boundaries
    from rawan.places.outlines import store
    from rawan.preparation import load_region
    from rawan.progress import Progress
    from rawan.provenance import file_hash
    from rawan.review.decisions import signer as signed
    from rawan.warehouse import open_warehouse

    if not file.exists():
        raise RawanError(f"{file}: there is no such file.")
    by = signed(signer)
    with open_warehouse(settings, tell=Progress().say) as warehouse:
        load_region(warehouse, settings)
        villages = warehouse.frame("FROM reference.villages")
        found = load_boundaries(file, villages, settings.limits, code_column)
        print_lines(found.lines())
        if only_check:
            typer.echo("Nothing was loaded.")
            if not found.is_usable:
                raise typer.Exit(1)
            return
        store(warehouse, found, file.name, file_hash(file), by)
    typer.echo("Loaded. The next run places points by these outlines.")
