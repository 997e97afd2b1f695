"""Bytes a run leaves behind, or a caller brings."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from runwire.domain.run import RunId

ArtifactId = NewType("ArtifactId", str)


class ArtifactStatus(StrEnum):
    """Whether the content is complete."""

    UPLOADING = "uploading"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A named piece of content; `size_bytes` counts what is committed, `sha256` is in hex."""

    artifact_id: ArtifactId
    run_id: RunId | None = None
    filename: str = ""
    content_type: str = "application/octet-stream"
    size_bytes: int = 0
    sha256: str = ""
    status: ArtifactStatus = ArtifactStatus.UPLOADING
    created_at: datetime
