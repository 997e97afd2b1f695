"""Workers, callers and a sweep on a virtual clock, driven by one seed: same seed, same steps.

Each step, chance picks who acts. Workers stop past their leases, die, come back, and what they say
arrives late or its answer never does; graphs have one to four steps and sometimes ask questions.
At last faults stop, and everything must come to an end in bounded time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, Protocol

from tests.faults.invariants import Broken, Invariants
from tests.faults.model_store import ModelStore, Op

from runwire.domain import moves
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.errors import Error
from runwire.domain.event import InterruptRaised, LogEntry, NewEvent
from runwire.domain.outcome import Cancelled, Failed, Interrupted, Outcome, Succeeded
from runwire.domain.run import Interrupt, Run, RunError, RunId, RunStatus
from runwire.domain.step import Step, step_id_of
from runwire.domain.work import Created, Lease, Progress, Request, Seed, Verdict

S = RunStatus
LEASE_SECONDS: Final = 15.0
GRACE_SECONDS: Final = 10.0
GRAPHS: Final = ("a", "b")
BEGINNING: Final = datetime(2030, 1, 1, tzinfo=UTC)
BOUND: Final = timedelta(seconds=3 * (LEASE_SECONDS + GRACE_SECONDS))
"""By when everything must have ended once faults stop: leases and grace run out, work is done."""
PAUSES: Final = tuple(timedelta(seconds=s) for s in (1e-6, 1e-6, 0.001, 0.05, 0.3, 1, 4, 16))


class Store(Protocol):
    """Where calls go: the model alone, or the model and a database side by side."""

    model: ModelStore

    def do(self, op: Op) -> Any:
        """Do one call; raise what it raises."""

    def burst(self, ops: Sequence[Op]) -> list[Any]:
        """Do calls in one transaction; return what each answers or raises."""


@dataclass(slots=True, eq=False)
class Attempt:
    """A worker's try of a run: what it has done by its own account."""

    lease: Lease
    step: int
    steps: int
    asks: bool
    recorded: int = 0
    cancelling: bool = False
    waits: bool = False


@dataclass(slots=True, eq=False)
class Worker:
    """A worker process: ``up`` or dead, and perhaps stopped (SIGSTOP)."""

    name: str
    graphs: tuple[str, ...]
    life: int = 0
    up: bool = True
    stopped: bool = False
    attempts: dict[RunId, Attempt] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.name}.{self.life}"

    @property
    def acts(self) -> bool:
        return self.up and not self.stopped


@dataclass(slots=True, eq=False)
class Words:
    """What a worker said, on its way to the store; its answer may get lost."""

    worker: Worker
    life: int
    attempt: Attempt
    op: Op


