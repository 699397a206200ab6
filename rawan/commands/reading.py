"""Commands that read what was published: two runs beside each other, and queries of an export."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rawan.commands.options import (
    DEFAULT,
    AsJson,
    Config,
    Lang,
    print_json,
    print_lines,
    read_settings,
)
from rawan.errors import UsageError


def diff(
    data: Annotated[
        Path | None, typer.Option("--data", help="A file such as would be put in the inbox.")
    ] = None,
    runs: Annotated[
        tuple[str, str] | None,
        typer.Option("--runs", help='Two runs by id or the beginning of one; or "latest".'),
    ] = None,
    config: Config = DEFAULT,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a file would change, or what changed between two runs; nothing is written.

    Example: rawan diff --data inbox/insiden-natar.xlsx

    Example: rawan diff --runs 20241113-3f latest
    """
    settings = read_settings(config, lang)
    if (data is None) == (runs is None):
        raise UsageError("diff: give a file with --data, or two runs with --runs A B.")
    if runs is not None:
        from rawan.publishing.between import compare
        from rawan.publishing.between_lines import lines

        between = compare(settings, *runs)
        if as_json:
            print_json(between.as_json())
        else:
            print_lines(lines(between, settings.output.language))
        return
    from rawan.changes import difference

    if data is not None:
        found = difference(settings, data)
        if as_json:
            print_json(found.as_json())
            return
        print_lines(found.lines())
        typer.echo("Nothing was written.")
