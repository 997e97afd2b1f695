"""A real gRPC server whose answers are written down beforehand."""

# ruff: noqa: N802

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from google.api import httpbody_pb2
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode, aio

from runwire_client import AsyncClient, Backoff
from runwire_client.v1 import (
    artifact_pb2,
    artifact_service_pb2,
    artifact_service_pb2_grpc,
    event_pb2,
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
)

FAST = Backoff(initial_seconds=0.001, max_seconds=0.01)
RUN_ID = "run-1"


@dataclass(frozen=True)
class Abort:
    """End the call with a status; details are sent if there is a reason."""

    code: StatusCode
    text: str = "scripted"
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    details: tuple[Any, ...] = ()

    async def end(self, context: aio.ServicerContext) -> None:
        details = list(self.details)
        if self.reason:
            details.append(
                error_details_pb2.ErrorInfo(
                    reason=self.reason, domain="runwire", metadata=self.metadata
                )
            )
        trailers = ()
        if details:
            status = status_pb2.Status(code=self.code.value[0], message=self.text)
            for detail in details:
                status.details.add().Pack(detail)
            trailers = (("grpc-status-details-bin", status.SerializeToString()),)
        await context.abort(self.code, self.text, trailing_metadata=trailers)


@dataclass(frozen=True)
class Hang:
    """Say nothing until the caller leaves."""


Action = Any  # a message to send, an Abort, or a Hang


def event(sequence: int) -> event_pb2.RunEvent:
    return event_pb2.RunEvent(
        run_id=RUN_ID,
        sequence=sequence,
        log_entry=event_pb2.RunLogEntry(severity=6, message=f"entry {sequence}"),
    )


def run(status: int = run_pb2.RUN_STATUS_RUNNING) -> run_pb2.Run:
    return run_pb2.Run(run_id=RUN_ID, status=status)


def started(from_sequence: int = 1) -> run_service_pb2.WatchRunResponse:
    return run_service_pb2.WatchRunResponse(
        next_sequence=from_sequence,
        started=run_service_pb2.WatchRunStarted(run=run(), oldest_sequence=1),
    )


def batch(sequences: Iterable[int]) -> run_service_pb2.WatchRunResponse:
    events = [event(sequence) for sequence in sequences]
    return run_service_pb2.WatchRunResponse(
        next_sequence=events[-1].sequence + 1, batch=event_pb2.RunEventBatch(events=events)
    )


def compacted(from_sequence: int, to_sequence: int) -> run_service_pb2.WatchRunResponse:
    return run_service_pb2.WatchRunResponse(
        next_sequence=to_sequence + 1,
        compacted=run_service_pb2.WatchRunCompacted(
            from_sequence=from_sequence, to_sequence=to_sequence
        ),
    )


def heartbeat(next_sequence: int) -> run_service_pb2.WatchRunResponse:
    return run_service_pb2.WatchRunResponse(
        next_sequence=next_sequence, heartbeat=run_service_pb2.WatchRunHeartbeat()
    )


def ended(next_sequence: int) -> run_service_pb2.WatchRunResponse:
    return run_service_pb2.WatchRunResponse(
        next_sequence=next_sequence,
        ended=run_service_pb2.WatchRunEnded(run=run(run_pb2.RUN_STATUS_SUCCEEDED)),
    )