class World:
    """One schedule."""

    def __init__(
        self, seed: int, make_store: Callable[[Callable[[], datetime], Invariants], Store]
    ):
        self.chance = Random(seed)
        self.now = BEGINNING
        self.invariants = Invariants()
        self.store = make_store(lambda: self.now, self.invariants)
        self.model = self.store.model
        workers = self.chance.randint(1, 3)
        self.workers = [Worker("w0", GRAPHS)]
        for number in range(1, workers + 1):
            self.workers.append(Worker(f"w{number}", self.chance.choice((GRAPHS, ("a",), ("b",)))))
        self.words: list[Words] = []
        self.made = 0
        self.calls = self.refused = self.stale_words = self.repeated_words = 0
        self.ids: list[RunId] = []

    def run(self, steps: int) -> None:
        """Play a schedule of so many steps, then let everything come to its end."""
        actions = list(ACTIONS)
        # Swarm: each seed has likes of its own, so that rare mixtures come up, too.
        weights = [ACTIONS[name] * self.chance.choice((0.2, 1, 1, 4)) for name in actions]
        for name in self.chance.choices(actions, weights, k=steps):
            self.now += self.chance.choice(PAUSES)
            getattr(self, name)()
        self.settle_down()

    def told(self) -> dict[str, int]:
        """How much was said, and how much of it in vain."""
        names = ("calls", "refused", "stale_words", "repeated_words")
        return {name: getattr(self, name) for name in names}

    def call(self, name: str, *args: Any, lease: Lease | None = None, what: str = "") -> Any:
        """Call the store and check what it left; a refusal is returned, being an answer, too."""
        op = Op(name, args, lease, what)
        self.calls += 1
        try:
            result = self.store.do(op)
        except Error as error:
            self.refused += 1
            return error
        return result

    def check(self, run_id: RunId) -> None:
        self.invariants.check(self.model, run_id)

    # Callers

    def create(self) -> None:
        seed = self._seed()
        self._created(self.call("create", seed))
        self.check(seed.run.run_id)

    def cancel(self) -> None:
        if run_id := self._any_id():
            before = self.model.all.runs.get(run_id)
            asked = self.call("record", run_id, CANCEL, what="cancel")
            if before and not before.status.final and isinstance(asked, Error):
                raise Broken(f"an unfinished run cannot be cancelled: {asked} {before}")
            self.check(run_id)

    def burst(self) -> None:
        """Let several calls come at the same instant: one transaction takes them all."""
        creations = [Op("create", (self._seed(),)) for _ in range(self.chance.randint(0, 2))]
        words = [self.words.pop() for _ in range(min(len(self.words), self.chance.randint(0, 3)))]
        ops = [*creations, *(item.op for item in words)]
        if run_id := self._any_id():
            ops.append(Op("record", (run_id, CANCEL)))
            ops.append(Op("delete", (self._any_id(), "")))
        takers = [worker for worker in self.workers if worker.acts]
        takers = self.chance.sample(takers, self.chance.randint(0, len(takers)))
        ops += [self._claim_op(worker, 2) for worker in takers]
        keep = [op for op in ops if op.name != "delete" or self.chance.random() < 0.3]
        self.calls += len(keep)
        answers = dict(zip(map(id, keep), self.store.burst(keep), strict=True))
        for op in creations:
            self._created(answers[id(op)])
        for worker, op in zip(takers, ops[len(ops) - len(takers) :], strict=True):
            self._claimed(worker, answers[id(op)])
        for item in words:
            self._heard(item, answers[id(item.op)], answer_lost=False)
        for run_id in self.ids:
            self.check(run_id)

    def _seed(self) -> Seed:
        number = self.made
        self.made += 1
        again = self.ids and self.chance.random() < 0.2
        run = Run(
            run_id=self.chance.choice(self.ids) if again else RunId(f"r{number}"),
            graph_id=self.chance.choice(GRAPHS),
            graph_version=self.chance.choice((0, 0, 1)),
            priority=self.chance.choice((0, 0, 5)),
            start_delay_seconds=self.chance.choice((None, None, 3.0)),
            labels={"steps": str(self.chance.randint(1, 4)), "asks": self.chance.choice("001")},
            created_at=BEGINNING,
            ready_at=BEGINNING,
        )
        key = self.chance.choice(("", f"q{number}", f"q{number // 2}"))
        return Seed(run=run, request=Request(request_id=key))

    def _created(self, made: Created | Error) -> None:
        if isinstance(made, Created) and made.run.run_id not in self.ids:
            self.ids.append(made.run.run_id)

    def resume(self) -> None:
        waiting = [i for i, run in self.model.all.runs.items() if run.status is S.INTERRUPTED]
        run_id = self.chance.choice(waiting) if waiting else self._any_id()
        if run_id:
            run = self.model.all.runs.get(run_id)
            asked = run.open_interrupts if run else ()
            named = self.chance.choice(asked).interrupt_id if asked else ""
            move = moves.resumed(interrupt_id=named, answer=b"1", etag="")
            self.call("record", run_id, move, what="resume")
            self.check(run_id)

    def label(self) -> None:
        if run_id := self._any_id():
            move = moves.labelled(labels={"x": str(self.made)}, mask=["labels.x"], etag="")
            self.call("record", run_id, move, what="label")
            self.check(run_id)

    def delete(self) -> None:
        if run_id := self._any_id():
            self.call("delete", run_id, "")
            self.check(run_id)

    # The server

    def sweep(self) -> None:
        self.call("sweep", self.chance.choice((1, 100)))
        for run_id in self.ids:
            self.check(run_id)

    def abandon(self) -> None:
        """Restart a server with a worker inside, which is known to be gone with it."""
        worker = self.chance.choice(self.workers)
        self._die(worker)
        self.call("abandon", f"{worker.name}.")
        self._rise(worker)

    def disconnect(self) -> None:
        """Lose a worker's connection: its leases end at once, whether it knows or not."""
        worker = self.chance.choice(self.workers)
        leases = [attempt.lease for attempt in worker.attempts.values()]
        leases += self._late_leases()
        self.call("expire", leases)
        if self.chance.random() < 0.5:
            worker.attempts.clear()
        for lease in leases:
            self.check(lease.run_id)

    def _late_leases(self) -> list[Lease]:
        run_id = self._any_id()
        return self.invariants.leases.get(run_id, [])[-1:] if run_id else []

    # Workers

    def claim(self) -> None:
        if worker := self._any_worker():
            self._claim(worker, self.chance.randint(1, 3))

    def work(self) -> None:
        """Let an attempt say the next thing it has to say."""
        worker = self._any_worker()
        idle = [a for a in worker.attempts.values() if not a.waits] if worker else []
        if worker and idle:
            attempt = self.chance.choice(idle)
            attempt.waits = True
            op = self._next_words(attempt, sure=False)
            self.words.append(Words(worker, worker.life, attempt, op))

    def deliver(self) -> None:
        """Let some words arrive; those of one attempt are in order, since it waits for answers."""
        if self.words:
            words = self.words.pop(self.chance.randrange(len(self.words)))
            self._deliver(words, answer_lost=self.chance.random() < 0.1)

    def renew(self) -> None:
        if worker := self._any_worker():
            self._renew(worker)

    def late_renewal(self) -> None:
        """Deliver a renewal that was under way while everything else went on."""
        for lease in self._late_leases():
            verdict = self.call("renew", [lease], LEASE_SECONDS)[lease.run_id]
            if (verdict is Verdict.LOST) is (self.invariants.holders.get(lease.run_id) is lease):
                raise Broken(f"the renewal of {lease} is told {verdict}")
            self.check(lease.run_id)

    def release(self) -> None:
        worker = self._any_worker()
        if worker and worker.attempts:
            self._release(worker, self.chance.choice(list(worker.attempts)))

    def pause(self) -> None:
        worker = self.chance.choice(self.workers)
        worker.stopped = not worker.stopped

    def crash(self) -> None:
        worker = self.chance.choice(self.workers)
        if worker.up:
            self._die(worker)
        else:
            self._rise(worker)

    def replay(self) -> None:
        """Say again, in an old lease's name, what could have been said under it."""
        run_id = self._any_id()
        leases = self.invariants.leases.get(run_id, ()) if run_id else ()
        held = self.invariants.holders.get(run_id) if run_id else None
        stale = [lease for lease in leases if lease is not held]
        if run_id and stale:
            self._replay(self.chance.choice(stale))
            self.check(run_id)

    def _replay(self, lease: Lease) -> None:
        said = self.chance.randint(0, 4)
        attempt = Attempt(lease, self.chance.randint(1, 4), 4, False, recorded=said)
        if self.chance.random() < 0.3:
            op = Op("record", (lease.run_id, moves.released(lease, "")), lease, "release")
        else:
            op = self._next_words(attempt, sure=self.chance.random() < 0.5)
        before = self.model.all.runs.get(lease.run_id)
        self.call(op.name, *op.args, lease=lease, what=op.what)
        if self.model.all.runs.get(lease.run_id) is not before:
            raise Broken(f"stale words were accepted: {op} {before}")
        self.stale_words += 1

    # The end

    def settle_down(self) -> None:
        """Stop all faults; within the bound every run must end, or wait for an answer."""
        for worker in self.workers:
            self._die(worker) if worker.up and self.chance.random() < 0.3 else None
            worker.stopped = False
            self._rise(worker)
        until = self.now + BOUND
        while self.now < until:
            while self.words:
                self._deliver(self.words.pop(0), answer_lost=False)
            self._a_round()
            if not self._open():
                return
            self.now += timedelta(seconds=1)
        raise Broken(f"stuck: {self._open()}")

    def _a_round(self) -> None:
        for worker in self.workers:
            self._renew(worker)
            self._claim(worker, 10)
            for attempt in list(worker.attempts.values()):
                if not attempt.waits:
                    op = self._next_words(attempt, sure=True)
                    words = Words(worker, worker.life, attempt, op)
                    self._deliver(words, answer_lost=False)
        self.sweep()

    def _open(self) -> list[Run]:
        runs = self.model.all.runs.values()
        return [r for r in runs if not r.status.final and r.status is not S.INTERRUPTED]

    # How workers do it

    def _claim(self, worker: Worker, limit: int) -> None:
        op = self._claim_op(worker, limit)
        self._claimed(worker, self.call(op.name, *op.args))

    def _claim_op(self, worker: Worker, limit: int) -> Op:
        return Op("claim", (worker.full_name, limit, worker.graphs, LEASE_SECONDS))

    def _claimed(self, worker: Worker, found: Sequence[Run]) -> None:
        for run in found:
            lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id=worker.full_name)
            self.invariants.on_claim(run, lease)
            steps = int(run.labels["steps"])
            asks = run.labels["asks"] == "1" and not run.interrupts
            attempt = Attempt(lease, (run.checkpoint or 0) + 1, steps, asks)
            worker.attempts[run.run_id] = attempt
            self.check(run.run_id)

    def _renew(self, worker: Worker) -> None:
        held = [attempt.lease for attempt in worker.attempts.values()]
        if not held:
            return
        for run_id, verdict in self.call("renew", held, LEASE_SECONDS).items():
            if verdict is Verdict.LOST:
                del worker.attempts[run_id]
            elif verdict is Verdict.CANCEL:
                worker.attempts[run_id].cancelling = True
            self.check(run_id)

    def _release(self, worker: Worker, run_id: RunId) -> None:
        attempt = worker.attempts.pop(run_id)
        move = moves.released(attempt.lease, "the worker is stopping")
        self.call("record", run_id, move, lease=attempt.lease, what="release")
        self.check(run_id)

    def _die(self, worker: Worker) -> None:
        worker.up = False
        worker.attempts.clear()
        if self.chance.random() < 0.5:  # else what it said last still arrives
            self.words = [words for words in self.words if words.worker is not worker]

    def _rise(self, worker: Worker) -> None:
        if not worker.up:
            worker.up, worker.life = True, worker.life + 1

    def _deliver(self, words: Words, *, answer_lost: bool) -> None:
        op = words.op
        answer = self.call(op.name, *op.args, lease=op.lease, what=op.what)
        self.check(words.attempt.lease.run_id)
        self._heard(words, answer, answer_lost=answer_lost)

    def _heard(self, words: Words, answer: Any, *, answer_lost: bool) -> None:
        op, attempt, worker = words.op, words.attempt, words.worker
        if words.life != worker.life or worker.attempts.get(attempt.lease.run_id) is not attempt:
            return  # Nobody is there any more to hear the answer.
        if answer_lost and self.chance.random() < 0.7:
            self.words.append(words)  # It says the same again.
            self.repeated_words += 1
            return
        attempt.waits = False
        if answer_lost or isinstance(answer, Error) or op.what == "settle":
            del worker.attempts[attempt.lease.run_id]  # It lets go; a lost run's lease will end.
        else:
            attempt.step += 1
            attempt.recorded += 1

    def _next_words(self, attempt: Attempt, *, sure: bool) -> Op:
        lease, chance = attempt.lease, self.chance
        if attempt.cancelling:
            return self._settling(lease, Progress(), Cancelled())
        if attempt.step > attempt.steps:
            return self._settling(lease, Progress(number=attempt.recorded + 1), Succeeded(b"{}"))
        if not sure and chance.random() < 0.05:
            failed = Failed(RunError(code=9, reason="NODE_FAILED", message=""))
            return self._settling(lease, Progress(number=attempt.recorded + 1), failed)
        if attempt.asks and chance.random() < 0.5:
            return self._settling(lease, *self._questions(attempt))
        progress = self._step(attempt)
        if attempt.step == attempt.steps and chance.random() < 0.5:
            return self._settling(lease, progress, Succeeded(b"{}"))
        return Op("record", (lease.run_id, moves.progressed(lease, progress)), lease, "progress")

    def _settling(self, lease: Lease, progress: Progress, outcome: Outcome) -> Op:
        move = moves.settled(lease, progress, outcome)
        return Op("record", (lease.run_id, move), lease, "settle")

    def _questions(self, attempt: Attempt) -> tuple[Progress, Interrupted]:
        step_id = step_id_of("node", attempt.step)
        asked = tuple(
            Interrupt(
                interrupt_id=f"{attempt.lease.epoch}-{number}",
                node="node",
                step_id=step_id,
                index=number,
                value=b"1",
                created_at=self.now,
            )
            for number in range(self.chance.randint(1, 2))
        )
        events = tuple(NewEvent(at=self.now, detail=InterruptRaised(interrupt=i)) for i in asked)
        return Progress(number=attempt.recorded + 1, events=events), Interrupted(asked)

    def _step(self, attempt: Attempt) -> Progress:
        run_id, number, at = attempt.lease.run_id, attempt.step, self.now
        done = LogEntry(severity=6, message=step_id_of("node", number))
        step = Step(
            run_id=run_id,
            step_id=step_id_of("node", number),
            superstep=number,
            node="node",
            visit=number,
            attempt=1,
            status=S.SUCCEEDED,
            started_at=at,
            ended_at=at,
            checkpoint=number,
        )
        checkpoint = Checkpoint(
            run_id=run_id,
            number=number,
            superstep=number,
            nodes=("node",),
            next=(),
            full=True,
            body=b"{}",
            created_at=at,
        )
        event = NewEvent(at=at, detail=done, step_id=step.step_id)
        return Progress(
            number=attempt.recorded + 1, events=(event,), steps=(step,), checkpoints=(checkpoint,)
        )

    def _any_id(self) -> RunId | None:
        return self.chance.choice(self.ids) if self.ids else None

    def _any_worker(self) -> Worker | None:
        acting = [worker for worker in self.workers if worker.acts]
        return self.chance.choice(acting) if acting else None


CANCEL: Final = moves.cancelled(reason="", etag="", grace_seconds=GRACE_SECONDS)
ACTIONS: Final = {
    "create": 3,
    "burst": 1,
    "cancel": 1,
    "resume": 2,
    "label": 0.3,
    "delete": 1,
    "sweep": 1,
    "abandon": 0.3,
    "disconnect": 0.7,
    "claim": 5,
    "work": 10,
    "deliver": 10,
    "renew": 3,
    "late_renewal": 1,
    "release": 0.7,
    "pause": 0.7,
    "crash": 0.7,
    "replay": 2,
}
"""What can happen, and how often beside the others."""
