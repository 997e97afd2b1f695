"""ArtifactService: decode, call the app, encode."""

from collections.abc import AsyncIterator
from typing import Final

from google.api import httpbody_pb2

from runwire.app.artifacts import ArtifactShelf
from runwire.domain.artifact import Artifact, ArtifactId
from runwire.domain.caller import Caller
from runwire.domain.errors import Invalid, invalid
from runwire.rpc.checks import Faults
from runwire.rpc.convert_artifacts import artifact_to_wire, new_artifact_from_wire
from runwire.rpc.streams import closing
from runwire.v1 import artifact_service_pb2 as wire
from runwire.v1 import artifact_service_pb2_grpc as service

MAX_CHUNK_BYTES: Final = 1024 * 1024


class ArtifactServicer(service.ArtifactServiceServicer):
    """Artifacts and their content."""

    def __init__(self, artifacts: ArtifactShelf) -> None:
        self._artifacts = artifacts

    async def UploadArtifact(
        self, request_iterator: AsyncIterator[wire.UploadArtifactRequest], caller: Caller
    ) -> wire.UploadArtifactResponse:
        first = await anext(request_iterator, None)
        if first is None:
            raise Invalid("an upload needs a message: the first one names the artifact")
        new = new_artifact_from_wire(first, caller)
        artifact = await self._artifacts.upload(new, _chunks(first, request_iterator))
        return wire.UploadArtifactResponse(artifact=artifact_to_wire(artifact))

    async def DownloadArtifact(
        self, request: wire.DownloadArtifactRequest, caller: Caller
    ) -> AsyncIterator[wire.DownloadArtifactResponse]:
        faults = Faults()
        faults.id("artifact_id", request.artifact_id)
        faults.not_negative("read_offset", request.read_offset)
        faults.not_negative("read_limit", request.read_limit)
        faults.done()
        parts = self._artifacts.download(
            ArtifactId(caller.whole(request.artifact_id)),
            read_offset=request.read_offset,
            read_limit=request.read_limit,
        )
        message = wire.DownloadArtifactResponse()
        async with closing(parts) as stream:
            async for part in stream:
                if isinstance(part, Artifact):
                    message = _described(part)
                    continue
                message.content.data = part
                yield message
                message = wire.DownloadArtifactResponse()
        if message.HasField("artifact"):
            yield message  # there was no content to go with it

    async def GetArtifact(
        self, request: wire.GetArtifactRequest, caller: Caller
    ) -> wire.GetArtifactResponse:
        artifact = await self._artifacts.get(_named(request.artifact_id, caller))
        return wire.GetArtifactResponse(artifact=artifact_to_wire(artifact))

    async def ListArtifacts(
        self, request: wire.ListArtifactsRequest, caller: Caller
    ) -> wire.ListArtifactsResponse:
        faults = Faults()
        faults.id("run_id", request.run_id, required=False)
        faults.page(request)
        faults.done()
        page = await self._artifacts.find(
            run_id=caller.whole(request.run_id),
            page_size=request.page_size,
            page_token=request.page_token,
            reach=caller.reach,
        )
        return wire.ListArtifactsResponse(
            artifacts=map(artifact_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def DeleteArtifact(
        self, request: wire.DeleteArtifactRequest, caller: Caller
    ) -> wire.DeleteArtifactResponse:
        await self._artifacts.delete(_named(request.artifact_id, caller))
        return wire.DeleteArtifactResponse()


def _named(artifact_id: str, caller: Caller) -> ArtifactId:
    faults = Faults()
    faults.id("artifact_id", artifact_id)
    faults.done()
    return ArtifactId(caller.whole(artifact_id))


def _described(artifact: Artifact) -> wire.DownloadArtifactResponse:
    return wire.DownloadArtifactResponse(
        content=httpbody_pb2.HttpBody(content_type=artifact.content_type),
        artifact=artifact_to_wire(artifact),
    )


async def _chunks(
    first: wire.UploadArtifactRequest, rest: AsyncIterator[wire.UploadArtifactRequest]
) -> AsyncIterator[bytes]:
    """Yield content, first what came beside the name; raise Invalid for a message out of place."""
    if chunk := _chunk(first):
        yield chunk
    async for message in rest:
        for field, _ in message.ListFields():
            if field.name != "content":
                raise invalid(field.name, "belongs into the first message only")
        if chunk := _chunk(message):
            yield chunk


def _chunk(message: wire.UploadArtifactRequest) -> bytes:
    data: bytes = message.content.data
    if len(data) > MAX_CHUNK_BYTES:
        raise invalid(
            "content.data", f"is {len(data)} bytes; send chunks of at most {MAX_CHUNK_BYTES}"
        )
    return data
