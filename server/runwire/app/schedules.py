"""Create, get, list, update, pause, unpause, delete and trigger schedules."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.app.runs import NewRun, Runs
from runwire.app.schedule_specs import new_run_of, run_for, spec_of
from runwire.domain.cron_times import Times, next_times, parse_times
from runwire.domain.errors import NotFound
from runwire.domain.namespace import whole_id
from runwire.domain.paging import Page, page_size_of
from runwire.domain.ports import Bus
from runwire.domain.run import Run
from runwire.domain.schedule import CatchUp, Firing, Overlap, Schedule, ScheduleId
from runwire.domain.schedule_ports import ScheduleFilter, ScheduleSearch, ScheduleStore
from runwire.domain.thread_ports import Found
from runwire.domain.work import Created

MAX_SCHEDULES: Final = 10_000
"""In one namespace."""
NEXT_TIMES: Final = 3
TOPIC: Final = "schedules"

Make = Callable[[NewRun], Awaitable[Created]]
"""Queues a run."""
AskTime = Callable[[], Awaitable[datetime]]
"""What time it is, by the database's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    """What a caller wants of a schedule."""

    cron: str
    time_zone: str = ""
    new: NewRun
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp.LATEST
    catch_up_seconds: float
    ends_at: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    assistant_id: str = ""
    """The whole id of the assistant that `new` names, if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A schedule, what its runs are to be, and its next times."""

    schedule: Schedule
    new: NewRun
    next_times: Sequence[datetime] = ()


