"""Events in words: one line each."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from runwire.cli.output import in_json, literal, status_markup
from runwire.cli.values import shortened, spell_bytes
from runwire_client import ArtifactReference, Event, Interrupt

LONGEST: Final = 200
SEVERITIES: Final = (
    "emergency",
    "alert",
    "critical",
    "error",
    "warning",
    "notice",
    "info",
    "debug",
)
LOUD: Final = 4


def sentence(event: Event) -> str:
    """Return what happened, with markup; empty for a kind that this program does not know."""
    say = SENTENCES.get(event.kind)
    if say is None:
        return ""
    where = f"[bold]{literal(event.step_id)}[/] " if event.step_id else ""
    return f"{where}{say(event.data)}"


def compact(value: object, max_length: int = LONGEST) -> str:
    """Return a value as short JSON; text as it is."""
    if isinstance(value, ArtifactReference):
        return f"artifact {value.artifact_id}"
    text = value if isinstance(value, str) else in_json(value)
    return literal(shortened(text, max_length))


def question(asked: Interrupt) -> str:
    """Return what an interrupt asks."""
    return f"[yellow]asks[/] {compact(asked.value)} [dim]({literal(asked.interrupt_id)})[/]"


def severity_name(number: int) -> str:
    """Return the word for a severity of RFC 5424."""
    return SEVERITIES[number] if 0 <= number < len(SEVERITIES) else "info"


def _status_changed(data: Mapping[str, Any]) -> str:
    words = ["run", status_markup(data["to_status"] or "unknown")]
    if data["attempt"] > 1:
        words.append(f"attempt {data['attempt']}")
    if data["error"]:
        words.append(literal(data["error"].message))
    if data["reason"]:
        words.append(f"[dim]{literal(data['reason'])}[/]")
    return " ".join(words)


def _step_changed(data: Mapping[str, Any]) -> str:
    words = [status_markup(data["to_status"] or "unknown")]
    if data["attempt"] > 1:
        words.append(f"attempt {data['attempt']}")
    if data["message"]:
        words.append(literal(data["message"]))
    return " ".join(words)


def _output_chunk(data: Mapping[str, Any]) -> str:
    channel = data["channel"]
    named = f"[dim]{literal(channel)}:[/] " if channel else ""
    return f"{named}{compact(data['payload'])}"


def _log_entry(data: Mapping[str, Any]) -> str:
    colour = "red" if data["severity"] < LOUD else "yellow" if data["severity"] == LOUD else "dim"
    more = f" [dim]{compact(data['fields'])}[/]" if data["fields"] else ""
    return f"[{colour}]{severity_name(data['severity'])}[/] {literal(data['message'])}{more}"


def _artifact_added(data: Mapping[str, Any]) -> str:
    size = spell_bytes(data["size_bytes"])
    return f"artifact {literal(data['artifact_id'])} {literal(data['filename'])} [dim]{size}[/]"


def _custom(data: Mapping[str, Any]) -> str:
    return f"[cyan]{literal(data['type'])}[/] {compact(data['payload'])}"


def _state_updated(data: Mapping[str, Any]) -> str:
    following = ", ".join(data["next_nodes"])
    onward = f" [dim]→ {literal(following)}[/]" if following else ""
    return f"state {compact(data['update'])}{onward}"


def _progress(data: Mapping[str, Any]) -> str:
    return f"{data['fraction']:.0%} {literal(data['message'])}".rstrip()


def _interrupt_raised(data: Mapping[str, Any]) -> str:
    return question(data["interrupt"])


def _interrupt_answered(data: Mapping[str, Any]) -> str:
    return f"answered {compact(data['answer'])} [dim]({literal(data['interrupt_id'])})[/]"


SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "status_changed": _status_changed,
    "step_changed": _step_changed,
    "output_chunk": _output_chunk,
    "log_entry": _log_entry,
    "artifact_added": _artifact_added,
    "custom": _custom,
    "state_updated": _state_updated,
    "progress": _progress,
    "interrupt_raised": _interrupt_raised,
    "interrupt_answered": _interrupt_answered,
}
