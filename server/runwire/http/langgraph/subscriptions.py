"""What somebody wants to see of a thread: channels, namespaces, how deep, and from where on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runwire.domain.errors import invalid

CHANNELS: Final = (
    *("values", "updates", "messages", "tools", "lifecycle", "input", "checkpoints", "tasks"),
    "custom",
)
NAMED: Final = "custom:"
MAX_CHANNELS: Final = 100
MAX_NAMESPACES: Final = 1000
MAX_DEPTH: Final = 1000

_CHANNEL_OF: Final = {"input.requested": "input", "input.answered": "input"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Which events are wanted; no namespaces are all of them, no depth is any."""

    channels: frozenset[str]
    namespaces: tuple[tuple[str, ...], ...] = ()
    depth: int | None = None
    since: int | None = None

    def wants(self, method: str, namespace: Sequence[str], name: str = "") -> bool:
        """Whether an event is meant; ``name`` is that of a custom one."""
        channel = _CHANNEL_OF.get(method, method)
        if channel not in self.channels and not (name and f"{NAMED}{name}" in self.channels):
            return False
        if not self.namespaces:
            return True
        return any(self._within(namespace, prefix) for prefix in self.namespaces)

    def _within(self, namespace: Sequence[str], prefix: Sequence[str]) -> bool:
        if len(prefix) > len(namespace):
            return False
        if not all(map(_fits, namespace, prefix)):
            return False
        return self.depth is None or len(namespace) - len(prefix) <= self.depth


def subscription_of(params: Mapping[str, Any]) -> Subscription:
    """Return what a client asks for; raise Invalid."""
    channels = params.get("channels")
    if not isinstance(channels, list) or not channels:
        raise invalid("channels", "is required and must be a non-empty array")
    if len(channels) > MAX_CHANNELS:
        raise invalid("channels", f"there may be {MAX_CHANNELS} at most")
    unknown = [repr(each)[:64] for each in channels if not _known(each)]
    if unknown:
        allowed = f"{', '.join(CHANNELS)}, or any custom:<name>"
        raise invalid("channels", f"unsupported: {', '.join(unknown)}; allowed: {allowed}")
    return Subscription(
        channels=frozenset(channels),
        namespaces=_namespaces(params.get("namespaces")),
        depth=_count(params.get("depth"), "depth", MAX_DEPTH),
        since=_count(params.get("since"), "since", 2**53),
    )


def namespace_of(value: Any, *, name: str) -> tuple[str, ...]:
    """Return a namespace that a client names; raise Invalid."""
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise invalid(name, "must be an array of strings")
    if len(value) > MAX_DEPTH:
        raise invalid(name, f"must have {MAX_DEPTH} segments at most")
    return tuple(value)


def _namespaces(value: Any) -> tuple[tuple[str, ...], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise invalid("namespaces", "must be an array of namespaces")
    if len(value) > MAX_NAMESPACES:
        raise invalid("namespaces", f"there may be {MAX_NAMESPACES} at most")
    return tuple(namespace_of(each, name=f"namespaces[{at}]") for at, each in enumerate(value))


def _count(value: Any, name: str, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise invalid(name, f"must be an integer from 0 to {most}")
    return value


def _known(channel: Any) -> bool:
    if not isinstance(channel, str):
        return False
    return channel in CHANNELS or (channel.startswith(NAMED) and len(channel) > len(NAMED))


def _fits(segment: str, wanted: str) -> bool:
    """Whether a segment is meant: a wanted one without a ``:`` leaves open which task it is."""
    if segment == wanted:
        return True
    return ":" not in wanted and segment.partition(":")[0] == wanted
