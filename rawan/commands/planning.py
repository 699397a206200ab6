"""Commands of the planner: a deployment plan, what if, and what was really done."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from rawan.errors import RawanError, UsageError

if TYPE_CHECKING:
    from rawan.planning.plan import Plan
    from rawan.settings import Language

PLANFILE = Path("plan.toml")


def plan(
    planfile: Annotated[
        Path, typer.Argument(help="The planner's file; docs/planning-input.md explains it.")
    ] = PLANFILE,
    officers: Annotated[
        str | None,
        typer.Option("--officers", help="What if there were so many more (+50) or fewer (-20)."),
    ] = None,
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="What if the pattern were another, by its id.")
    ] = None,
    close: Annotated[
        list[str] | None,
        typer.Option("--close", help='What if a road were closed: "A - B"; repeatable.'),
    ] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option("--pin", help="What if a unit gave people to a place: UNIT=PLACE:N."),
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report", help="What if a village were raised: CODE, or CODE=class; repeatable."
        ),
    ] = None,
    run: Annotated[str, typer.Option("--run", help="Id of a run, or: latest.")] = "latest",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of plans; else the configuration's.")
    ] = None,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Also compare with the plan written before; with --published, the published "
            "escort with the same task planned freely.",
        ),
    ] = False,
    published: Annotated[
        bool, typer.Option("--published", help="Only show published figures beside computed ones.")
    ] = False,
    config: Config = DEFAULT,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Plan who goes where: from the latest list and the planner's file to plan.xlsx and more.

    Options that say "what if" make a second plan beside the first and show what changed. An
    impossible plan is one sentence that names the rule, the place and the shortfall, and exit 1.

    Example: rawan plan plan.toml --officers +50
    """
    settings = read_settings(config, lang)
    if published:
        from rawan.commands.published import show_published

        show_published(settings, as_json, planfile if compare else None)
        return
    from rawan.planning.comparing import compare_plans, read_side, side_of
    from rawan.planning.inputs import place_names
    from rawan.planning.output.files import latest_plan, write_plan
    from rawan.planning.output.words import summary
    from rawan.planning.plan import make_plan
    from rawan.planning.rules.resources import read_resources
    from rawan.planning.whatif import WhatIf, read_whatif
    from rawan.progress import Progress

    progress = Progress()
    resources = read_resources(planfile)
    whatif = read_whatif(
        place_names(settings), officers, pattern, close or (), pin or (), report or ()
    )
    plans = out or settings.output.plans
    before = latest_plan(plans) if compare else None
    if compare and before is None:
        raise UsageError(f"--compare: {plans} holds no plan yet. Plan first: rawan plan")
    earlier = None if before is None else read_side(before)
    ranking = settings.output.folder / "latest" / "index.html"
    first = make_plan(settings, resources, WhatIf(), run, progress)
    with progress.step("write the plan"):
        folder, was_there = write_plan(first, plans, ranking)
    answer: dict[str, Any] = _answer(first, folder, was_there)
    said = [
        *_marks(first),
        *summary(first),
        *_open(first),
        _written(folder, was_there, first.lang),
    ]
    if earlier is not None:
        since = compare_plans(earlier, side_of(first))
        answer["compared"] = since.as_json()
        said += since.lines(first.lang)
    if not as_json:
        print_lines(said)
    if not whatif.is_empty:
        second = make_plan(settings, resources, whatif, run, progress, base=first)
        with progress.step("write the plan"):
            folder, was_there = write_plan(second, plans, ranking, is_latest=False)
        changes = compare_plans(side_of(first), side_of(second))
        answer["what_if"] = {**_answer(second, folder, was_there), "changed": changes.as_json()}
        if not as_json:
            told = [*changes.lines(first.lang), _written(folder, was_there, first.lang)]
            print_lines(["", *told])
    if as_json:
        print_json(answer)


def deployed(
    file: Annotated[
        Path, typer.Argument(help="plan.xlsx or plan.csv filled in, or the form of deployments.")
    ],
    config: Config = DEFAULT,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Take in what was really done, so that later runs can tell presence from calm.

    A plan that was filled in is compared with what was planned. The form is written by:
    rawan template deployments

    Example: rawan deployed plans/latest/plan.xlsx
    """
    settings = read_settings(config, lang)
    from datetime import UTC, datetime

    from rawan.planning.done import form_to_inbox, read_done, to_inbox
    from rawan.planning.inputs import sector_districts
    from rawan.preparation import take_in
    from rawan.progress import Progress
    from rawan.publishing.texts import text
    from rawan.warehouse import open_warehouse

    if not file.is_file():
        raise RawanError(f"{file}: there is no such file.")
    language = settings.output.language
    inbox = settings.inputs.inbox
    done = read_done(file, settings.limits)
    left_out = 0
    if done is None:
        target = form_to_inbox(file, inbox)
    else:
        today = datetime.now(UTC).date()
        sectors = sector_districts(settings)
        target, left_out = to_inbox(done, file, settings.calendar.election, inbox, today, sectors)
    progress = Progress()
    with open_warehouse(settings, tell=progress.say) as warehouse:
        taken = take_in(warehouse, settings, progress)
    said = [*taken.lines()]
    if done is not None:
        said += done.lines(language)
    if left_out:
        said.append(text("plan.done.unplaced", language).format(rows=left_out))
    if as_json:
        answer: dict[str, Any] = {
            "file": target.name,
            "loaded": taken.intake.loaded,
            "rejected": taken.intake.rejected,
            "fates": taken.fates.counts,
            "unplaced": left_out,
        }
        if done is not None:
            answer |= {"plan_id": done.plan_id, "rows": [dict(row) for row in done.rows]}
        print_json(answer)
    else:
        print_lines(said)
    if taken.intake.rejected:
        raise typer.Exit(1)


def _answer(plan: "Plan", folder: Path, was_there: bool) -> dict[str, Any]:
    from rawan.planning.output.files import plan_told

    return {**plan_told(plan), "folder": str(folder), "verified": was_there}


def _marks(plan: "Plan") -> list[str]:
    from rawan.planning.output.words import plan_marks

    return [plan_marks(plan).line]


def _open(plan: "Plan") -> list[str]:
    """Return what gave way and what is not covered, as lines."""
    from rawan.publishing.texts import text

    gave = [f"{text('plan.kind.gave_way', plan.lang)}: {one}" for one in plan.gave_way]
    open_ones = [f"{text('plan.kind.unmet', plan.lang)}: {one}" for one in plan.unmet]
    return [*(gave or [text("plan.nothing_gave_way", plan.lang)]), *open_ones]


def _written(folder: Path, was_there: bool, lang: "Language") -> str:
    from rawan.publishing.texts import text

    return text(f"plan.written.{'same' if was_there else 'new'}", lang).format(folder=folder)
