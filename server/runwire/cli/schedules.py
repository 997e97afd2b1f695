"""`runwire schedules`."""

from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import clock, json_value, pairs, seconds_in
from runwire_client import CatchUpPolicy, OverlapPolicy, RunTemplate, Schedule

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Create runs at set times: make, list, change, pause and trigger schedules.",
)

ScheduleId = Annotated[str, typer.Argument(metavar="SCHEDULE", help="The schedule's id.")]
Cron = Annotated[
    str,
    typer.Option(
        "--cron", help="Minute, hour, day of month, month, day of week; or @daily and the like."
    ),
]
Zone = Annotated[
    str | None,
    typer.Option("--time-zone", help="By the clock of this zone, such as Europe/Berlin."),
]
Given = Annotated[str, typer.Option("--input", "-i", metavar="JSON|@FILE", help="Their input.")]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="Mark each run; repeatable."),
]
Queue = Annotated[str, typer.Option(help="The queue whose workers may take them.")]
Overlap = Annotated[
    str | None,
    typer.Option(help="When runs would overlap: skip, buffer_one, allow or cancel_other."),
]
CatchUp = Annotated[
    str | None, typer.Option(help="Which missed times get a run: none, latest or all.")
]
Window = Annotated[
    str | None,
    typer.Option(
        "--catch-up-window",
        metavar="DURATION",
        help="Leave out missed times further back, such as 30m or 7d; an hour if left out.",
    ),
]


@app.command()
@calling
def create(
    caller: Caller,
    schedule_id: ScheduleId,
    graph: Annotated[str, typer.Argument(metavar="GRAPH", help="The graph its runs execute.")],
    cron: Cron,
    time_zone: Zone = None,
    given: Given = "{}",
    label: Labels = None,
    queue: Queue = "",
    overlap: Overlap = None,
    catch_up: CatchUp = None,
    window: Window = None,
    paused: Annotated[bool, typer.Option("--paused", help="Make it, and let it wait.")] = False,
) -> None:
    """Make a schedule: it creates a run of a graph whenever a time of its cron comes."""
    made = caller.client.schedules.create(
        schedule_id,
        cron,
        _template(graph, given, label, queue),
        time_zone=time_zone or "",
        overlap=_overlap(overlap) or OverlapPolicy.SKIP,
        catch_up=_catch_up(catch_up) or CatchUpPolicy.LATEST,
        catch_up_seconds=_window(window),
        paused=paused,
    )
    _tell(caller, made)


@app.command("list")
@calling
def list_schedules(caller: Caller) -> None:
    """List the schedules."""
    found = list(caller.client.schedules.list())
    if caller.output.as_json:
        caller.output.document(found)
        return
    rows = [
        (
            f"[bold]{literal(each.schedule_id)}[/]",
            literal(each.graph_id),
            literal(f"{each.cron} {each.time_zone}".strip()),
            "paused" if each.paused else clock(each.next_times[0] if each.next_times else None),
            literal(each.recent_runs[0].run_id if each.recent_runs else ""),
            literal(each.error_message),
        )
        for each in found
    ]
    caller.output.table(("SCHEDULE", "GRAPH", "CRON", "NEXT", "LAST RUN", "ERROR"), rows)


@app.command()
@calling
def get(caller: Caller, schedule_id: ScheduleId) -> None:
    """Show a schedule: its next times, its last runs, and what went wrong."""
    _tell(caller, caller.client.schedules.get(schedule_id))


@app.command()
@calling
def update(
    caller: Caller,
    schedule_id: ScheduleId,
    cron: Annotated[str | None, typer.Option("--cron", help="New times.")] = None,
    time_zone: Zone = None,
    graph: Annotated[
        str | None, typer.Option(help="Another graph, with --input, --label and --queue anew.")
    ] = None,
    given: Given = "{}",
    label: Labels = None,
    queue: Queue = "",
    overlap: Overlap = None,
    catch_up: CatchUp = None,
    window: Window = None,
) -> None:
    """Change what is given of a schedule."""
    if graph is None and (given != "{}" or label or queue):
        raise typer.BadParameter(
            "what runs shall be is replaced as a whole: name the graph, too", param_hint="--graph"
        )
    changed = caller.client.schedules.update(
        schedule_id,
        cron=cron,
        time_zone=time_zone,
        template=None if graph is None else _template(graph, given, label, queue),
        overlap=_overlap(overlap),
        catch_up=_catch_up(catch_up),
        catch_up_seconds=_window(window),
    )
    _tell(caller, changed)


@app.command()
@calling
def pause(
    caller: Caller,
    schedule_id: ScheduleId,
    reason: Annotated[str, typer.Option(help="Shown while it is paused.")] = "",
) -> None:
    """Let a schedule create no more runs; those it created go on."""
    _tell(caller, caller.client.schedules.pause(schedule_id, reason))


@app.command()
@calling
def unpause(caller: Caller, schedule_id: ScheduleId) -> None:
    """Let a paused schedule go on; times that passed meanwhile are left out."""
    _tell(caller, caller.client.schedules.unpause(schedule_id))


@app.command()
@calling
def delete(caller: Caller, schedule_id: ScheduleId) -> None:
    """Delete a schedule; its runs stay."""
    caller.client.schedules.delete(schedule_id)
    caller.output.line(f"deleted {literal(schedule_id)}")


@app.command()
@calling
def trigger(caller: Caller, schedule_id: ScheduleId) -> None:
    """Create a run now, paused or not, whatever else runs."""
    run = caller.client.schedules.trigger(schedule_id)
    if caller.output.as_json:
        caller.output.document(run)
        return
    caller.output.line(f"run [bold]{literal(run.run_id)}[/] created")


def _template(graph: str, given: str, label: list[str] | None, queue: str) -> RunTemplate:
    value = json_value(given, "--input")
    return RunTemplate(graph, value, labels=pairs(label, "--label"), queue=queue)


def _overlap(word: str | None) -> OverlapPolicy | None:
    return None if word is None else OverlapPolicy(_known(word, OverlapPolicy, "--overlap"))


def _catch_up(word: str | None) -> CatchUpPolicy | None:
    return None if word is None else CatchUpPolicy(_known(word, CatchUpPolicy, "--catch-up"))


def _known(word: str, policies: type[OverlapPolicy] | type[CatchUpPolicy], option: str) -> str:
    words = [policy.value for policy in policies if policy.value != "unknown"]
    if word not in words:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(words)}", param_hint=option)
    return word


def _window(text: str | None) -> float | None:
    return None if text is None else seconds_in(text, "--catch-up-window")


def _tell(caller: Caller, schedule: Schedule) -> None:
    if caller.output.as_json:
        caller.output.document(schedule)
        return
    out = caller.output
    out.facts(
        {
            "schedule": f"[bold]{literal(schedule.schedule_id)}[/]",
            "graph": literal(schedule.graph_id),
            "cron": literal(f"{schedule.cron} {schedule.time_zone}".strip()),
            "overlap": schedule.overlap.value,
            "catch up": f"{schedule.catch_up.value}, {schedule.catch_up_seconds:g} s back",
            "paused": literal(schedule.pause_reason or "yes") if schedule.paused else "",
            "next": ", ".join(clock(each) for each in schedule.next_times),
            "skipped": str(schedule.skipped_count or ""),
            "error": literal(schedule.error_message),
        }
    )
    if schedule.recent_runs:
        out.line("")
        rows = [
            (literal(each.run_id), clock(each.schedule_at), clock(each.created_at))
            for each in schedule.recent_runs
        ]
        out.table(("RUN", "FOR", "CREATED"), rows)
