"""What is sent about crons."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from runwire.http.langgraph.bodies import Body, Limit, Offset, Uuid
from runwire.http.langgraph.new_runs import Durable, Nodes, RunBody, Strategy, StreamModes

Json = dict[str, Any]
Column = Literal[
    "cron_id",
    "assistant_id",
    "thread_id",
    "on_run_completed",
    "end_time",
    "schedule",
    "timezone",
    "created_at",
    "updated_at",
    "user_id",
    "payload",
    "next_run_date",
    "metadata",
    "enabled",
]
SortedBy = Literal[
    "cron_id",
    "assistant_id",
    "thread_id",
    "created_at",
    "updated_at",
    "next_run_date",
    "end_time",
]


def _moment(text: str) -> str:
    moment_of(text)
    return text


def moment_of(text: str) -> datetime:
    """Return a time; one that names no zone is in UTC. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("should be a time such as 2030-01-01T00:00:00+00:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


Moment = Annotated[str, AfterValidator(_moment)]


class NewCronBody(RunBody):
    """A cron to be made, with what its runs shall be."""

    schedule: str = Field(min_length=1, max_length=200)
    timezone: str = Field(default="", max_length=64)
    end_time: Moment | None = None
    enabled: bool = True
    on_run_completed: Literal["delete", "keep"] = "delete"


class CronPatch(Body):
    """What of a cron shall change."""

    schedule: str | None = Field(default=None, min_length=1, max_length=200)
    timezone: str | None = Field(default=None, max_length=64)
    end_time: Moment | None = None
    enabled: bool | None = None
    on_run_completed: Literal["delete", "keep"] | None = None
    input: Any = None
    metadata: Json | None = None
    config: Json | None = None
    context: Any = None
    webhook: str | None = None
    interrupt_before: Nodes | None = None
    interrupt_after: Nodes | None = None
    stream_mode: StreamModes | None = None
    stream_subgraphs: bool | None = None
    stream_resumable: bool | None = None
    multitask_strategy: Strategy | None = None
    durability: Durable | None = None


class CountBody(Body):
    """Which crons are counted."""

    assistant_id: str = Field(default="", max_length=256)
    thread_id: Uuid = ""
    enabled: bool | None = None
    metadata: Json = Field(default_factory=dict)


class SearchBody(CountBody):
    """Which crons are searched for, and what of them is shown."""

    limit: Limit = 10
    offset: Offset = 0
    sort_by: SortedBy = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"
    select: list[Column] = Field(default_factory=list)
