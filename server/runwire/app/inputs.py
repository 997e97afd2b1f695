"""Checks what callers send into a graph: input, answers, changes to a fork's state."""

from typing import Final

from runwire.domain.artifact import ArtifactId, ArtifactStatus
from runwire.domain.errors import Exhausted, NotAllowed, invalid
from runwire.domain.payload import JSON_TYPE, Payload, check_size, decode
from runwire.domain.ports import Artifacts, Graphs
from runwire.domain.run import Interrupt

MAX_ARTIFACT_INPUT_BYTES: Final = 64 * 1024 * 1024


class Inputs:
    """Says what is wrong with an input, before anything is written."""

    def __init__(self, *, graphs: Graphs, artifacts: Artifacts) -> None:
        self._graphs = graphs
        self._artifacts = artifacts

    async def check(self, graph_id: str, definition: bytes | None, given: Payload) -> None:
        """Raise unless the input is JSON that fits the graph's input schema.

        Raises Invalid with a path to each fault, Exhausted when too large, NotFound (artifact).
        """
        if given.content_type != JSON_TYPE:
            raise invalid("spec.input.content_type", f"must be {JSON_TYPE} or empty")
        data = given.data
        if given.artifact_id:
            data = await self._content(ArtifactId(given.artifact_id))
        else:
            check_size(data, name="spec.input")
        self._graphs.check_input(graph_id, definition, data)

    def check_update(self, graph_id: str, definition: bytes | None, update: bytes) -> None:
        """Raise Invalid unless a change to a state fits the graph's state schema."""
        check_size(update, name="update")
        self._graphs.check_update(graph_id, definition, update)

    def check_answer(self, asked: Interrupt, answer: bytes) -> None:
        """Raise Invalid unless an answer is JSON that fits the question's schema."""
        check_size(answer, name="answer")
        decode(answer, name="answer")
        if asked.answer_schema:
            self._graphs.check_value(asked.answer_schema, answer, name="answer")

    async def _content(self, artifact_id: ArtifactId) -> bytes:
        artifact = await self._artifacts.describe(artifact_id)
        if artifact.status is not ArtifactStatus.ACTIVE:
            raise NotAllowed(
                f"artifact {artifact_id} is still uploading",
                reason="ARTIFACT_NOT_READY",
                artifact_id=artifact_id,
            )
        if artifact.size_bytes > MAX_ARTIFACT_INPUT_BYTES:
            raise Exhausted(
                f"artifact {artifact_id} is {artifact.size_bytes} bytes; as an input it may have"
                f" {MAX_ARTIFACT_INPUT_BYTES}: let a node load it instead",
                reason="PAYLOAD_TOO_LARGE",
                artifact_id=artifact_id,
            )
        return await self._artifacts.read(artifact_id)
