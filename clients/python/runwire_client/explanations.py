"""Why a run is where it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from runwire_client._payloads import time_of
from runwire_client.v1 import explanation_pb2


class WaitReason(StrEnum):
    """What a run waits for; UNKNOWN is one that this client is too old to know."""

    UNKNOWN = "UNKNOWN"
    EXECUTING = "EXECUTING"
    ENDED = "ENDED"
    START_TIME = "START_TIME"
    CONCURRENCY_KEY = "CONCURRENCY_KEY"
    GRAPH_LIMIT = "GRAPH_LIMIT"
    NAMESPACE_QUOTA = "NAMESPACE_QUOTA"
    CAPACITY = "CAPACITY"
    NO_WORKER = "NO_WORKER"
    SILENT_WORKER = "SILENT_WORKER"
    ANSWER = "ANSWER"
    PARKED = "PARKED"
    RETRY = "RETRY"
    CANCELLATION = "CANCELLATION"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a run waits for: in a word, in a sentence, and what would move it.

    `since` is when the wait began, `until` when it ends by itself at the earliest; None where
    that is not known. `facts` are for programs: worker_id, limit, ahead, queue and so on.
    """

    reason: WaitReason
    summary: str
    remedies: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    facts: Mapping[str, str] = field(hash=False)


def explanation_from_message(message: explanation_pb2.Explanation) -> Explanation:
    """Return the explanation of a message."""
    name = explanation_pb2.WaitReason.DESCRIPTOR.values_by_number.get(message.reason)
    word = "" if name is None else name.name.removeprefix("WAIT_REASON_")
    return Explanation(
        reason=WaitReason(word) if word in WaitReason.__members__ else WaitReason.UNKNOWN,
        summary=message.summary,
        remedies=tuple(message.remedies),
        since=time_of(message.since_time) if message.HasField("since_time") else None,
        until=time_of(message.until_time) if message.HasField("until_time") else None,
        facts=dict(message.facts),
    )
