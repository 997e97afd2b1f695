"""How values are written in checkpoints, and which of them come back as the objects they were.

LangGraph's own serializer, without pickle: what somebody wrote into the database must not run.
What it cannot write, a run fails with.
"""

from collections.abc import Iterable
from typing import Protocol

from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

Modules = Iterable[tuple[str, ...]] | bool | None
"""Of classes, each as the words of its path; True means any. Harmless ones always come back."""


class Allowed(Protocol):
    """Which classes may come back, as the settings say it."""

    @property
    def allowed_json_modules(self) -> Modules: ...
    @property
    def allowed_msgpack_modules(self) -> Modules: ...


_here: list[SerializerProtocol] = []


def use(allowed: Allowed) -> None:
    """Let only some classes come back in this process, from now on."""
    _here[:] = [
        JsonPlusSerializer(
            allowed_json_modules=allowed.allowed_json_modules or None,
            allowed_msgpack_modules=allowed.allowed_msgpack_modules or None,
        )
    ]


def serializer() -> SerializerProtocol:
    """Return the serializer of this process."""
    if not _here:
        _here.append(JsonPlusSerializer())
    return _here[0]
