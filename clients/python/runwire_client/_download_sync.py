# Generated from _download_async.py by tools/unasync.py; never edited.
"""One download, over as many calls as it takes: each goes on behind the bytes that arrived."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import IO

from runwire_client import _wait_sync as wait
from runwire_client._calls_sync import Calls
from runwire_client._files import sha256_of
from runwire_client._recovery import Recovery
from runwire_client.artifacts import Artifact, OnProgress, artifact_from_message
from runwire_client.errors import DataLoss, DeadlineExceeded, Error, OutOfRange, Unavailable
from runwire_client.v1 import artifact_service_pb2, artifact_service_pb2_grpc


class Download:
    """Appends the bytes of one artifact to a file, from an offset on."""

    def __init__(
        self,
        calls: Calls,
        stub: artifact_service_pb2_grpc.ArtifactServiceStub,
        *,
        artifact_id: str,
        timeout_seconds: float,
        on_progress: OnProgress | None,
    ) -> None:
        self._calls = calls
        self._stub = stub
        self._artifact_id = artifact_id
        self._on_progress = on_progress
        self._deadline = time.monotonic() + timeout_seconds
        self._recovery = Recovery(backoff=calls.backoff, give_up_seconds=calls.timeout_seconds)
        self._artifact: Artifact | None = None
        self._position = 0

    def to_path(self, path: Path) -> Artifact:
        """Write the content to a path, through a `.part` beside it that a later try goes on with.

        Raises DataLoss if what arrived is not what was stored, after one try from the beginning.
        """
        part = path.with_name(f"{path.name}.part")
        try:
            with wait.in_thread(part.open, "ab+") as file:
                left_over = file.tell()
                artifact = self._whole(file, offset=left_over)
                if artifact is None and left_over:
                    artifact = self._whole(file, offset=0)
        except Error:
            wait.in_thread(_remove_if_empty, part)
            raise
        if artifact is None:
            wait.in_thread(part.unlink)
            raise self._damaged()
        wait.in_thread(os.replace, part, path)
        return artifact

    def to_file(self, file: IO[bytes], *, offset: int, limit: int) -> Artifact:
        """Append a range to a file, to the end if the limit is 0, and return the artifact."""
        self._position = offset
        end = offset + limit if limit else None
        while True:
            try:
                return self._receive(file, end)
            except Error as error:
                pause = self._recovery.pause_seconds(error)
                if time.monotonic() + pause >= self._deadline:
                    raise
            wait.sleep(pause)

    def whole(self, file: IO[bytes]) -> Artifact:
        """Write everything to an empty file. Raises DataLoss if it is not what was stored."""
        artifact = self._whole(file, offset=0)
        if artifact is None:
            raise self._damaged()
        return artifact

    def _whole(self, file: IO[bytes], *, offset: int) -> Artifact | None:
        """Write everything behind an offset; return None if the file is then not the artifact."""
        wait.in_thread(file.truncate, offset)
        try:
            artifact = self.to_file(file, offset=offset, limit=0)
        except OutOfRange:
            if not offset:
                raise
            return None
        digest = wait.in_thread(sha256_of, file)
        return artifact if artifact.sha256 in ("", digest) else None

    def _receive(self, file: IO[bytes], end: int | None) -> Artifact:
        """Read one stream to its end; raise Unavailable if that was too early."""
        request = artifact_service_pb2.DownloadArtifactRequest(
            artifact_id=self._artifact_id,
            read_offset=self._position,
            read_limit=end - self._position if end else 0,
        )
        stream = self._calls.stream(self._stub.DownloadArtifact, request)
        try:
            while self._missing(end):
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise DeadlineExceeded(f"artifact {self._artifact_id} did not arrive in time")
                message = stream.read(min(left, self._calls.timeout_seconds))
                if message is None:
                    break
                self._take(message, file)
        finally:
            stream.cancel()
        if self._artifact is None or self._missing(end):
            raise Unavailable("the stream ended before the artifact did")
        return self._artifact

    def _missing(self, end: int | None) -> bool:
        if self._artifact is None:
            return True
        size_bytes = self._artifact.size_bytes
        return self._position < (size_bytes if end is None else min(end, size_bytes))

    def _take(
        self, message: artifact_service_pb2.DownloadArtifactResponse, file: IO[bytes]
    ) -> None:
        if message.HasField("artifact"):
            self._artifact = artifact_from_message(message.artifact)
        if not message.content.data:
            return
        wait.in_thread(file.write, message.content.data)
        self._position += len(message.content.data)
        self._recovery.progressed()
        if self._on_progress is not None:
            self._on_progress(
                self._position, None if self._artifact is None else self._artifact.size_bytes
            )

    def _damaged(self) -> DataLoss:
        return DataLoss(
            f"artifact {self._artifact_id} did not arrive as it was stored: its SHA-256 differs",
            reason="CHECKSUM_MISMATCH",
            metadata={"artifact_id": self._artifact_id},
        )


def _remove_if_empty(path: Path) -> None:
    if not path.stat().st_size:
        path.unlink()
