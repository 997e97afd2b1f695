"""Path templates of google.api.http: `/v1/{name=shelves/*/books/**}:verb`.

1. Segments are literals, `*` for one, `**` for any number; `{field}` is `{field=*}`.
2. `**` only comes last, before the verb. Variables stand for whole segments, hold no others, and
   none comes twice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from httprule.escapes import unescape
from httprule.faults import Invalid, TemplateError

ONE: Final = "*"
REST: Final = "**"

_LITERAL: Final = r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+"
_PLAIN: Final = rf"(?:\*\*|\*|{_LITERAL})"
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_FIELD: Final = rf"{_NAME}(?:\.{_NAME})*"
_VARIABLE: Final = rf"\{{{_FIELD}(?:={_PLAIN}(?:/{_PLAIN})*)?\}}"
_SEGMENT: Final = rf"(?:{_PLAIN}|{_VARIABLE})"
_TEMPLATE: Final = re.compile(
    rf"/(?:(?P<segments>{_SEGMENT}(?:/{_SEGMENT})*)(?::(?P<verb>{_LITERAL}))?)?"
)
_PART: Final = re.compile(rf"\{{(?P<field>{_FIELD})(?:=(?P<inner>[^}}]*))?\}}|(?P<plain>{_PLAIN})")


@dataclass(frozen=True, slots=True)
class Variable:
    """A field whose value is taken from the path: from which segments, and their pattern."""

    field: str
    start: int
    segments: tuple[str, ...]

    @property
    def many(self) -> bool:
        """Whether the value may hold slashes that stand between segments."""
        return len(self.segments) > 1 or REST in self.segments

    def value(self, raw: Sequence[str], kept: str) -> str:
        """Return the value in the raw segments of a path; `kept` escapes stay, if it has many."""
        if not self.many:
            value = unescape(raw[self.start])
        else:
            end = None if self.segments[-1] == REST else self.start + len(self.segments)
            value = unescape("/".join(raw[self.start : end]), kept)
        # A value that is pasted into a path elsewhere must not lead out of it.
        if any(step in (".", "..") for step in value.split("/")):
            raise Invalid("`.` and `..` are no values of a path", self.field)
        return value


@dataclass(frozen=True, slots=True)
class Template:
    """A path template, taken apart."""

    text: str
    segments: tuple[str, ...]
    verb: str
    variables: tuple[Variable, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Take a template apart, or say what is wrong with it."""
        found = _TEMPLATE.fullmatch(text)
        if found is None:
            raise TemplateError(f"`{text}` is no path template")
        segments: list[str] = []
        variables: list[Variable] = []
        for field, parts in _parts(found["segments"] or ""):
            if field:
                variables.append(Variable(field, len(segments), parts))
            segments += parts
        template = cls(text, tuple(segments), found["verb"] or "", tuple(variables))
        template._check()
        return template

    def __str__(self) -> str:
        return self.text

    def _check(self) -> None:
        if REST in self.segments[:-1]:
            raise TemplateError(f"`{self.text}`: `**` has to be the last segment")
        fields = [variable.field for variable in self.variables]
        for field in fields:
            if fields.count(field) > 1:
                raise TemplateError(f"`{self.text}` has the variable {field} twice")


def _parts(segments: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for part in _PART.finditer(segments):
        inner = part["plain"] or part["inner"] or ONE
        yield part["field"] or "", tuple(_literal(segment) for segment in inner.split("/"))


def _literal(segment: str) -> str:
    # Literals are compared decoded; a wildcard is never spelled with an escape.
    return segment if segment in (ONE, REST) else unescape(segment).replace(ONE, "%2A")
