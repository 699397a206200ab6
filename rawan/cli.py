"""The front door: commands, their options, and how a failure is told.

Everything heavy is imported inside the command that needs it, so that `rawan --help`
answers at once.
"""

import sys
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rawan import __version__
from rawan.commands import files, people, planning, publishing, reading, reckoning, trust
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
from rawan.errors import GateStopped, RawanError, UsageError

app = typer.Typer(
    name="rawan",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Which villages need more people before an election, and why.\n\n"
    "Start with: rawan run. Every command takes --config (default rawan.toml).\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 stopped by a gate.",
)

_INTERRUPTED = 130
# What DuckDB makes of Ctrl-C while it works.
_QUERY_INTERRUPTED = "Query interrupted"
# Newer releases of Typer carry their own Click: take the class from Typer itself.
_CommandLineError: type[Exception] = typer.BadParameter.__bases__[0]


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the full traceback of a failure.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Take the options that stand before a command; `main` has read --debug already."""


@app.command()
def run(
    config: Config = DEFAULT,
    lang: Lang = None,
    audience: Audiences = None,
    as_json: AsJson = False,
) -> None:
    """Ingest, check, score and publish: the whole job.

    Published for the audience of the configuration, unless --audience names others.

    Example: rawan run --lang en --audience planner
    """
    audiences = read_audiences(audience)
    started = time.perf_counter()
    settings = read_settings(config, lang)
    if settings.record.folder is not None:
        raise UsageError(
            f"{config}: a record can only be backtested, and this names one ([record]). "
            f"Use: rawan backtest --config {config}"
        )
    from rawan.progress import Progress

    progress = Progress()
    with progress.step("import Prefect and the models"):
        from flows.pipeline import PREFECT_START
        from flows.pipeline import run as pipeline

    progress.begin(PREFECT_START)
    try:
        published = pipeline(config, lang, progress, audiences)
    except RuntimeError as error:
        if "ephemeral" not in str(error):
            raise
        raise RawanError(
            "Prefect's temporary server did not start in time. Try again, or start one that "
            "stays: prefect server start (docs/schedule.md)."
        ) from error
    answer = {
        "run_id": published.run_id,
        "folder": str(next(iter(published.folders.values()))),
        "folders": {name: str(folder) for name, folder in published.folders.items()},
        "rows": published.rows,
        "verified": published.was_verified,
        "change": published.change,
        "given_up": published.given_up,
        "seconds": round(time.perf_counter() - started, 1),
        "step_seconds": {name: round(s, 2) for name, s in progress.times.items()},
    }
    if as_json:
        print_json(answer)
        return
    what = "was published before and came out the same" if published.was_verified else "published"
    typer.echo(f"Run {published.run_id} {what}: {published.rows} rows in {answer['seconds']} s.")
    if published.change is not None:
        typer.echo(published.change)
    print_lines(published.given_up)
    for name, folder in published.folders.items():
        typer.echo(f"Open ({name}) {folder.parent / 'latest' / 'index.html'}")


@app.command()
def backtest(
    config: Config = DEFAULT,
    lang: Lang = None,
    traps: Annotated[
        bool, typer.Option("--traps", help="Also set the leakage traps; exit 3 if one fires.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask past cutoffs how well each model would have ranked, and which is published.

    On a simulated region the rank correlation with the truth is printed too. A configuration
    with [record] asks a folder of units.csv and incidents.csv instead: docs/records.md.

    Example: rawan backtest --json
    """
    settings = read_settings(config, lang)
    from rawan.progress import Progress
    from rawan.proof import backtest as tested

    result = tested(settings, Progress(), traps)
    if as_json:
        print_json(result.as_json())
    else:
        print_lines(result.lines(settings.output.language))
    if any(trap.held is False for trap in result.traps):
        raise typer.Exit(GateStopped.exit_code)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(help="Code of a village, such as 18.01.24.2004.")],
    config: Config = DEFAULT,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Show why a village has its rank: reasons that sum to the score, incidents with sources.

    Example: rawan explain 18.01.24.2004
    """
    settings = read_settings(config, lang)
    from rawan.publishing.reasons.explain import explain as explained

    explanation = explained(settings, code)
    if as_json:
        print_json(explanation.as_json())
        return
    for line in explanation.lines(settings.output.language):
        typer.echo(line)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write; new or empty.")],
    villages: Annotated[int, typer.Option("--villages", help="Villages, from 20 upward.")] = 260,
    seed: Annotated[
        int, typer.Option("--seed", help="Seed; the same one gives the same bytes.")
    ] = 1,
    incidents: Annotated[
        int | None,
        typer.Option("--incidents", help="About how many are told; else as the villages have it."),
    ] = None,
    reports: Annotated[
        int | None, typer.Option("--reports", help="About how many graded reports are written.")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="mixed: CSV, XLSX and JSON Lines, all kinds of input. csv, parquet: any size.",
        ),
    ] = "mixed",
    reporting: Annotated[
        str,
        typer.Option(
            "--reporting",
            help="default: half of the villages tell a fifth to a half of what happens. uneven: a "
            "third, the others all. even: all tell most of it.",
        ),
    ] = "default",
) -> None:
    """Write a fictional region with known truth; everything made from it says SIMULASI.

    Example: rawan simulate --villages 5000 --seed 1 --out simulasi
    """
    from rawan.sources.fictional import write_region

    config = write_region(out, villages, seed, incidents, reports, form, reporting)
    typer.echo(
        f"SIMULASI: {villages} invented villages. Run them with: rawan run --config {config}"
    )


@app.command()
def doctor(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Tell whether this machine can run the job, and what to do where it cannot.

    Example: rawan doctor
    """
    from rawan.doctor import examine

    findings = examine(config)
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        print_lines(
            f"{'ok  ' if finding.is_well else 'FAIL'}  {finding.what}: {finding.detail}"
            for finding in findings
        )
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


