"""What a saver remembers of what rests, so that it can write only what is new.

It is bounded, and can be forgotten at any time: then values rest whole again.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from runwire.domain.thread_checkpoint import ChannelBlob, CheckpointRead
from runwire.langgraph import growth, versions
from runwire.langgraph.growth import Grown

MAX_PLACES: Final = 64
MAX_BYTES: Final = 64 * 1024 * 1024
"""Of a list's elements: a longer one always rests whole."""

Place = tuple[str, str]
"""(thread id, checkpoint namespace)."""


@dataclass(slots=True)
class Rest:
    """What rests of one place."""

    checkpoint_id: str = ""
    own: bool = False  # whether it was written here, and not read
    versions: Mapping[str, str] = field(default_factory=dict)
    lists: dict[str, Grown] = field(default_factory=dict)


class Memory:
    """What rests of the places that were read and written last; safe on any thread."""

    def __init__(self, places: int = MAX_PLACES) -> None:
        self._max = places
        self._places: OrderedDict[Place, Rest] = OrderedDict()
        self._guard = threading.Lock()

    def versions_at(self, place: Place, checkpoint_id: str) -> Mapping[str, str] | None:
        """Return which versions rest as of a checkpoint; None if that is not known."""
        with self._guard:
            rest = self._places.get(place)
            known = rest is not None and checkpoint_id and rest.checkpoint_id == checkpoint_id
            return rest.versions if rest and known else None

    def learn(self, place: Place, read: CheckpointRead, *, newest: bool) -> None:
        """Note what was read, unless that is known, or older than what is."""
        checkpoint_id = read.checkpoint.checkpoint_id
        with self._guard:
            known = self._places.get(place)
            if known is not None and (not newest or known.checkpoint_id == checkpoint_id):
                return
        lists = {}
        for channel, blobs in read.values.items():
            found = growth.grown(blobs) if all(map(_is_unique, blobs)) else None
            if found is not None:
                lists[channel] = found
        with self._guard:
            rest = self._rest(place)
            rest.checkpoint_id, rest.own = checkpoint_id, False
            rest.versions = {channel: blobs[-1].version for channel, blobs in read.values.items()}
            rest.lists = lists

    def pack(self, place: Place, channel: str, version: str, kind: str, body: bytes) -> ChannelBlob:
        """Return how a value that is a list or anything else rests, and remember it."""
        if kind != growth.KIND or not versions.is_unique(version) or len(body) > MAX_BYTES:
            self._drop(place, channel)
            return ChannelBlob(channel=channel, version=version, kind=kind, body=body)
        with self._guard:
            lists = self._rest(place).lists
            before = lists.get(channel)
            grew = growth.grow(before, channel, version, body) if before else None
            if grew is not None:
                blob, lists[channel] = grew
                return blob
            blob, begun = growth.first(channel, version, body)
            if begun is None:
                lists.pop(channel, None)
            else:
                lists[channel] = begun
            return blob

    def note(self, place: Place, checkpoint_id: str, resting: Mapping[str, str]) -> None:
        """Note which versions rest as of a checkpoint that is being written."""
        with self._guard:
            rest = self._rest(place)
            rest.checkpoint_id, rest.own, rest.versions = checkpoint_id, True, resting

    def is_own(self, place: Place, checkpoint_id: str) -> bool:
        """Whether a checkpoint was written here last."""
        with self._guard:
            rest = self._places.get(place)
            return rest is not None and rest.own and rest.checkpoint_id == checkpoint_id

    def forget(self, thread_id: str | None = None) -> None:
        """Forget a thread, or everything: what was to be written may not rest."""
        with self._guard:
            for place in [each for each in self._places if thread_id in (None, each[0])]:
                del self._places[place]

    def _drop(self, place: Place, channel: str) -> None:
        with self._guard:
            rest = self._places.get(place)
            if rest is not None:
                rest.lists.pop(channel, None)

    def _rest(self, place: Place) -> Rest:
        rest = self._places.pop(place, None) or Rest()
        self._places[place] = rest
        while len(self._places) > self._max:
            self._places.popitem(last=False)
        return rest


def _is_unique(blob: ChannelBlob) -> bool:
    return versions.is_unique(blob.version)
