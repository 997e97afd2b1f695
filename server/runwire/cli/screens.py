"""Where the events of a watched run appear: JSON lines, plain lines, or a live view."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from runwire.cli.output import COLOURS, Output, literal
from runwire.cli.progress import Progress, StepView
from runwire.cli.sentences import sentence
from runwire.cli.values import clock, spell_seconds
from runwire_client import Compacted, Event, Run

REFRESHES_PER_SECOND = 8
SHOWN_ABOVE = frozenset({"log_entry", "artifact_added", "custom", "interrupt_answered"})
BAR_WIDTH = 24


class Screen(Protocol):
    """Shows a watched run."""

    def started(self, run: Run) -> None:
        """Show which run is watched."""

    def event(self, event: Event) -> None:
        """Show what happened."""

    def compacted(self, gap: Compacted) -> None:
        """Show that retention removed events."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def screen_for(output: Output) -> Screen:
    """Return the screen that suits an output."""
    if output.as_json:
        return JsonScreen(output)
    return LiveScreen(output) if output.console.is_terminal else LineScreen(output)


class JsonScreen:
    """One JSON object per event."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def started(self, run: Run) -> None:
        self._output.json_line({"kind": "started", "run": run})

    def event(self, event: Event) -> None:
        self._output.json_line(event)

    def compacted(self, gap: Compacted) -> None:
        self._output.json_line(
            {
                "kind": "compacted",
                "from_sequence": gap.from_sequence,
                "to_sequence": gap.to_sequence,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class LineScreen:
    """One line per event, for what is not a terminal."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def started(self, run: Run) -> None:
        self._output.line(f"run {literal(run.run_id)} of {literal(run.graph_id)}")

    def event(self, event: Event) -> None:
        if said := sentence(event):
            self._output.line(f"{clock(event.time)} {event.sequence:>5} {said}")

    def compacted(self, gap: Compacted) -> None:
        self._output.line(compaction(gap))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class LiveScreen:
    """A table of steps that keeps itself up to date; log lines scroll by above it."""

    def __init__(self, output: Output, now: Callable[[], float] = time.time) -> None:
        self._output = output
        self._now = now
        self._progress = Progress()
        self._live = Live(
            get_renderable=self.rendered,
            console=output.console,
            refresh_per_second=REFRESHES_PER_SECOND,
        )

    def started(self, run: Run) -> None:
        self._output.line(f"run [bold]{literal(run.run_id)}[/] of {literal(run.graph_id)}")

    def event(self, event: Event) -> None:
        self._progress.take(event)
        if event.kind in SHOWN_ABOVE:
            self._live.console.print(sentence(event))

    def compacted(self, gap: Compacted) -> None:
        self._live.console.print(compaction(gap))

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def rendered(self) -> RenderableType:
        """Return the view as it is now."""
        parts: list[RenderableType] = []
        room = max(self._output.console.height - 10, 5)
        steps = self._progress.steps()
        if len(steps) > room:
            parts.append(Text(f"… {len(steps) - room} steps before", style="dim"))
        table = Table.grid(padding=(0, 2, 0, 0))
        for step in steps[-room:]:
            table.add_row(*self._row(step))
        parts.append(table)
        parts.extend(
            Text(f"{channel}: {tail}" if channel else tail, style="italic")
            for channel, tail in self._progress.tails()
        )
        return Group(*parts)

    def _row(self, step: StepView) -> tuple[RenderableType, ...]:
        colour = COLOURS.get(step.status, "default")
        running = step.status == "running"
        mark: RenderableType = Spinner("dots", style=colour) if running else Text("●", style=colour)
        end = self._now() if step.ended_at is None else step.ended_at.timestamp()
        took = spell_seconds(end - step.started_at.timestamp())
        attempt = Text(f"attempt {step.attempt}", style="dim") if step.attempt > 1 else Text("")
        bar: RenderableType = Text("")
        if step.fraction is not None and running:
            bar = ProgressBar(total=1.0, completed=step.fraction, width=BAR_WIDTH)
        status = Text(step.status.upper(), style=colour)
        return mark, Text(step.step_id), status, attempt, Text(took), bar, Text(step.message)


def compaction(gap: Compacted) -> str:
    """Return how a gap is told."""
    return f"[dim]events {gap.from_sequence} to {gap.to_sequence} were removed by retention[/]"