app.command()(publishing.publish)
app.command()(files.ingest)
app.command()(files.check)
app.command()(reading.diff)
app.command()(reading.sql)
app.command()(files.known)
app.command("map")(files.map_file)
app.command()(files.template)
app.command()(files.boundaries)
app.command()(people.review)
app.command("report-data")(people.report_data)
app.command()(trust.approve)
app.command()(trust.override)
app.command()(trust.withdraw)
app.command()(trust.verify)
app.command()(trust.seal)
app.command()(trust.unseal)
app.command("signing-key")(trust.signing_key)
app.command("sealing-key")(trust.sealing_key)
app.command()(reckoning.audit)
app.command()(planning.plan)
app.command()(planning.deployed)


def main() -> None:
    """Run a command; a failure is one clear sentence and its exit code."""
    arguments = sys.argv[1:] or ["--help"]
    is_debug = "--debug" in arguments
    if is_debug:
        arguments.remove("--debug")
    try:
        code = app(args=arguments, prog_name="rawan", standalone_mode=False)
        # Typer turns Ctrl-C into this code or, in older releases, into Abort.
        if code == _INTERRUPTED:
            raise typer.Abort
        sys.exit(code)
    except typer.Abort:
        _interrupted()
    except _CommandLineError as error:
        told = str(getattr(error, "format_message", error.__str__)())
        end = "" if told.endswith((".", "?")) else "."
        _fail(f"{told}{end} Show what there is with: rawan --help", 2)
    except RawanError as error:
        if is_debug:
            raise
        _fail(str(error), error.exit_code)
    except OSError as error:
        if is_debug:
            raise
        _fail(_plain(error), 1)
    except Exception as error:
        if is_debug:
            raise
        if str(error) == _QUERY_INTERRUPTED:
            _interrupted()
        kind = type(error).__name__
        _fail(f"Something failed that should not: {kind}: {error}. Show more with --debug.", 1)


def _interrupted() -> NoReturn:
    _fail(
        "Interrupted. Nothing was published; the last good run is in place, and no file came in "
        "by half. Start again when you like.",
        _INTERRUPTED,
    )


def _plain(error: OSError) -> str:
    """Say in a sentence what the system refused."""
    import errno

    where = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}the disk is full. Free some space, then run again; nothing was published."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where}may not be written or read. Give this user the right to it."
    return f"{where}{error.strerror or error}."


def _fail(message: str, code: int) -> NoReturn:
    from rawan.review.visible import visible

    for line in f"rawan: {message}".split("\n"):
        typer.echo(visible(line), err=True)
    raise SystemExit(code)
