"""The shape of RunService's requests: each function checks one kind and returns what it means."""

from collections.abc import Sequence
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration

from runwire.domain.caller import Caller
from runwire.domain.errors import Invalid
from runwire.domain.filter import EVERYTHING, And, Comparison, Filter, Or, Order
from runwire.domain.parse import parse_filter, parse_order
from runwire.domain.run import OnEnd, RunId, RunStatus
from runwire.domain.thread import ThreadId
from runwire.rpc.checks import (
    MAX_NAME_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    MAX_TOKEN_CHARACTERS,
    Faults,
    chosen,
    label_paths,
    seconds_of,
)
from runwire.rpc.convert_payloads import json_from_wire
from runwire.rpc.convert_runs import STATUS_FROM_WIRE
from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire

DEFAULT_WAIT_SECONDS: Final = 30.0
MAX_WAIT_SECONDS: Final = 60.0
WAIT_SLACK_SECONDS: Final = 5.0
DEFAULT_HEARTBEAT_SECONDS: Final = 15.0
MIN_HEARTBEAT_SECONDS: Final = 1.0
MAX_HEARTBEAT_SECONDS: Final = 60.0
MAX_RUNS: Final = 1000
MAX_ID_CHARACTERS: Final = MAX_NAME_CHARACTERS
MAX_REASON_CHARACTERS: Final = MAX_TEXT_CHARACTERS

_FORMATS: Final = payload_pb2.PayloadFormat.DESCRIPTOR
_VIEWS: Final = wire.RunView.DESCRIPTOR
_STATUSES: Final = run_pb2.RunStatus.DESCRIPTOR
_ACTIONS: Final = wire.CancelAction.DESCRIPTOR
_CANCELLABLE: Final = frozenset({RunStatus.QUEUED, RunStatus.RUNNING})


def check_format(faults: Faults, number: int) -> None:
    """Note a payload format that there is not."""
    faults.choice("payload_format", number, _FORMATS)


def run_and_view(request: wire.GetRunRequest, caller: Caller) -> tuple[RunId, bool]:
    """Return which run is meant and whether all of it."""
    faults = Faults()
    faults.id("run_id", request.run_id)
    faults.choice("view", request.view, _VIEWS)
    check_format(faults, request.payload_format)
    faults.done()
    return _whole(request, caller), request.view != wire.RUN_VIEW_BASIC


def run_alone(request: wire.ExplainRunRequest, caller: Caller) -> RunId:
    """Return which run is meant."""
    _named(request).done()
    return RunId(caller.whole(request.run_id))


def run_with_texts(request: Any, caller: Caller, **max_characters: int) -> RunId:
    """Return which run is meant; check its etag and the text fields named, with their limits."""
    faults = _named(request, etag=MAX_ID_CHARACTERS, **max_characters)
    faults.done()
    return _whole(request, caller)


def run_to_cancel(request: wire.CancelRunRequest, caller: Caller) -> tuple[RunId, OnEnd]:
    """Return which run is meant, and what becomes of it."""
    faults = _named(request, etag=MAX_ID_CHARACTERS, reason=MAX_REASON_CHARACTERS)
    faults.choice("action", request.action, _ACTIONS)
    if request.etag and request.action == wire.CANCEL_ACTION_ROLLBACK:
        faults.add("etag", "must be left out of a rollback")
    faults.done()
    return _whole(request, caller), on_end_of(request.action)


def on_end_of(action: int) -> OnEnd:
    """Return what becomes of a run that is cancelled."""
    return OnEnd.ROLL_BACK if action == wire.CANCEL_ACTION_ROLLBACK else OnEnd.KEEP


def runs_to_cancel(
    request: wire.CancelRunsRequest, caller: Caller
) -> tuple[ThreadId | None, Sequence[RunId], Sequence[RunStatus]]:
    """Return which thread is meant, which runs of it, or which statuses of runs of all threads."""
    faults = Faults()
    faults.choice("action", request.action, _ACTIONS)
    faults.choices("statuses", request.statuses, _STATUSES)
    if bool(request.thread_id) == bool(request.statuses):
        faults.add("thread_id", "or statuses is required, and not both")
    faults.id("thread_id", request.thread_id, required=False)
    if request.run_ids and not request.thread_id:
        faults.add("run_ids", "must be left out without a thread_id")
    if len(request.run_ids) > MAX_RUNS:
        faults.add("run_ids", f"has more than {MAX_RUNS} entries")
    else:
        for index, run_id in enumerate(request.run_ids):
            faults.id(f"run_ids[{index}]", run_id)
    statuses = [STATUS_FROM_WIRE.get(number, RunStatus.FAILED) for number in request.statuses]
    if any(status not in _CANCELLABLE for status in statuses):
        faults.add("statuses", "must be RUN_STATUS_QUEUED or RUN_STATUS_RUNNING")
    faults.done()
    thread_id = ThreadId(caller.whole(request.thread_id)) if request.thread_id else None
    return thread_id, [RunId(caller.whole(each)) for each in request.run_ids], statuses


def run_and_format(request: Any, caller: Caller, **max_characters: int) -> RunId:
    """Return which run is meant; check how payloads shall be spelled and the text fields named."""
    faults = _named(request, **max_characters)
    check_format(faults, request.payload_format)
    faults.done()
    return _whole(request, caller)


