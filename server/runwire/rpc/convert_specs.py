"""What runs shall be, domain ↔ wire."""

from typing import Final, Protocol

from runwire.app.runs import NewRun
from runwire.domain.caller import Caller
from runwire.domain.namespace import local_id
from runwire.domain.run import MAX_LIMIT, Run
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import THREAD_GATE
from runwire.rpc.checks import MAX_START_DELAY_SECONDS, Faults, chosen, seconds_of
from runwire.rpc.convert_options import fill_options, options_from_wire
from runwire.rpc.convert_payloads import fill_payload, payload_from_wire
from runwire.rpc.convert_times import fill_duration
from runwire.v1 import run_options_pb2
from runwire.v1 import run_pb2 as wire

_LIMIT: Final = "spec.concurrency.limit"


class Asked(Protocol):
    """A request that makes a run."""

    @property
    def run_id(self) -> str:
        """The id it shall have; empty for a new one."""

    @property
    def request_id(self) -> str:
        """What makes the request safe to repeat."""


def new_run_from_wire(spec: wire.RunSpec, asked: "Asked", caller: Caller) -> NewRun:
    """Return what a caller wants to run; raise Invalid naming every malformed field."""
    run_id, request_id = asked.run_id, asked.request_id
    faults = Faults()
    faults.text("spec.graph_id", spec.graph_id, required=not spec.assistant_id)
    faults.text("spec.thread_id", spec.thread_id)
    faults.marks("spec.labels", spec.labels)
    faults.id("run_id", run_id, required=False)
    faults.request_id(request_id)
    timeout, delay = _timeout(faults, spec), _delay(faults, spec)
    queue = faults.queue("spec.queue", spec.queue)
    _check_concurrency(faults, spec)
    options = _options(faults, spec)
    faults.done()
    asked_for = spec.options
    return NewRun(
        graph_id=spec.graph_id,
        assistant=spec.assistant_id,
        input=payload_from_wire(spec.input, name="spec.input", caller=caller),
        input_given=chosen(spec, "input"),
        thread_id=caller.whole(spec.thread_id),
        create_thread=asked_for.missing_thread != run_options_pb2.MISSING_THREAD_REJECT,
        keep_thread=asked_for.on_completion == run_options_pb2.ON_COMPLETION_KEEP,
        options=options,
        timeout_seconds=timeout,
        labels=dict(spec.labels),
        priority=spec.priority,
        queue=queue,
        start_delay_seconds=delay,
        concurrency_key=caller.whole(spec.concurrency.key),
        concurrency_limit=(spec.concurrency.limit or 1) if spec.concurrency.key else 0,
        run_id=caller.whole(run_id),
        request_id=caller.whole(request_id.lower()),
        namespace=caller.namespace,
    )


def fill_spec(target: wire.RunSpec, run: Run | NewRun, *, full: bool) -> None:
    """Set a wire spec to what was asked for; without the input and options unless `full`."""
    target.graph_id = local_id(run.graph_id)
    target.thread_id = local_id(run.thread_id)
    target.priority = run.priority
    target.queue = run.queue
    if run.labels:
        target.labels.update(run.labels)
    if run.timeout_seconds is not None:
        fill_duration(target.timeout, run.timeout_seconds)
    if run.start_delay_seconds is not None:
        fill_duration(target.start_delay, run.start_delay_seconds)
    if run.concurrency_key and not local_id(run.concurrency_key).startswith(THREAD_GATE):
        target.concurrency.key = local_id(run.concurrency_key)
        target.concurrency.limit = run.concurrency_limit
    if full:
        fill_payload(target.input, run.input)
    _fill_options(target, run, full=full)


def _fill_options(target: wire.RunSpec, run: Run | NewRun, *, full: bool) -> None:
    if run.options is not None:
        target.assistant_id = local_id(run.options.assistant_id)
        if full:
            fill_options(target.options, run.options)
    if isinstance(run, NewRun):
        _fill_wish(target, run, full=full)


def _fill_wish(target: wire.RunSpec, new: NewRun, *, full: bool) -> None:
    """Add what is decided once the run is made."""
    target.assistant_id = new.assistant
    if not new.input_given:
        target.ClearField("input")
    if not full:
        return
    if not new.create_thread:
        target.options.missing_thread = run_options_pb2.MISSING_THREAD_REJECT
    if new.keep_thread:
        target.options.on_completion = run_options_pb2.ON_COMPLETION_KEEP


def _timeout(faults: Faults, spec: wire.RunSpec) -> float | None:
    if not chosen(spec, "timeout"):
        return None
    faults.duration("spec.timeout", spec.timeout)
    if not seconds_of(spec.timeout):
        faults.add("spec.timeout", "must not be zero; leave it out for no limit")
    return seconds_of(spec.timeout)


def _delay(faults: Faults, spec: wire.RunSpec) -> float | None:
    if not chosen(spec, "start_delay"):
        return None
    faults.duration("spec.start_delay", spec.start_delay)
    if seconds_of(spec.start_delay) > MAX_START_DELAY_SECONDS:
        faults.add("spec.start_delay", f"is longer than a year, {MAX_START_DELAY_SECONDS} s")
    return seconds_of(spec.start_delay)


def _check_concurrency(faults: Faults, spec: wire.RunSpec) -> None:
    shared = spec.concurrency
    faults.text("spec.concurrency.key", shared.key, required=chosen(spec, "concurrency"))
    if shared.key.startswith(THREAD_GATE):
        faults.add(
            "spec.concurrency.key", f"must not begin with {THREAD_GATE}: that is the server's"
        )
    if not 0 <= shared.limit <= MAX_LIMIT:
        faults.add(_LIMIT, f"must be from 1 to {MAX_LIMIT}; left out, it is 1")


def _options(faults: Faults, spec: wire.RunSpec) -> RunOptions | None:
    faults.text("spec.assistant_id", spec.assistant_id)
    if not chosen(spec, "options"):
        return None
    return options_from_wire(spec.options, name="spec.options", faults=faults)
