"""The figures of a server as families of metrics, in Prometheus's words and units."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from runwire.app.figures import Figures
from runwire.domain.backlog import Backlog
from runwire.domain.tallies import Histogram, MethodTally

Rows = Iterable[tuple[Sequence[str], float]]
"""(values of the labels, value)"""

METHOD: Final = ("service", "method")
CALL: Final = (*METHOD, "transport", "code")


def families(figures: Figures, backlog: Backlog | None) -> Iterator[Metric]:
    """Yield every metric of a server; what waits is left out where that cannot be said."""
    yield from _calls(figures)
    yield from _store(figures)
    yield from _waiting(backlog)
    yield from _around(figures)


def _calls(figures: Figures) -> Iterator[Metric]:
    methods = [method for method in figures.calls.methods.values() if method.open or method.ended]
    yield _counter(
        "runwire_rpc_calls_total",
        "Calls that have ended.",
        [(labels, seen.count) for labels, seen in _ended(methods)],
        CALL,
    )
    yield _histograms(
        "runwire_rpc_call_seconds", "How long calls took.", list(_ended(methods)), CALL
    )
    yield _gauge(
        "runwire_rpc_open_calls",
        "Unary calls that are being answered.",
        [(_names(method), method.open) for method in methods if not method.streams],
        METHOD,
    )
    yield _gauge(
        "runwire_rpc_open_streams",
        "Streaming calls that are open.",
        [(_names(method), method.open) for method in methods if method.streams],
        METHOD,
    )


def _store(figures: Figures) -> Iterator[Metric]:
    store = figures.store
    yield _histograms(
        "runwire_commit_seconds",
        "How long commits took, from the first change worked on to all of them on disk.",
        [((), store.commit_seconds)],
    )
    yield _histograms(
        "runwire_commit_changes",
        "How many changes share a commit.",
        [((), store.commit_changes)],
    )
    yield _one(_counter, "runwire_events_total", "Events committed.", store.events)
    yield _counter(
        "runwire_run_moves_total",
        "How often runs came to a status.",
        [((status.value,), count) for status, count in sorted(store.moved_to.items())],
        ("status",),
    )
    yield _one(_counter, "runwire_claims_total", "Runs given to workers.", store.claims)
    yield _one(
        _counter,
        "runwire_lease_expiries_total",
        "Leases that ended because a worker was gone or silent, noticed here.",
        store.lease_expiries,
    )
    yield _counter(
        "runwire_database_errors_total",
        "Reads and writes that the database refused or lost, those tried again included.",
        [(("read",), store.read_errors), (("write",), store.write_errors)],
        ("side",),
    )


def _waiting(backlog: Backlog | None) -> Iterator[Metric]:
    queues = () if backlog is None else backlog.queues
    yield _one(
        _gauge,
        "runwire_database_up",
        "Whether what waits could be counted: 1 or 0.",
        0 if backlog is None else 1,
    )
    yield _gauge(
        "runwire_queue_depth",
        "Runs that wait for nothing but a worker.",
        [((found.queue,), found.ready) for found in queues],
        ("queue",),
    )
    yield _gauge(
        "runwire_queue_age_seconds",
        "How long the oldest of them has waited.",
        [((found.queue,), found.age_seconds) for found in queues],
        ("queue",),
    )
    waiting = () if backlog is None else (("time", backlog.delayed), ("limit", backlog.limited))
    yield _gauge(
        "runwire_queue_held_back",
        "Queued runs that wait for their time or under a limit.",
        [((why,), count) for why, count in waiting],
        ("why",),
    )
    counts = () if backlog is None else backlog.runs.items()
    yield _gauge(
        "runwire_runs",
        "Runs that are stored, by status.",
        [((status.value,), count) for status, count in counts],
        ("status",),
    )


def _around(figures: Figures) -> Iterator[Metric]:
    lag = figures.lag()
    watchers = (("run", len(figures.watches.watchers)), ("feed", len(figures.watches.feeds)))
    yield _gauge(
        "runwire_watchers",
        "Who watches: one run, or the feed of many.",
        [((kind,), count) for kind, count in watchers],
        ("kind",),
    )
    yield _one(
        _gauge,
        "runwire_watch_lag_events",
        "Committed events that watchers of runs were not sent yet, all watchers together.",
        lag.events,
    )
    yield _one(
        _gauge,
        "runwire_watch_lag_max_events",
        "The same, of the watcher that is furthest behind.",
        lag.max_events,
    )
    yield _one(
        _gauge,
        "runwire_watch_lag_max_seconds",
        "For how long the slowest watcher has not taken a message.",
        lag.max_seconds,
    )
    yield _gauge(
        "runwire_workers",
        "Workers of this server: in its process, or connected to it.",
        [((kind,), count) for kind, count in figures.workers.items()],
        ("kind",),
    )
    artifacts = figures.artifacts
    yield _counter(
        "runwire_artifact_bytes_total",
        "Bytes of artifacts' content that came in and went out.",
        [(("in",), artifacts.bytes_in), (("out",), artifacts.bytes_out)],
        ("direction",),
    )
    build = figures.build
    yield _gauge(
        "runwire_build_info",
        "What runs here; always 1.",
        [((build.version, build.python, build.database), 1)],
        ("version", "python", "database"),
    )


def _ended(methods: Sequence[MethodTally]) -> Iterator[tuple[Sequence[str], Histogram]]:
    for method in methods:
        # A call on another transport may come while this is read.
        for how, seen in tuple(method.ended.items()):
            yield (*_names(method), *how), seen


def _names(method: MethodTally) -> Sequence[str]:
    return method.service, method.method


def _one(family: Callable[[str, str, Rows], Metric], name: str, text: str, value: float) -> Metric:
    return family(name, text, [((), value)])


def _counter(name: str, text: str, rows: Rows, labels: Sequence[str] = ()) -> Metric:
    family = CounterMetricFamily(name.removesuffix("_total"), text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _gauge(name: str, text: str, rows: Rows, labels: Sequence[str] = ()) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _histograms(
    name: str,
    text: str,
    rows: Iterable[tuple[Sequence[str], Histogram]],
    labels: Sequence[str] = (),
) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for values, seen in rows:
        counts = list(accumulate(seen.counts))
        bounds = (*map(str, seen.bounds), "+Inf")
        buckets = list(zip(bounds, map(float, counts), strict=True))
        family.add_metric(values, buckets=buckets, sum_value=seen.total)
    return family
