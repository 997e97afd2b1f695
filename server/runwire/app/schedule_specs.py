"""What the runs of a schedule shall be, as bytes to keep, and the run that comes of it."""

import json
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from runwire.app.runs import NewRun
from runwire.domain.errors import invalid
from runwire.domain.namespace import local_id, whole_id
from runwire.domain.run import MAX_LABELS
from runwire.domain.run_options import RunOptions
from runwire.domain.schedule import SCHEDULE_LABEL, TIME_LABEL, Firing, Schedule

_APART: Final = frozenset({"input", "run_id", "request_id", "firing", "options", "thread"})
"""What is kept elsewhere, or belongs to one run only."""
_KEPT: Final = tuple(field.name for field in fields(NewRun) if field.name not in _APART)
_OURS: Final = (SCHEDULE_LABEL, TIME_LABEL)


def spec_of(new: NewRun) -> bytes:
    """Return what each run shall be, but for its input; raise Invalid for labels that are ours."""
    for key in _OURS:
        if key in new.labels:
            raise invalid(f"spec.labels[{key!r}]", "is set by the server: leave it out")
    if len(new.labels) > MAX_LABELS - len(_OURS):
        raise invalid(
            "spec.labels",
            f"has {len(new.labels)} entries, more than {MAX_LABELS - len(_OURS)}: the server adds"
            f" {' and '.join(_OURS)}",
        )
    kept: dict[str, Any] = {name: getattr(new, name) for name in _KEPT}
    if new.options is not None:
        kept["options"] = new.options.dump().decode()
    return json.dumps({**kept, "labels": dict(new.labels)}, separators=(",", ":")).encode()


def new_run_of(schedule: Schedule) -> NewRun:
    """Return what each run of a schedule shall be."""
    kept = json.loads(schedule.spec)
    known = {name: kept[name] for name in _KEPT if name in kept}
    options = RunOptions.load(kept["options"].encode()) if "options" in kept else None
    return NewRun(**known, input=schedule.input, options=options)


def run_for(schedule: Schedule, at: datetime, *, word: str, firing: Firing) -> NewRun:
    """Return the run of a schedule for a time; ``word`` sets its id apart from other runs of it."""
    new = new_run_of(schedule)
    name = local_id(schedule.schedule_id)
    marks = {SCHEDULE_LABEL: name, TIME_LABEL: f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return replace(
        new,
        run_id=whole_id(schedule.namespace, _run_id(schedule, f"{name}-{word}")),
        labels={**new.labels, **marks},
        firing=firing,
    )


def word_of(at: datetime) -> str:
    """Return what the id of the run for a time ends with: the same on every server."""
    return f"{at:%Y%m%dT%H%M%SZ}"


def _run_id(schedule: Schedule, name: str) -> str:
    """Return the local id of a run: LangGraph's clients know no other than UUIDs."""
    return str(uuid5(NAMESPACE_URL, name)) if schedule.assistant_id else name
