"""Artifacts, domain ↔ wire."""

from collections.abc import Mapping
from typing import Final

from runwire.app.artifacts import NewArtifact
from runwire.domain.artifact import Artifact, ArtifactStatus
from runwire.domain.caller import Caller
from runwire.domain.namespace import local_id
from runwire.rpc.checks import Faults
from runwire.rpc.convert_times import time_to_wire
from runwire.v1 import artifact_pb2 as wire
from runwire.v1 import artifact_service_pb2 as service

MAX_FILENAME_CHARACTERS: Final = 255

_STATUS: Final[Mapping[ArtifactStatus, wire.ArtifactStatus.ValueType]] = {
    status: wire.ArtifactStatus.Value(f"ARTIFACT_STATUS_{status.name}") for status in ArtifactStatus
}


def new_artifact_from_wire(first: service.UploadArtifactRequest, caller: Caller) -> NewArtifact:
    """Return what the first message of an upload names; raise Invalid naming malformed fields."""
    faults = Faults()
    faults.id("artifact_id", first.artifact_id, required=False)
    faults.id("run_id", first.run_id, required=False)
    faults.text("filename", first.filename, max_characters=MAX_FILENAME_CHARACTERS)
    faults.text("content.content_type", first.content.content_type)
    faults.not_negative("write_offset", first.write_offset)
    faults.sha256("sha256", first.sha256)
    faults.request_id(first.request_id)
    faults.done()
    return NewArtifact(
        artifact_id=caller.whole(first.artifact_id),
        run_id=caller.whole(first.run_id),
        filename=first.filename,
        content_type=first.content.content_type,
        write_offset=first.write_offset,
        sha256=first.sha256,
        request_id=caller.whole(first.request_id.lower()),
        namespace=caller.namespace,
    )


def artifact_to_wire(artifact: Artifact) -> wire.Artifact:
    """Return an artifact's description."""
    return wire.Artifact(
        artifact_id=local_id(artifact.artifact_id),
        run_id=local_id(artifact.run_id or ""),
        filename=artifact.filename,
        content_type=artifact.content_type,
        size_bytes=artifact.size_bytes,
        sha256=artifact.sha256,
        status=_STATUS[artifact.status],
        create_time=time_to_wire(artifact.created_at),
    )
