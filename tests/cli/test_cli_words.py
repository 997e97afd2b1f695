import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.text import Text

from runwire.cli.output import Output, plain
from runwire.cli.progress import Progress
from runwire.cli.screens import LiveScreen
from runwire.cli.sentences import SENTENCES, sentence
from runwire.cli.values import json_value, lasted, pairs, shortened, spell_bytes, spell_seconds
from runwire_client import ArtifactReference, Event
from runwire_client.events import event_from_message
from runwire_client.v1 import event_pb2, payload_pb2, run_pb2

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def payload(value: object) -> payload_pb2.Payload:
    return payload_pb2.Payload(data=json.dumps(value).encode())


def event(step: str = "", second: int = 0, **detail: Any) -> Event:
    time = Timestamp()
    time.FromDatetime(NOON + timedelta(seconds=second))
    return event_from_message(
        event_pb2.RunEvent(run_id="r", sequence=1, event_time=time, step_id=step, **detail)
    )


def step(status: int, attempt: int = 1, message: str = "", second: int = 0) -> Event:
    changed = event_pb2.RunStepChanged(
        to_status=run_pb2.RunStatus.ValueType(status), attempt=attempt, node="a", message=message
    )
    return event("a:1", second, step_changed=changed)


SAID = {
    "status_changed": (
        event(
            status_changed=event_pb2.RunStatusChanged(
                to_status=run_pb2.RUN_STATUS_CANCELLED, reason="too slow"
            )
        ),
        "run CANCELLED too slow",
    ),
    "step_changed": (step(6, 2, "boom [red]"), "a:1 FAILED attempt 2 boom [red]"),
    "output_chunk": (
        event("a:1", output_chunk=event_pb2.RunOutputChunk(channel="t", payload=payload("x\ny"))),
        "a:1 t: x y",
    ),
    "log_entry": (
        event(log_entry=event_pb2.RunLogEntry(severity=3, message="m", fields=payload({"a": 1}))),
        'error m {"a": 1}',
    ),
    "artifact_added": (
        event(
            artifact_added=event_pb2.RunArtifactAdded(
                artifact_id="i", filename="f.csv", size_bytes=2048
            )
        ),
        "artifact i f.csv 2.0 KiB",
    ),
    "custom": (
        event(custom=event_pb2.RunCustomEvent(type="org.x", payload=payload([1]))),
        "org.x [1]",
    ),
    "state_updated": (
        event(state_updated=event_pb2.RunStateUpdated(update=payload({"n": 1}), next_nodes=["b"])),
        'state {"n": 1} → b',
    ),
    "progress": (event(progress=event_pb2.RunProgress(fraction=0.5, message="half")), "50% half"),
    "interrupt_raised": (
        event(
            interrupt_raised=event_pb2.RunInterruptRaised(
                interrupt=run_pb2.Interrupt(interrupt_id="q", value=payload("ok?"))
            )
        ),
        "asks ok? (q)",
    ),
    "interrupt_answered": (
        event(
            interrupt_answered=event_pb2.RunInterruptAnswered(interrupt_id="q", answer=payload(1))
        ),
        "answered 1 (q)",
    ),
}


def test_every_kind_of_event_has_a_sentence() -> None:
    kinds = [each.name for each in event_pb2.RunEvent.DESCRIPTOR.oneofs_by_name["detail"].fields]
    assert set(SENTENCES) == set(kinds) == set(SAID)


@pytest.mark.parametrize(("happened", "expected"), SAID.values(), ids=SAID)
def test_an_event_is_told_in_a_line(happened: Event, expected: str) -> None:
    assert Text.from_markup(sentence(happened)).plain == expected


def test_a_kind_of_a_newer_server_is_silence() -> None:
    assert sentence(event()) == ""


def test_steps_are_shown_as_they_stand() -> None:
    progress = Progress()
    progress.take(step(2))
    progress.take(event("a:1", progress=event_pb2.RunProgress(fraction=0.5, message="half")))
    [running] = progress.steps()
    assert (running.status, running.fraction, running.message) == ("running", 0.5, "half")
    progress.take(step(6, message="boom", second=3))
    [failed] = progress.steps()
    assert failed.ended_at == NOON + timedelta(seconds=3)
    progress.take(step(2, attempt=2, second=5))
    [again] = progress.steps()
    assert (again.attempt, again.ended_at) == (2, None)
    assert again.started_at == NOON + timedelta(seconds=5)


def test_output_is_shown_by_its_end() -> None:
    progress = Progress()
    for number in range(100):
        chunk = event_pb2.RunOutputChunk(channel="tokens", payload=payload(f"word{number} "))
        progress.take(event("a:1", output_chunk=chunk))
    [(channel, tail)] = progress.tails()
    assert channel == "tokens"
    assert tail.endswith("word98 word99 ")
    assert len(tail) <= 240


def test_the_live_view_shows_the_newest_steps_that_fit() -> None:
    output = Output(as_json=False)
    output.console = Console(width=100, height=20, record=True, file=None, quiet=False)
    screen = LiveScreen(output, now=lambda: NOON.timestamp() + 2)
    for number in range(30):
        changed = event_pb2.RunStepChanged(
            to_status=run_pb2.RUN_STATUS_RUNNING, attempt=1, node="a"
        )
        screen.event(event(f"a:{number}", step_changed=changed))
    with output.console.capture() as captured:
        output.console.print(screen.rendered())
    shown = captured.get()
    assert "… 20 steps before" in shown
    assert "a:29" in shown
    assert "a:3 " not in shown
    assert "2.0 s" in shown


def test_values_of_the_client_become_json() -> None:
    happened = SAID["state_updated"][0]
    shown = plain([happened, ArtifactReference("i"), 2**70, b"\xff", NOON])
    assert shown[0]["data"]["update"] == {"n": 1}
    assert "message" not in shown[0]
    assert shown[1:] == [{"artifact_id": "i"}, 2**70, "/w==", "2026-11-21T12:00:00Z"]
    json.dumps(shown)


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ('"a"', "a"), ("[1]", [1]), ("null", None), ("1e3", 1000.0)]
)
def test_json_is_read(text: str, value: object) -> None:
    assert json_value(text, "--input") == value


def test_json_is_read_from_a_file(tmp_path: Any) -> None:
    path = tmp_path / "input.json"
    path.write_text('{"n": "ü"}', encoding="utf-8")
    assert json_value(f"@{path}", "--input") == {"n": "ü"}


@pytest.mark.parametrize("text", ["yes", "{", "", "NaN,"])
def test_what_is_not_json_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="Give JSON such as"):
        json_value(text, "--input")


def test_labels_are_pairs() -> None:
    assert pairs(["a=1", "b=x=y", "c="], "--label") == {"a": "1", "b": "x=y", "c": ""}
    for wrong in ("a", "=1"):
        with pytest.raises(typer.BadParameter, match="KEY=VALUE"):
            pairs([wrong], "--label")


def test_durations_and_sizes_are_spelled_for_people() -> None:
    assert [spell_seconds(each) for each in (0.04, 59.94, 61, 7260)] == [
        "0.0 s",
        "59.9 s",
        "1 min 1 s",
        "2 h 1 min",
    ]
    assert [spell_bytes(each) for each in (1023, 2048, 3 << 20, 4 << 30)] == [
        "1023 B",
        "2.0 KiB",
        "3.0 MiB",
        "4.0 GiB",
    ]
    assert lasted(NOON, None) == ""
    assert shortened("a\n b  c", 10) == "a b c"
    assert shortened("abcdef", 4) == "abc…"
