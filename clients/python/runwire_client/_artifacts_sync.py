# Generated from _artifacts_async.py by tools/unasync.py; never edited.
"""What a client can do with artifacts."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import grpc
from google.api import httpbody_pb2

from runwire_client._calls_sync import Calls
from runwire_client._download_sync import Download
from runwire_client._requests import new_request_id
from runwire_client._sources_sync import Content, open_source
from runwire_client._upload_sync import Upload
from runwire_client.artifacts import Artifact, OnProgress, artifact_from_message
from runwire_client.v1 import artifact_service_pb2, artifact_service_pb2_grpc

TRANSFER_SECONDS: Final = 3600.0


class Artifacts:
    """Stores and fetches artifacts.

    Timeouts, retries and the errors that every verb raises are as with runs, except that a
    transfer may take an hour unless `timeout_seconds` says otherwise, as long as bytes move.
    """

    def __init__(self, channel: grpc.Channel, calls: Calls) -> None:
        self._stub = artifact_service_pb2_grpc.ArtifactServiceStub(channel)
        self._calls = calls

    def upload(
        self,
        content: Content,
        *,
        filename: str = "",
        content_type: str = "",
        run_id: str = "",
        artifact_id: str = "",
        on_progress: OnProgress | None = None,
        timeout_seconds: float = TRANSFER_SECONDS,
    ) -> Artifact:
        """Store bytes, the file at a path, or what an iterable of bytes yields, as an artifact.

        Goes on at the offset that the server has kept when the connection breaks, and also when
        called again with the same `artifact_id` and content (made here if empty). `filename` is
        that of the path if empty. What an iterable yields is kept in a temporary file
        until all has arrived. `on_progress` is told the bytes sent so far, and those in all.

        Raises NotFound for an unknown run, AlreadyExists if the artifact is complete, Exhausted
        beyond the server's size limit, Invalid or DataLoss if it did not arrive as sent (its
        SHA-256 differs), and OSError.
        """
        with open_source(content) as source:
            first = artifact_service_pb2.UploadArtifactRequest(
                artifact_id=artifact_id or str(uuid4()),
                run_id=run_id,
                filename=filename or source.filename,
                sha256=source.sha256,
                request_id=new_request_id(),
                content=httpbody_pb2.HttpBody(content_type=content_type),
            )
            upload = Upload(
                self._calls,
                self._stub,
                source=source,
                first=first,
                timeout_seconds=timeout_seconds,
                on_progress=on_progress,
            )
            return upload.run()

    def download(
        self,
        artifact_id: str,
        path: str | os.PathLike[str],
        *,
        on_progress: OnProgress | None = None,
        timeout_seconds: float = TRANSFER_SECONDS,
    ) -> Artifact:
        """Fetch an artifact into a file and return what it is.

        The bytes go to a file with `.part` behind its name and are moved to `path` once their
        SHA-256 is right. A break is mended behind the bytes that arrived; a `.part` that an
        earlier download left is gone on with. `on_progress` is told the bytes there are so far.

        Raises NotFound, NotAllowed while it is still uploading, DataLoss if it did not arrive
        as stored, and OSError.
        """
        download = self._download(artifact_id, timeout_seconds, on_progress)
        return download.to_path(Path(path))

    def download_bytes(
        self,
        artifact_id: str,
        *,
        offset: int = 0,
        limit: int = 0,
        on_progress: OnProgress | None = None,
        timeout_seconds: float = TRANSFER_SECONDS,
    ) -> bytes:
        """Return an artifact's bytes, or at most `limit` of them from an offset on.

        The SHA-256 is checked if all of them were asked for. Raises as `download`, and
        OutOfRange for an offset behind the end.
        """
        file = io.BytesIO()
        download = self._download(artifact_id, timeout_seconds, on_progress)
        if offset or limit:
            download.to_file(file, offset=offset, limit=limit)
        else:
            download.whole(file)
        return file.getvalue()

    def get(self, artifact_id: str, *, timeout_seconds: float | None = None) -> Artifact:
        """Return what an artifact is, also while it is uploading. Raises NotFound."""
        request = artifact_service_pb2.GetArtifactRequest(artifact_id=artifact_id)
        response = self._calls.unary(
            self._stub.GetArtifact, request, timeout_seconds=timeout_seconds
        )
        return artifact_from_message(response.artifact)

    def list(self, *, run_id: str = "", page_size: int = 0) -> Iterator[Artifact]:
        """Yield artifacts page by page, only those of a run if one is given."""
        request = artifact_service_pb2.ListArtifactsRequest(run_id=run_id, page_size=page_size)
        for page in self._calls.pages(self._stub.ListArtifacts, request):
            for message in page.artifacts:
                yield artifact_from_message(message)

    def delete(self, artifact_id: str, *, timeout_seconds: float | None = None) -> None:
        """Delete an artifact. Raises NotFound, also if an earlier try of this call did it."""
        request = artifact_service_pb2.DeleteArtifactRequest(artifact_id=artifact_id)
        self._calls.unary(self._stub.DeleteArtifact, request, timeout_seconds=timeout_seconds)

    def _download(
        self, artifact_id: str, timeout_seconds: float, on_progress: OnProgress | None
    ) -> Download:
        return Download(
            self._calls,
            self._stub,
            artifact_id=artifact_id,
            timeout_seconds=timeout_seconds,
            on_progress=on_progress,
        )