def run_and_page(
    request: wire.ListStepsRequest | wire.ListCheckpointsRequest, caller: Caller
) -> RunId:
    """Return which run is meant; check which page."""
    faults = _named(request)
    faults.page(request)
    faults.done()
    return _whole(request, caller)


def run_and_wait(request: wire.WaitRunRequest, caller: Caller) -> tuple[RunId, float]:
    """Return which run is meant and how many seconds to wait for it."""
    return _whole(request, caller), _wait_seconds(request)


def wait_deadline_seconds(request: wire.WaitRunRequest) -> float:
    """Return how long WaitRun may take: its wait, and a little to answer."""
    return _wait_seconds(request) + WAIT_SLACK_SECONDS


def _wait_seconds(request: wire.WaitRunRequest) -> float:
    faults = _named(request)
    check_format(faults, request.payload_format)
    faults.duration("timeout", request.timeout)
    faults.done()
    seconds = seconds_of(request.timeout) if chosen(request, "timeout") else DEFAULT_WAIT_SECONDS
    return min(seconds, MAX_WAIT_SECONDS)


def window(request: wire.CountRunsRequest) -> float | None:
    """Return how many seconds are to be shown, None for the usual; check the graph's name."""
    faults = Faults()
    faults.text("graph_id", request.graph_id)
    faults.duration("window", request.window)
    faults.done()
    return seconds_of(request.window) if chosen(request, "window") else None


def run_and_mask(request: wire.UpdateRunRequest, caller: Caller) -> tuple[RunId, Sequence[str]]:
    """Return which run is meant and the paths to change, each ``labels`` or ``labels.KEY``."""
    faults = _named(request, etag=MAX_ID_CHARACTERS)
    faults.marks("labels", request.labels)
    mask = label_paths(faults, request.update_mask)
    faults.done()
    return _whole(request, caller), mask


def run_and_update(request: wire.ForkRunRequest, caller: Caller) -> tuple[RunId, bytes | None]:
    """Return which run is to be forked and what to change in its state, None for nothing."""
    faults = _named(request, checkpoint_id=MAX_ID_CHARACTERS)
    faults.id("new_run_id", request.new_run_id, required=False)
    faults.request_id(request.request_id)
    faults.marks("labels", request.labels)
    faults.done()
    if not chosen(request, "update"):
        return _whole(request, caller), None
    return _whole(request, caller), json_from_wire(request.update, name="update", default=b"{}")


def filter_and_order(request: wire.ListRunsRequest, caller: Caller) -> tuple[Filter, Order]:
    """Return which runs are meant, by all three filters together, and in which order."""
    faults = Faults()
    faults.page(request)
    faults.choices("statuses", request.statuses, _STATUSES)
    faults.text("thread_id", request.thread_id)
    faults.choice("view", request.view, _VIEWS)
    check_format(faults, request.payload_format)
    where = _filter(faults, request.filter)
    order = _order(faults, request.order_by)
    faults.done()
    parts: list[Filter] = [] if where == EVERYTHING else [where]
    if request.statuses:
        parts.append(_any_status(request.statuses))
    if request.thread_id:
        parts.append(Comparison("thread_id", "=", request.thread_id))
    return caller.reach.within(parts[0] if len(parts) == 1 else And(tuple(parts))), order


def watched(request: wire.WatchRunRequest, caller: Caller) -> tuple[RunId, float]:
    """Return which run is meant and after how many seconds of silence a heartbeat is due."""
    faults = _named(request)
    faults.not_negative("from_sequence", request.from_sequence)
    seconds = heartbeat(faults, request)
    faults.done()
    return _whole(request, caller), seconds


def fed(request: wire.WatchRunsRequest, caller: Caller) -> tuple[Filter, float]:
    """Return which runs are meant and after how many seconds of silence a heartbeat is due."""
    faults = Faults()
    where = _filter(faults, request.filter)
    faults.text("resume_token", request.resume_token, max_characters=MAX_TOKEN_CHARACTERS)
    seconds = heartbeat(faults, request)
    faults.done()
    return caller.reach.within(where), seconds


def heartbeat(faults: Faults, request: Any) -> float:
    """Return after how many seconds a heartbeat is due; check how payloads shall be spelled."""
    check_format(faults, request.payload_format)
    interval: Duration = request.heartbeat_interval
    faults.duration("heartbeat_interval", interval)
    if not chosen(request, "heartbeat_interval"):
        return DEFAULT_HEARTBEAT_SECONDS
    return min(max(seconds_of(interval), MIN_HEARTBEAT_SECONDS), MAX_HEARTBEAT_SECONDS)


def _whole(request: Any, caller: Caller) -> RunId:
    return RunId(caller.whole(request.run_id))


def _named(request: Any, **max_characters: int) -> Faults:
    faults = Faults()
    faults.id("run_id", request.run_id)
    for field, limit in max_characters.items():
        faults.text(field, getattr(request, field), max_characters=limit)
    return faults


def _any_status(numbers: Sequence[int]) -> Filter:
    parts = tuple(
        Comparison("status", "=", STATUS_FROM_WIRE[number]) for number in sorted(set(numbers))
    )
    return parts[0] if len(parts) == 1 else Or(parts)


def _filter(faults: Faults, text: str) -> Filter:
    try:
        return parse_filter(text)
    except Invalid as error:
        faults.take(error)
        return EVERYTHING


def _order(faults: Faults, text: str) -> Order:
    try:
        return parse_order(text)
    except Invalid as error:
        faults.take(error)
        return Order()
