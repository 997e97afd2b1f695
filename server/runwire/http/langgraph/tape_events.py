"""Single events of the event streaming protocol, as they are sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runwire.domain.namespace import local_id
from runwire.domain.payload import encode
from runwire.http.langgraph import seqs

CUSTOM: Final = "custom"
LIFECYCLE: Final = "lifecycle"
REQUESTED: Final = "input.requested"
ANSWERED: Final = "input.answered"

_OURS: Final = frozenset({LIFECYCLE, REQUESTED, ANSWERED})
_BEGINNING: Final = '{"namespace":'
_JSON: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: ``params`` are JSON; ``name`` is that of a custom event."""

    method: str
    namespace: Sequence[str]
    params: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An event of the protocol.

    Its id is the same whenever it is sent: clients that come back are sent what they know already,
    and leave that out. Those of lifecycles begin with ``synth:``, by which clients know the run.
    """

    seq: int
    event_id: str
    words: Words

    def json(self) -> bytes:
        """Return the event as it is sent."""
        return b'{"type":"event","event_id":%b,"seq":%d,"method":%b,"params":%b}' % (
            encode(self.event_id),
            self.seq,
            encode(self.words.method),
            self.words.params,
        )


def said_of(run_id: str, base: int, sequence: int, part: int, words: Words) -> Said:
    """Return an event: a part of an event of a run."""
    event_id = f"{local_id(run_id)}:{sequence}" + (f".{part}" if part else "")
    if words.method in _OURS:
        event_id = f"synth:{event_id}"
    return Said(seqs.number(base, sequence, part), event_id, words)


def words_of(method: str, namespace: Sequence[str], milliseconds: int, data: Any) -> Words:
    """Return what is said about a namespace."""
    params = {"namespace": list(namespace), "timestamp": milliseconds, "data": data}
    return Words(method, namespace, encode(params), name_in(data) if method == CUSTOM else "")


def passed_on(method: str, params: bytes) -> Words:
    """Return what was recorded as it is to be sent."""
    text = params.decode()
    if method == CUSTOM:
        found = _JSON.decode(text)
        return Words(method, found["namespace"], params, name_in(found["data"]))
    if text.startswith(_BEGINNING):
        # What follows may be the whole state: it need not be read to know whose it is.
        namespace, _ = _JSON.raw_decode(text, len(_BEGINNING))
    else:
        namespace = _JSON.decode(text)["namespace"]
    return Words(method, namespace, params)


def data_in(words: Words) -> Mapping[str, Any]:
    """Return the data of what is said."""
    found = _JSON.decode(words.params.decode())["data"]
    return found if isinstance(found, dict) else {}


def name_in(data: Any) -> str:
    """Return the name that a custom event gives itself, empty if it gives none."""
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""
