"""Commands that publish a run that is kept, and open what its gates found."""

from pathlib import Path
from typing import Annotated

import typer

from rawan.commands.options import (
    DEFAULT,
    AsJson,
    Audiences,
    Config,
    Lang,
    print_json,
    print_lines,
    read_audiences,
    read_settings,
)
from rawan.errors import RawanError


def publish(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning; or: latest.")] = (
        "latest"
    ),
    audience: Audiences = None,
    config: Config = DEFAULT,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Publish an edition of a run that is kept, for an audience, without running anew.

    Example: rawan publish latest --audience planner
    """
    audiences = read_audiences(audience)
    settings = read_settings(config, lang)
    from rawan.publishing.issue import issue
    from rawan.publishing.runs import complete_run, latest_run

    private = settings.output.private
    found = complete_run(private, run)
    is_latest = found == latest_run(private)
    issued = {
        name: issue(settings, found.name, name, is_latest)
        for name in audiences or [settings.output.audience]
    }
    if as_json:
        print_json({name: vars(one) for name, one in issued.items()})
        return
    for name, one in issued.items():
        typer.echo(f"{name}: {one.folder} (issue {one.number}{', unchanged' * one.was_there})")


def open_gates(config: Path, as_json: bool) -> None:
    """Tell what the gates of the latest edition found, and open their report on a desktop."""
    settings = read_settings(config)
    from rawan.publishing.gate_summary import gate_lines
    from rawan.publishing.issue import published_edition

    folder, edition = published_edition(settings, settings.output.audience)
    report = folder / "gates.html"
    if not report.is_file():
        raise RawanError(f"{report}: is not there. Make it anew with: rawan publish")
    failed = [f for f in edition.findings if f.status != "passed"]
    if as_json:
        print_json({"report": str(report), "findings": [vars(finding) for finding in failed]})
        return
    print_lines(gate_lines(edition, settings.output.language))
    print_lines([str(report)])
    if typer.get_text_stream("stdout").isatty():
        typer.launch(str(report))
