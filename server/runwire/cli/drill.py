"""`runwire drill`: interfere with a deployment while it works, and see what it loses."""

import asyncio
import shlex
import uuid
from typing import Annotated, Any

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.drill_faults import Command, Fault, Kill, Pause, check_process
from runwire.cli.drill_runs import Drill, Plan, Result
from runwire.cli.exits import Exit
from runwire.cli.output import literal
from runwire.cli.values import spell_seconds
from runwire_client import AsyncClient

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


def _seconds(meaning: str) -> Any:
    return typer.Option(min=0, max=3600, help=meaning)


Kills = Annotated[
    list[int] | None,
    typer.Option(metavar="PID", help="Kill this process during the drill; repeatable."),
]
Pauses = Annotated[
    list[int] | None, typer.Option(metavar="PID", help="Stop it for --pause-seconds; repeatable.")
]
Commands = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COMMAND",
        help="Run this during the drill, such as 'systemctl restart postgresql'; repeatable.",
    ),
]


@app.command()
@calling
def drill(
    caller: Caller,
    runs: Annotated[int, typer.Option(min=1, max=10_000, help="How many runs to create.")] = 50,
    steps: Annotated[int, typer.Option(min=1, max=900, help="How many steps each takes.")] = 5,
    step_seconds: Annotated[float, _seconds("How long each step takes.")] = 0.5,
    watchers: Annotated[
        int, typer.Option(min=1, max=100, help="How many watch each run, and reconnect a lot.")
    ] = 2,
    kill_worker: Kills = None,
    pause_worker: Pauses = None,
    pause_seconds: Annotated[float, _seconds("Choose it longer than lease_seconds.")] = 20,
    kill_command: Commands = None,
    every_seconds: Annotated[float, _seconds("How long to wait before each of these.")] = 1,
    timeout_seconds: Annotated[
        float, typer.Option(min=1, max=86_400, help="Runs still open then count as lost.")
    ] = 300,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the runs to be looked at.")] = False,
) -> None:
    """Interfere with a deployment, and see what it loses.

    Marked runs are created, watched and removed; the exit code is 1 if a promise was broken. The
    server must host `runwire.drill:graph`. Nothing is killed but what you name.
    """
    plan = Plan(
        drill_id=uuid.uuid4().hex[:12],
        runs=runs,
        steps=steps,
        step_seconds=step_seconds,
        watchers=watchers,
        faults=_faults(kill_worker, pause_worker, pause_seconds, kill_command),
        every_seconds=every_seconds,
        timeout_seconds=timeout_seconds,
    )
    caller.output.line(f"drill [bold]{plan.drill_id}[/]: {runs} runs of {steps} steps")
    result = asyncio.run(_drilled(caller, plan, keep=keep))
    _print(caller, plan, result)
    if result.violations:
        raise typer.Exit(Exit.FAILED)


def _faults(
    kill_worker: list[int] | None,
    pause_worker: list[int] | None,
    pause_seconds: float,
    kill_command: list[str] | None,
) -> list[Fault]:
    for pid in kill_worker or ():
        check_process(pid, "--kill-worker")
    for pid in pause_worker or ():
        check_process(pid, "--pause-worker")
    return [
        *(Kill(pid) for pid in kill_worker or ()),
        *(Pause(pid, pause_seconds) for pid in pause_worker or ()),
        *(Command(tuple(shlex.split(line))) for line in kill_command or ()),
    ]


async def _drilled(caller: Caller, plan: Plan, *, keep: bool) -> Result:
    async with AsyncClient(
        caller.server,
        tls=caller.tls,
        api_key=caller.api_key,
        timeout_seconds=plan.timeout_seconds,
        namespace=caller.namespace,
    ) as client:
        drill = Drill(plan, client, caller.server, caller.tls, caller.api_key)
        try:
            return await drill.run()
        finally:
            if not keep:
                await drill.remove()


def _print(caller: Caller, plan: Plan, result: Result) -> None:
    found = _figures(plan, result)
    if caller.output.as_json:
        caller.output.document(found)
        return
    for fault in plan.faults:
        caller.output.line(f"[dim]{literal(fault)}[/]")
    rows = [(_words(name), _spelled(name, value)) for name, value in found.items()]
    caller.output.table(("WHAT", "FOUND"), rows)
    for run_id in result.lost[:10]:
        caller.output.line(f"[red]lost[/] {literal(run_id)}")
    colour, words = ("red", "a promise was broken") if result.violations else ("green", "all kept")
    caller.output.line(f"[{colour}]{words}[/]")


def _figures(plan: Plan, result: Result) -> dict[str, Any]:
    differences = result.differences
    return {
        "drill_id": plan.drill_id,
        "violations": result.violations,
        "runs": plan.runs,
        "runs_lost": len(result.lost),
        "faults": len(plan.faults),
        "attempts": result.attempts,
        "duplicate_effects": result.effects.duplicates,
        "unexplained_effects": result.effects.unexplained,
        "stale_writes": result.stale,
        "events_watched": result.events,
        "reconnects": result.record.drops,
        "broken_streams": result.record.broken,
        "gaps": differences.gaps,
        "doubles": differences.doubles,
        "reorderings": differences.reorderings,
        "altered": differences.altered,
        "longest_standstill_seconds": max(result.standstill_seconds, default=0.0),
        "longest_resume_seconds": max(result.record.resume_seconds, default=0.0),
    }


def _spelled(name: str, value: Any) -> str:
    return spell_seconds(value) if name.endswith("_seconds") else literal(value)


def _words(name: str) -> str:
    return name.removesuffix("_seconds").replace("_", " ")
