# Generated from _upload_async.py by tools/unasync.py; never edited.
"""One upload, over as many calls as it takes: each goes on at the offset the server has kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from google.api import httpbody_pb2

from runwire_client import _wait_sync as wait
from runwire_client._calls_sync import Calls
from runwire_client._recovery import Recovery
from runwire_client._sources_sync import Source
from runwire_client.artifacts import Artifact, OnProgress, artifact_from_message
from runwire_client.errors import DataLoss, Error, NotFound, Unavailable
from runwire_client.v1 import artifact_service_pb2, artifact_service_pb2_grpc

CHUNK_BYTES: Final = 256 * 1024
OFFSET_MISMATCH: Final = "UPLOAD_OFFSET_MISMATCH"


class Upload:
    """Sends a source as one artifact; `first` is the first message without offset and chunk."""

    def __init__(
        self,
        calls: Calls,
        stub: artifact_service_pb2_grpc.ArtifactServiceStub,
        *,
        source: Source,
        first: artifact_service_pb2.UploadArtifactRequest,
        timeout_seconds: float,
        on_progress: OnProgress | None,
    ) -> None:
        self._calls = calls
        self._stub = stub
        self._source = source
        self._first = first
        self._on_progress = on_progress
        self._deadline = time.monotonic() + timeout_seconds
        self._recovery = Recovery(backoff=calls.backoff, give_up_seconds=calls.timeout_seconds)
        self._kept_bytes = 0

    def run(self) -> Artifact:
        """Send everything and return the artifact, checked against the bytes sent."""
        while True:
            try:
                response = self._calls.send(
                    self._stub.UploadArtifact,
                    self._requests(),
                    timeout_seconds=self._deadline - time.monotonic(),
                )
                return self._checked(artifact_from_message(response.artifact))
            except Error as error:
                kept = self._after(error)
            if kept is not None:
                return self._checked(kept)

    def _requests(self) -> Iterator[artifact_service_pb2.UploadArtifactRequest]:
        """Yield the messages of one call, from what the server has kept on."""
        offset = self._kept_bytes
        request = artifact_service_pb2.UploadArtifactRequest()
        request.CopyFrom(self._first)
        request.write_offset = offset
        request.content.data = self._source.read(offset, CHUNK_BYTES)
        while True:
            yield request
            offset += len(request.content.data)
            if self._on_progress is not None:
                self._on_progress(offset, self._source.size_bytes)
            chunk = self._source.read(offset, CHUNK_BYTES)
            if not chunk:
                return
            request = artifact_service_pb2.UploadArtifactRequest(
                content=httpbody_pb2.HttpBody(data=chunk)
            )

    def _after(self, error: Error) -> Artifact | None:
        """Pause after a break and learn what the server has kept; return it if that is all."""
        lost = Unavailable(error.message) if error.reason == OFFSET_MISMATCH else error
        pause = self._recovery.pause_seconds(lost)
        if time.monotonic() + pause >= self._deadline:
            raise error
        wait.sleep(pause)
        artifact_id = self._first.artifact_id
        request = artifact_service_pb2.GetArtifactRequest(artifact_id=artifact_id)
        try:
            response = self._calls.unary(self._stub.GetArtifact, request)
        except NotFound:
            self._kept_bytes = 0
            return None
        artifact = artifact_from_message(response.artifact)
        if artifact.size_bytes > self._kept_bytes:
            self._recovery.progressed()
        self._kept_bytes = artifact.size_bytes
        return artifact if artifact.complete else None

    def _checked(self, artifact: Artifact) -> Artifact:
        if self._source.sha256 and artifact.sha256 not in ("", self._source.sha256):
            raise DataLoss(
                f"artifact {artifact.artifact_id} is not what was sent: its SHA-256 differs",
                reason="CHECKSUM_MISMATCH",
                metadata={"artifact_id": artifact.artifact_id},
            )
        return artifact
