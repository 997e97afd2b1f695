"""Consecutive events of one run, encoded once and sent to every watcher as they are.

The bytes are a `runwire.v1.RunEventBatch`: every event is the tag 0x0A, its length as a varint, and
its own bytes. Two such runs of bytes joined are again a batch, and one can be cut at any event.
"""

from dataclasses import dataclass

from runwire.domain.run import RunId


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the feed of all runs.

    Where several servers write, rows become visible in another order than they are numbered in;
    there `transaction` comes first. Elsewhere it is 0.
    """

    transaction: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Events `first_sequence`..`last_sequence` of a run; `final` if the last one ends the run."""

    run_id: RunId
    first_sequence: int
    last_sequence: int
    delta: bool
    final: bool
    body: bytes

    def starting_at(self, sequence: int) -> "Segment":
        """Return the part of this segment from a sequence on."""
        if sequence <= self.first_sequence:
            return self
        return Segment(
            run_id=self.run_id,
            first_sequence=sequence,
            last_sequence=self.last_sequence,
            delta=self.delta,
            final=self.final,
            body=skip(self.body, sequence - self.first_sequence),
        )

    def joined(self, behind: "Segment", max_bytes: int) -> "Segment | None":
        """Return this segment and the one right behind it as one; None if they have to be two.

        Deltas stay apart, being discarded sooner.
        """
        size = len(self.body) + len(behind.body)
        follows = behind.first_sequence == self.last_sequence + 1
        if self.delta or behind.delta or not follows or size > max_bytes:
            return None
        return Segment(
            run_id=self.run_id,
            first_sequence=self.first_sequence,
            last_sequence=behind.last_sequence,
            delta=False,
            final=behind.final,
            body=self.body + behind.body,
        )


def skip(body: bytes, count: int) -> bytes:
    """Return a batch without its first events."""
    position = 0
    for _ in range(count):
        size, shift, position = 0, 0, position + 1
        while True:
            byte = body[position]
            size |= (byte & 0x7F) << shift
            position, shift = position + 1, shift + 7
            if byte < 0x80:
                break
        position += size
    return body[position:]