class ScriptedRuns(run_service_pb2_grpc.RunServiceServicer):
    """Plays one script per stream and one answer per call; remembers the requests."""

    def __init__(self) -> None:
        self.scripts: deque[list[Action]] = deque()
        self.answers: dict[str, deque[Action]] = {}
        self.requests: list[Any] = []
        self.metadata: list[dict[str, Any]] = []
        self.hanging = asyncio.Event()
        self.left = asyncio.Event()

    def answer(self, method: str, *answers: Action) -> None:
        self.answers[method] = deque(answers)

    async def WatchRun(self, request: Any, context: Any) -> AsyncIterator[Any]:
        async for message in self._play(request, context):
            yield message

    async def WatchRuns(self, request: Any, context: Any) -> AsyncIterator[Any]:
        async for message in self._play(request, context):
            yield message

    async def CreateAndWatchRun(self, request: Any, context: Any) -> AsyncIterator[Any]:
        async for message in self._play(request, context):
            answer = run_service_pb2.CreateAndWatchRunResponse()
            answer.MergeFromString(message.SerializeToString())
            yield answer

    async def _play(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.requests.append(request)
        for action in self.scripts.popleft():
            match action:
                case Abort():
                    await action.end(context)
                case Hang():
                    self.hanging.set()
                    try:
                        await asyncio.Event().wait()
                    finally:
                        self.left.set()
                case _:
                    yield action

    async def _answer(self, method: str, request: Any, context: Any) -> Any:
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        action = self.answers[method].popleft()
        match action:
            case Abort():
                await action.end(context)
            case Hang():
                self.hanging.set()
                await asyncio.Event().wait()
        return action

    async def CreateRun(self, request: Any, context: Any) -> Any:
        return await self._answer("CreateRun", request, context)

    async def GetRun(self, request: Any, context: Any) -> Any:
        return await self._answer("GetRun", request, context)

    async def ListRuns(self, request: Any, context: Any) -> Any:
        return await self._answer("ListRuns", request, context)

    async def WaitRun(self, request: Any, context: Any) -> Any:
        return await self._answer("WaitRun", request, context)

    async def CancelRun(self, request: Any, context: Any) -> Any:
        return await self._answer("CancelRun", request, context)

    async def ResumeRun(self, request: Any, context: Any) -> Any:
        return await self._answer("ResumeRun", request, context)

    async def UpdateRun(self, request: Any, context: Any) -> Any:
        return await self._answer("UpdateRun", request, context)

    async def ForkRun(self, request: Any, context: Any) -> Any:
        return await self._answer("ForkRun", request, context)

    async def GetRunState(self, request: Any, context: Any) -> Any:
        return await self._answer("GetRunState", request, context)


class KeptArtifacts(artifact_service_pb2_grpc.ArtifactServiceServicer):
    """Keeps uploads in memory and breaks calls off where it is told to.

    `break_uploads` holds, for each upload call to come, after how many chunks it breaks (None:
    never); a break `after_all` loses only the answer. `break_downloads` likewise.
    """

    def __init__(self) -> None:
        self.contents: dict[str, bytearray] = {}
        self.artifacts: dict[str, artifact_pb2.Artifact] = {}
        self.break_uploads: deque[int | str | None] = deque()
        self.break_downloads: deque[int | None] = deque()
        self.write_offsets: list[int] = []
        self.read_offsets: list[int] = []
        self.request_ids: set[str] = set()
        self.chunk_bytes = 1024
        self.damage = False
        self.refusal: Abort | None = None

    async def UploadArtifact(self, requests: Any, context: Any) -> Any:
        break_after = self.break_uploads.popleft() if self.break_uploads else None
        first, count = None, 0
        async for request in requests:
            if first is None:
                first = request
                await self._begin(first, context)
            self.contents[first.artifact_id] += request.content.data
            count += 1
            if count == break_after:
                await Abort(StatusCode.UNAVAILABLE).end(context)
        assert first is not None
        artifact = self._complete(first)
        if break_after == "after_all":
            await Abort(StatusCode.UNAVAILABLE).end(context)
        return artifact_service_pb2.UploadArtifactResponse(artifact=artifact)

    async def _begin(self, first: Any, context: Any) -> None:
        if self.refusal is not None:
            await self.refusal.end(context)
        self.write_offsets.append(first.write_offset)
        self.request_ids.add(first.request_id)
        content = self.contents.setdefault(first.artifact_id, bytearray())
        if first.write_offset != len(content):
            await Abort(
                StatusCode.FAILED_PRECONDITION,
                reason="UPLOAD_OFFSET_MISMATCH",
                metadata={"committed_size": str(len(content))},
            ).end(context)

    def _complete(self, first: Any) -> artifact_pb2.Artifact:
        content = bytes(self.contents[first.artifact_id])
        if self.damage:
            content += b"!"
        artifact = artifact_pb2.Artifact(
            artifact_id=first.artifact_id,
            run_id=first.run_id,
            filename=first.filename,
            content_type=first.content.content_type,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            status=artifact_pb2.ARTIFACT_STATUS_ACTIVE,
        )
        self.artifacts[first.artifact_id] = artifact
        return artifact

    def keep(self, artifact_id: str, content: bytes) -> None:
        self.contents[artifact_id] = bytearray(content)
        self._complete(artifact_service_pb2.UploadArtifactRequest(artifact_id=artifact_id))

    async def GetArtifact(self, request: Any, context: Any) -> Any:
        artifact = self.artifacts.get(request.artifact_id)
        if artifact is None:
            if request.artifact_id not in self.contents:
                await Abort(StatusCode.NOT_FOUND, reason="ARTIFACT_NOT_FOUND").end(context)
            artifact = artifact_pb2.Artifact(
                artifact_id=request.artifact_id,
                size_bytes=len(self.contents[request.artifact_id]),
                status=artifact_pb2.ARTIFACT_STATUS_UPLOADING,
            )
        return artifact_service_pb2.GetArtifactResponse(artifact=artifact)

    async def DownloadArtifact(self, request: Any, context: Any) -> AsyncIterator[Any]:
        break_after = self.break_downloads.popleft() if self.break_downloads else None
        self.read_offsets.append(request.read_offset)
        if request.artifact_id not in self.artifacts:
            await Abort(StatusCode.NOT_FOUND, reason="ARTIFACT_NOT_FOUND").end(context)
        content = bytes(self.contents[request.artifact_id])
        if request.read_offset > len(content):
            await Abort(StatusCode.OUT_OF_RANGE, reason="READ_PAST_END").end(context)
        wanted = content[request.read_offset :]
        wanted = wanted[: request.read_limit] if request.read_limit else wanted
        artifact = self.artifacts[request.artifact_id]
        for count, piece in enumerate(pieces(wanted, self.chunk_bytes)):
            if count == break_after:
                await Abort(StatusCode.UNAVAILABLE).end(context)
            yield artifact_service_pb2.DownloadArtifactResponse(
                content=httpbody_pb2.HttpBody(data=piece),
                artifact=None if count else artifact,
            )


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    """Yield the content in pieces; one empty piece if there is nothing."""
    yield content[:size]
    for start in range(size, len(content), size):
        yield content[start : start + size]


@dataclass
class Peer:
    """A server on a port of its own."""

    runs: ScriptedRuns
    artifacts: KeptArtifacts
    server: aio.Server
    port: int

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"


async def start_peer(
    runs: ScriptedRuns | None = None, artifacts: KeptArtifacts | None = None, port: int = 0
) -> Peer:
    runs, artifacts = runs or ScriptedRuns(), artifacts or KeptArtifacts()
    server = aio.server(options=[("grpc.so_reuseport", 0)])
    run_service_pb2_grpc.add_RunServiceServicer_to_server(runs, server)
    artifact_service_pb2_grpc.add_ArtifactServiceServicer_to_server(artifacts, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    return Peer(runs, artifacts, server, port)


@asynccontextmanager
async def peer_and_client(**options: Any) -> AsyncIterator[tuple[Peer, AsyncClient]]:
    peer = await start_peer()
    try:
        async with AsyncClient(peer.target, **{"backoff": FAST, **options}) as client:
            yield peer, client
    finally:
        await peer.server.stop(None)


def retry_info(seconds: float) -> error_details_pb2.RetryInfo:
    delay = duration_pb2.Duration()
    delay.FromNanoseconds(int(seconds * 1e9))
    return error_details_pb2.RetryInfo(retry_delay=delay)
