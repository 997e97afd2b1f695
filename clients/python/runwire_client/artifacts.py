"""An artifact as its callers see it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from runwire_client._payloads import time_of
from runwire_client.v1 import artifact_pb2

OnProgress = Callable[[int, int | None], None]
"""Told the bytes moved so far, and the bytes there are in all or None if nobody knows.

After a break the first number may fall back to what the other side had kept.
"""


@dataclass(frozen=True, slots=True)
class Artifact:
    """Bytes that a run leaves behind, or that a caller stores.

    `size_bytes` is what is committed so far, all of it once `complete`; `sha256` is lower-case
    hex, empty until then.
    """

    artifact_id: str
    run_id: str
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    complete: bool
    created_at: datetime | None
    message: artifact_pb2.Artifact = field(repr=False, hash=False)


def artifact_from_message(message: artifact_pb2.Artifact) -> Artifact:
    """Return the artifact that a message describes."""
    return Artifact(
        artifact_id=message.artifact_id,
        run_id=message.run_id,
        filename=message.filename,
        content_type=message.content_type,
        size_bytes=message.size_bytes,
        sha256=message.sha256,
        complete=message.status == artifact_pb2.ARTIFACT_STATUS_ACTIVE,
        created_at=time_of(message.create_time) if message.HasField("create_time") else None,
        message=message,
    )
