"""Which template a path fits: literals before `*` before `**`, whatever the order of the rules.

1. A verb counts only where a template has it; otherwise `:` is a character like any other. (The
   transcoder looks at those of other HTTP methods, too.)
2. `*` needs a segment that is not empty. `**` takes none too, but a verb hangs on a segment, so
   `/a/**:verb` does not fit `/a:verb`.
3. Literals are compared decoded, so `/%76%31` is `/v1`; an escaped `/` or `:` separates nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from httprule.escapes import unescape
from httprule.faults import Invalid
from httprule.template import ONE, REST, Template

T = TypeVar("T")


@dataclass(slots=True)
class _Node(Generic[T]):
    literals: "dict[str, _Node[T]]" = field(default_factory=dict)
    one: "_Node[T] | None" = None
    ends: dict[str, T] = field(default_factory=dict)
    rests: dict[str, T] = field(default_factory=dict)


class Trie(Generic[T]):
    """Templates of one HTTP method, and what each leads to."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._verbs: set[str] = set()

    def add(self, template: Template, value: T) -> T | None:
        """Add a template; if another one fits the same paths, return its value instead."""
        node = self._root
        rest = template.segments[-1:] == (REST,)
        for segment in template.segments[: len(template.segments) - rest]:
            if segment != ONE:
                node = node.literals.setdefault(segment, _Node())
                continue
            if node.one is None:
                node.one = _Node()
            node = node.one
        leaves = node.rests if rest else node.ends
        if template.verb in leaves:
            return leaves[template.verb]
        leaves[template.verb] = value
        self._verbs.add(template.verb)
        return None

    def find(self, raw_path: str) -> tuple[T, Sequence[str]] | None:
        """Return what a raw path leads to, with its raw segments, the verb taken off."""
        if not raw_path.startswith("/"):
            return None
        segments = [] if raw_path == "/" else raw_path[1:].split("/")
        if segments:
            last, _, verb = segments[-1].rpartition(":")
            if verb and verb in self._verbs:
                shorter = [*segments[:-1], last]
                found = _find(self._root, [_Segment(text) for text in shorter], 0, verb)
                if found is not None:
                    return found, shorter
        found = _find(self._root, [_Segment(text) for text in segments], 0, "")
        return None if found is None else (found, segments)


class _Segment:
    """A raw segment, and what it is compared as."""

    __slots__ = ("raw", "text")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.text = raw if "%" not in raw else _compared(raw)


def _compared(raw: str) -> str:
    try:
        return unescape(raw)
    except Invalid:
        # No literal looks like it; where a variable takes it, the caller is told.
        return ""


def _find(node: _Node[T], segments: Sequence[_Segment], at: int, verb: str) -> T | None:
    if at == len(segments):
        if verb in node.ends:
            return node.ends[verb]
        return node.rests.get(verb) if not verb else None
    segment = segments[at]
    found: T | None = None
    literal = node.literals.get(segment.text)
    if literal is not None:
        found = _find(literal, segments, at + 1, verb)
    if found is None and node.one is not None and segment.raw:
        found = _find(node.one, segments, at + 1, verb)
    return node.rests.get(verb) if found is None else found
