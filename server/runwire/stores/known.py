"""The runs that a batch knows: read and locked, or believed to be as this server has left them.

Where several servers write, reading and locking runs costs a round trip. So runs that this server
moved last are believed: writing them fails if another one has moved them since (`Stale`), and the
batch is done again by reading. What would not be found out so, such as a refusal, is never decided
on belief.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from runwire.domain.missing import no_run
from runwire.domain.run import Run, RunId
from runwire.stores import rows
from runwire.stores.link import Link, Stale
from runwire.stores.tail import Tail


class KnownRuns:
    """Runs, as one batch knows them."""

    def __init__(self, link: Link, tail: Tail, *, wary: bool) -> None:
        self._link = link
        self._tail = tail
        self._wary = wary and not tail.alone
        self._runs: dict[RunId, Run] = {}
        self._bases: dict[RunId, int] = {}  # the revisions of those that are there already
        self._deleted: set[RunId] = set()
        self._outdated: set[RunId] = set()
        self.believed: set[RunId] = set()
        self.kept: list[RunId] = []
        """All that this batch has ever believed."""

    def prefetch(self, run_ids: Iterable[RunId], request_ids: Sequence[str]) -> Sequence[Any]:
        """Read, all at once, runs that are not known, and requests; return the requests' rows."""
        missing = []
        for run_id in run_ids:
            if run_id in self._runs or run_id in self._deleted:
                continue  # the tail still knows what this batch deletes
            kept = None if self._wary or run_id in self._outdated else self._tail.run(run_id)
            if kept is None:
                missing.append(run_id)
                continue
            self._runs[run_id] = kept
            if not self._tail.alone:
                self._bases[run_id] = kept.revision
                self.believed.add(run_id)
                self.kept.append(run_id)
        found, requests = self._link.look(sorted(missing), request_ids)
        for row in found:
            self._runs[row.run_id], self._bases[row.run_id] = rows.run_from(row), row.revision
        return requests

    def find(self, run_id: RunId) -> Run | None:
        """Return a run, None if there is none; it may be a believed one."""
        if run_id not in self._runs:
            self.prefetch((run_id,), ())
        return self._runs.get(run_id)

    def get(self, run_id: RunId) -> Run:
        """Return a run as it is, or raise NotFound."""
        self.verify(run_id)
        run = self.find(run_id)
        if run is None:
            raise no_run(run_id)
        return run

    def verify(self, run_id: RunId) -> None:
        """Read a run that was only believed; raise Stale if this batch has built on a wrong one."""
        if run_id not in self.believed:
            return
        found, _ = self._link.look((run_id,), ())
        run, base = self._runs[run_id], self._bases[run_id]
        if [(row.revision, row.created_at) for row in found] != [(base, run.created_at)]:
            if run.revision != base:
                raise Stale(f"run {run_id} was moved elsewhere")
            del self._runs[run_id], self._bases[run_id]
            for row in found:
                self._runs[run_id], self._bases[run_id] = rows.run_from(row), row.revision
        self.believed.discard(run_id)

    def there(self, run_id: RunId) -> bool:
        """Whether a run is there, as far as it was looked for."""
        self.verify(run_id)
        return run_id in self._runs

    def put(self, run: Run) -> None:
        """Note a run as this batch leaves it."""
        self._runs[run.run_id] = run

    def forget(self, run_id: RunId) -> None:
        """Note that this batch deletes a run."""
        self._runs.pop(run_id, None)
        self._deleted.add(run_id)

    def outdate(self, run_id: RunId) -> None:
        """Forget a run whose row was changed past its moves; it is to be read again."""
        self._runs.pop(run_id, None)
        self._outdated.add(run_id)

    def expected(self, run_id: RunId) -> int:
        """Return the revision in which a run is, or is believed to be."""
        return self._bases[run_id]

    def written(self, runs: Iterable[Run]) -> None:
        """Note that runs were written as they are: whatever was believed of them was right."""
        for run in runs:
            self._bases[run.run_id] = run.revision
            self.believed.discard(run.run_id)
