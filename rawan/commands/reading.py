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
        from rawan.progress import Progress
        from rawan.publishing.change.between import compare
        from rawan.publishing.change.between_lines import lines

        between = compare(settings, *runs, tell=Progress().say)
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


def sql(
    query: Annotated[
        str | None, typer.Argument(help="A SELECT; without one, a prompt on a terminal.")
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option("--audience", help="partner, planner or intel; else the configuration's."),
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", help="A run by id or its beginning; else the latest.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A file that holds the query.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the answer as CSV.")] = False,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Ask a published list with SQL: what its audience may read, and read-only.

    Example: rawan sql "SELECT village, rank FROM ranking LIMIT 10"
    """
    settings = read_settings(config)
    from rawan.publishing.query.prompt import csv_lines, prompt, table_lines
    from rawan.publishing.query.session import open_session
    from rawan.review.visible import visible

    if query is not None and file is not None:
        raise UsageError("sql: give a query or --file, not both.")
    if as_csv and as_json:
        raise UsageError("sql: --csv and --json: give one of them.")
    if file is not None:
        query = _text(file)
    elif query is None and not sys.stdin.isatty():
        query = sys.stdin.read()
    with open_session(settings, audience, run) as session:
        # Beside the answer, not in it: a program reads that.
        typer.echo(visible(session.about), err=True)
        if query is None:
            prompt(session, input, typer.echo)
            return
        answer = session.ask(query)
    if as_json:
        print_json(answer.as_json())
    else:
        for line in csv_lines(answer) if as_csv else table_lines(answer):
            typer.echo(line)


def _text(file: Path) -> str:
    """Return the query of a file."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{file}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as a query ({type(error).__name__}).") from None
