# Generated from _watch_thread_async.py by tools/unasync.py; never edited.
"""The watch over all runs of a thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runwire_client._watch_all_sync import WatchAll
from runwire_client.v1 import event_pb2, thread_service_pb2


class WatchThread(WatchAll):
    """An iterator over the events of all runs of a thread, deltas included; it never ends.

    It goes on and is closed as WatchAll. What retention has removed is left out. Iterating
    raises NotFound once the thread is gone.
    """

    def _events(self, message: Any) -> Iterable[event_pb2.RunEvent]:
        found: thread_service_pb2.WatchThreadResponse = message
        return found.batch.events
