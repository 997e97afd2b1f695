"""What waits for the writer: work, who asked for it, and what came of it."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from runwire.domain.run import Run, RunId
from runwire.stores.batch import Batch
from runwire.stores.known_threads import Reservation

CALLER_SECONDS: Final = 5.0
IN_HAND_SECONDS: Final = 30.0  # a worker has nowhere else to go with its results

Work = Callable[[Batch], Any]
Serve = Callable[[Batch, list[Run]], Any]


class Withdrawn(asyncio.CancelledError):
    """The caller stopped waiting; `result` is what was found for it all the same."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class Waiting:
    """Work, who waits for it, and what came of it.

    `moves` says that it only moves the run; `run_id` is the run to look at before, `request_id`
    the request, `reserve` the thread. `serve` says that it looks into the queue, and what it takes
    of what comes there later, if it is `patient`. While the database cannot be reached, it is tried
    again `until` then.
    """

    __slots__ = (
        "error",
        "future",
        "moves",
        "patient",
        "request_id",
        "reserve",
        "result",
        "run_id",
        "serve",
        "until",
        "withdrawn",
        "work",
    )  # fmt: skip

    def __init__(
        self,
        work: Work,
        future: asyncio.Future[Any],
        *,
        run_id: RunId | None = None,
        request_id: str = "",
        reserve: Reservation | None = None,
        moves: bool = False,
        in_hand: bool = False,
        serve: Serve | None = None,
        patient: bool = False,
    ) -> None:
        self.work = work
        self.moves = moves
        self.future = future
        self.run_id = run_id
        self.request_id = request_id
        self.reserve = reserve
        self.serve = serve
        self.patient = patient
        self.until = monotonic() + (IN_HAND_SECONDS if in_hand else CALLER_SECONDS)
        self.withdrawn = False
        self.result: Any = None
        self.error: Exception | None = None

    @property
    def stands(self) -> bool:
        """Whether it found nothing and goes on waiting."""
        found = self.result or self.error
        return self.patient and not found and not self.withdrawn

    def reset(self) -> None:
        """Forget what came of it, since it is undone."""
        self.result = self.error = None