class Schedules:
    """Everything a caller can do with schedules."""

    def __init__(
        self,
        *,
        store: ScheduleStore,
        runs: Runs,
        graphs: GraphCatalog,
        inputs: Inputs,
        bus: Bus,
        ask_time: AskTime,
        new_word: Callable[[], str],
        search: ScheduleSearch | None = None,
        make: Make | None = None,
    ) -> None:
        self._store = store
        self._search = search
        self._make = make or runs.create
        self._graphs = graphs
        self._inputs = inputs
        self._bus = bus
        self._ask_time = ask_time
        self._new_word = new_word

    async def create(
        self,
        namespace: str,
        schedule_id: str,
        asked: NewSchedule,
        *,
        paused: bool = False,
        pause_reason: str = "",
        owner: str = "",
    ) -> Described:
        """Store a schedule; raise Invalid, AlreadyExists, Exhausted, NotFound (input artifact)."""
        times = times_of(asked.cron, asked.time_zone)
        await self._check_input(asked.new)
        now = await self._ask_time()
        schedule = Schedule(
            schedule_id=ScheduleId(whole_id(namespace, schedule_id)),
            namespace=namespace,
            paused=paused,
            pause_reason=pause_reason if paused else "",
            created_at=now,
            owner=owner,
            **_fields(asked),
        )
        if not paused:
            schedule = replace(schedule, next_at=_next(times, schedule, now))
        return self._changed(await self._store.add(schedule, max_count=MAX_SCHEDULES))

    def new_id(self) -> str:
        """Return a new id for a schedule of somebody who names none."""
        return self._new_word()

    async def get(self, namespace: str, schedule_id: str) -> Described:
        """Return a schedule; raise NotFound."""
        return described(await self._store.get(_whole(namespace, schedule_id)))

    async def find(self, namespace: str, page_size: int, page_token: str) -> Page[Described]:
        """Return one page of a namespace, by id, without inputs."""
        page = await self._store.find(namespace, page_size_of(page_size), page_token)
        return Page([described(each) for each in page.items], page.next_page_token)

    async def search(
        self, where: ScheduleFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> Found[Described]:
        """Return schedules of assistants that match, with inputs, and how many do."""
        if self._search is None:
            return Found((), 0)
        found = await self._search.search(
            where, sort_by=sort_by, descending=descending, limit=limit, offset=offset
        )
        return Found([described(each) for each in found.items], found.total)

    async def update(
        self,
        namespace: str,
        schedule_id: str,
        asked: NewSchedule,
        *,
        names: Collection[str],
        etag: str,
    ) -> Described:
        """Change the fields that are named; raise NotFound, Conflict (etag), Invalid.

        Metadata is merged.
        """
        if "new" in names:
            await self._check_input(asked.new)
        wanted = {"new": ("spec", "input", "graph_id", "thread_id", "assistant_id")}
        fields = _fields(asked)
        changes = {key: fields[key] for name in names for key in wanted.get(name, (name,))}
        now = await self._ask_time()

        def edit(schedule: Schedule) -> Schedule:
            schedule.check_etag(etag)
            after = schedule.edited(updated_at=now, **_merged(schedule, changes))
            times = times_of(after.cron, after.time_zone)
            if after.paused or not {"cron", "time_zone", "ends_at"} & changes.keys():
                return after
            return replace(after, next_at=_next(times, after, now))

        return self._changed(await self._store.change(_whole(namespace, schedule_id), edit))

    async def pause(self, namespace: str, schedule_id: str, *, reason: str) -> Described:
        """Let a schedule create no more runs, also not the one that waits for another to end."""
        now = await self._ask_time()

        def edit(schedule: Schedule) -> Schedule:
            if schedule.paused and schedule.pause_reason == reason:
                return schedule
            return schedule.edited(
                paused=True,
                pause_reason=reason,
                next_at=None,
                buffered_at=None,
                skipped_count=schedule.skipped_count + (schedule.buffered_at is not None),
                updated_at=now,
            )

        return self._changed(await self._store.change(_whole(namespace, schedule_id), edit))

    async def unpause(self, namespace: str, schedule_id: str) -> Described:
        """Let a paused schedule go on with the first time that comes now."""
        now = await self._ask_time()

        def edit(schedule: Schedule) -> Schedule:
            if not schedule.paused:
                return schedule
            times = times_of(schedule.cron, schedule.time_zone)
            next_at = _next(times, schedule, now)
            return schedule.edited(paused=False, pause_reason="", next_at=next_at, updated_at=now)

        return self._changed(await self._store.change(_whole(namespace, schedule_id), edit))

    async def delete(self, namespace: str, schedule_id: str) -> None:
        """Delete a schedule; its runs stay. Raises NotFound."""
        await self._store.delete(_whole(namespace, schedule_id))

    async def trigger(self, namespace: str, schedule_id: str) -> Run:
        """Create a run now, whatever runs; raise NotFound, and as `Runs.create` does."""
        schedule = await self._store.get(_whole(namespace, schedule_id))
        now = await self._ask_time()
        firing = Firing(schedule_id=schedule.schedule_id, schedule_at=now)
        new = run_for(schedule, now, word=self._new_word(), firing=firing)
        return (await self._make(new)).run

    async def _check_input(self, new: NewRun) -> None:
        """Check an input against the graph's schema, if the graph is known already."""
        try:
            graph_id, _, definition = await self._graphs.resolve(new.graph_id, new.namespace)
        except NotFound:
            return  # its worker may come later; until then each time says what is missing
        await self._inputs.check(graph_id, definition, new.input)

    def _changed(self, schedule: Schedule) -> Described:
        self._bus.wake_all([TOPIC])
        return described(schedule)


def described(schedule: Schedule) -> Described:
    """Return a schedule with what people want to know of it."""
    coming: Sequence[datetime] = ()
    if schedule.next_at is not None:
        times = times_of(schedule.cron, schedule.time_zone)
        more = next_times(times, schedule.next_at, NEXT_TIMES - 1)
        coming = tuple(schedule.until_end((schedule.next_at, *more)))
    return Described(schedule=schedule, new=new_run_of(schedule), next_times=coming)


def next_after(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the next time that comes by a schedule, though it be paused."""
    return _next(times_of(schedule.cron, schedule.time_zone), schedule, now)


@lru_cache(maxsize=4096)
def times_of(cron: str, time_zone: str) -> Times:
    """Return the times of an expression in a zone; raise Invalid."""
    return parse_times(cron, time_zone)


def _whole(namespace: str, schedule_id: str) -> ScheduleId:
    return ScheduleId(whole_id(namespace, schedule_id))


def _next(times: Times, schedule: Schedule, now: datetime) -> datetime | None:
    """Return the next time; never one that was decided on, though the clock be set back."""
    coming = times.all_after(max(now, schedule.last_at or now))
    return next(schedule.until_end(coming), None)


def _merged(schedule: Schedule, changes: Mapping[str, Any]) -> dict[str, Any]:
    if "metadata" not in changes:
        return dict(changes)
    return {**changes, "metadata": {**schedule.metadata, **changes["metadata"]}}


def _of_assistant(asked: NewSchedule) -> dict[str, str]:
    """Return what a schedule of an assistant is found by."""
    if not asked.assistant_id:
        return {"graph_id": "", "thread_id": "", "assistant_id": ""}
    new = asked.new
    return {
        "graph_id": new.graph_id,
        "thread_id": new.thread_id,
        "assistant_id": asked.assistant_id,
    }


def _fields(asked: NewSchedule) -> dict[str, Any]:
    return {
        "cron": asked.cron,
        "time_zone": asked.time_zone,
        "spec": spec_of(asked.new),
        "input": asked.new.input,
        "overlap": asked.overlap,
        "catch_up": asked.catch_up,
        "catch_up_seconds": asked.catch_up_seconds,
        "ends_at": asked.ends_at,
        "metadata": asked.metadata,
        **_of_assistant(asked),
    }
