"""Follows what a graph says, part by part: tells it, and gathers what the run comes to."""

from collections.abc import Sequence
from typing import Any, Final

from runwire.domain.event import Detail, OutputChunk, StateUpdated
from runwire.domain.payload import MAX_INLINE_BYTES, Payload
from runwire.domain.thread_checkpoint import ThreadCheckpoint
from runwire.langgraph.jsonable import dump
from runwire.langgraph.parts import Part, Told, is_cached
from runwire.langgraph.steps import Entered, Steps
from runwire.langgraph.telling import Telling

INTERRUPT: Final = "__interrupt__"


class Following:
    """One execution, as far as it has come.

    ``values`` are the root's newest, None before there are any; ``questions`` are the open ones by
    task id, as LangGraph's `Interrupt` has them, with the steps that ask them in ``askers``;
    ``stopped`` says that it stopped before or after a node, as somebody asked. ``again`` says that
    it goes on where another attempt broke off: what that one has told is not told again.
    ``failing_node`` is the node that failed, if one did. ``between`` says that a superstep is over,
    on top of the checkpoint ``parent_id``, and another is about to begin.
    """

    def __init__(self, telling: Telling, steps: Steps) -> None:
        self.values: Any = None
        self.questions: dict[str, list[dict[str, Any]]] = {}
        self.askers: dict[str, Entered] = {}
        self.stopped = False
        self.again = False
        self.failing_node = ""
        self.between = False
        self.parent_id = ""
        self._telling = telling
        self._steps = steps
        self._skipped: tuple[Told, ...] = ()
        self._values_json: bytes | None = None
        self._held: list[Told] = []
        self._written: dict[str, dict[str, Any]] = {}
        self._ran: dict[str, list[str]] = {}
        self._states: list[ThreadCheckpoint] = []

    def take(self, part: Part) -> bool:
        """Tell a part; return whether there is room for more."""
        told: Sequence[Told] = part.told
        self.between = False
        match part.mode:
            case "tasks" if "result" in part.payload:
                return self._take_result(part)
            case "updates":
                return self._take_update(part)
            case "values" if INTERRUPT in _mapping(part.payload):
                self._held += told
                return True
            case "tasks" if not part.path:
                return self._take_start(part)
            case "values" if not part.path:
                told = self._take_values(part)
        room = self._tell([*self._drained(), *told])
        self._say_states()
        return room

    def finish(self) -> None:
        """Tell what is left to tell when the graph has said everything."""
        self._tell([*self._drained(), *self._skipped])
        self._telling.release()
        self._say_states()
        if self.stopped:
            self._tell((), entered=self._steps.waiting())

    def fail(self, why: str, *, failed_node: bool) -> None:
        """Tell what waited and what was under way, the graph having failed."""
        self._telling.bounded = False
        self._tell([*self._drained(), *self._skipped])
        self._telling.release()
        self._say_states()
        self._tell((), entered=self._steps.stopped(why, failed=failed_node))

    def output(self) -> bytes:
        """Return the values as JSON."""
        if self._values_json is None:
            self._values_json = dump(self.values)
        return self._values_json

    def _take_start(self, part: Part) -> bool:
        """Tell that a task begins; one that was finished before does not, though it is said so."""
        task = part.payload
        self.between = self._steps.between
        entered = () if task["id"] in self._telling.done else (self._steps.begun(task),)
        return self._tell([*self._drained(), *part.told], entered=entered)

    def _take_values(self, part: Part) -> Sequence[Told]:
        """Note the root's values; where an attempt goes on, the first are those already told."""
        first = self.values is None
        self.values, self._values_json = part.payload, None
        if self.again and first:
            self._skipped = part.told
            return ()
        self._skipped = ()
        self.again = False
        return part.told

    def _take_update(self, part: Part) -> bool:
        payload = _mapping(part.payload)
        if not part.path and INTERRUPT in payload and not payload[INTERRUPT]:
            self.stopped = True
        if not is_cached(payload):
            self._held += part.told
            return True
        # Of an attempt that goes on they are told already, by the one that made them.
        told = () if self.again else part.told
        entered = () if part.path else self._steps.cached(payload)
        return self._tell([*self._drained(), *told], entered=entered)

    def _take_result(self, part: Part) -> bool:
        """Tell a task's result, with all that was said of it and what it wrote, in one piece."""
        task, told = part.payload, [*self._drained(), *part.told]
        entered = None
        if not part.path:
            self._note(task)
            entered = self._steps.ended(task)
            if entered is not None and task["interrupts"]:
                self.askers[task["id"]] = entered
            if task["error"] is not None:
                self.failing_node = task["name"]
        return self._tell(told, entered=() if entered is None else (entered,), task_id=task["id"])

    def _note(self, task: dict[str, Any]) -> None:
        self.questions.pop(task["id"], None)
        if task["interrupts"]:
            self.questions[task["id"]] = task["interrupts"]
            return
        parent = self.parent_id = self._telling.parent_of(task["id"])
        self._ran.setdefault(parent, []).append(task["name"])
        if isinstance(task["result"], dict):
            self._written.setdefault(parent, {}).update(task["result"])

    def _drained(self) -> list[Told]:
        held, self._held = self._held, []
        return held

    def _tell(
        self, told: Sequence[Told], *, entered: Sequence[Entered] = (), task_id: str = ""
    ) -> bool:
        if not (told or entered or task_id):
            return True
        chunks, size_bytes = [], 0
        for channel, data in told:
            body = self._json(data)
            size_bytes += len(body)
            chunks.append(OutputChunk(channel=channel, payload=Payload(body)))
        return self._telling.tell(
            chunks,
            behind=[(change, step.step_id) for change, step in entered],
            steps=[step for _, step in entered],
            task_id=task_id,
            size_bytes=size_bytes,
        )

    def _json(self, data: Any) -> bytes:
        if data is self.values and data is not None:
            return self.output()
        return dump(data)

    def _say_states(self) -> None:
        """Tell of the root's checkpoints that were saved meanwhile."""
        taken, self._telling.checkpoints = self._telling.checkpoints, []
        details: list[tuple[Detail, str]] = []
        for saved in taken:
            nodes = tuple(self._ran.pop(saved.parent_id, ()))
            written = self._written.pop(saved.parent_id, {})
            if nodes:
                details.append((self._updated(saved, nodes, written), ""))
        if details:
            self._telling.tell((), behind=details)

    def _updated(
        self, saved: ThreadCheckpoint, nodes: tuple[str, ...], written: dict[str, Any]
    ) -> StateUpdated:
        update = dump(written)
        return StateUpdated(
            checkpoint_id=saved.checkpoint_id,
            nodes=nodes,
            # Whoever needs what is larger reads the state.
            update=update if len(update) <= MAX_INLINE_BYTES else b"{}",
            next_nodes=self._steps.open_nodes,
        )


def _mapping(payload: Any) -> dict[str, Any]:
    return payload if isinstance(payload, dict) else {}
