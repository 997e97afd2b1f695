"""Filters and orders from text.

A filter is a subset of AIP-160:

    labels.team = "risk" AND (status = RUNNING OR status = QUEUED) -graph_id = nightly

1. OR binds tighter than AND; comparisons beside each other mean AND.
2. Fields: status, graph_id, thread_id, queue, priority, create_time, start_time, end_time (RFC
   3339) and labels.KEY, whose KEY may be quoted. Only numbers and times are ordered: databases
   differ in how they sort text.
3. ``:`` asks whether a field has a value: ``labels:team`` and ``labels.team:*`` whether it has any.
4. A word or a quoted text without an operator is free text, where that can be looked for.
5. What is wrong is always an Invalid that names ``filter``, the column and the remedy.
"""

import re
from typing import Final

from runwire.domain.errors import Invalid, invalid
from runwire.domain.filter import EVERYTHING, And, Comparison, Filter, Not, Or, Order, Text
from runwire.domain.filter_fields import RUNS, Fields, plain_text

MAX_CHARACTERS: Final = 2000
MAX_COMPARISONS: Final = 50
MAX_NESTING: Final = 20
MAX_TEXTS: Final = 10

_KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "-"})
_SPACE: Final = re.compile(r"\s*")
_OPERATOR: Final = re.compile(r"!=|<=|>=|[=<>:]")
_WORD: Final = re.compile(r"""[^\s()=<>!:,."']+""")
_BARE: Final = re.compile(r"""[^\s()=<>!:,"']+""")
_VALUE: Final = re.compile(r"""[^\s()=<>!,"']+""")
_QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def parse_filter(text: str, fields: Fields | None = None) -> Filter:
    """Return the filter a text means, for an empty one everything; raise Invalid (`filter`).

    The fields are those of runs unless others are given.
    """
    if len(text) > MAX_CHARACTERS:
        raise invalid("filter", f"is longer than {MAX_CHARACTERS} characters")
    if "\0" in text:
        raise invalid("filter", "must not hold NUL characters")
    parser = _Parser(text, fields or RUNS)
    if parser.done():
        return EVERYTHING
    found = parser.expression()
    if not parser.done():
        raise parser.fault("expected AND, OR, a comparison or the end")
    return found


def parse_order(text: str) -> Order:
    """Return the order a text means, for an empty one newest first; raise Invalid (`order_by`)."""
    match text.split():
        case []:
            return Order()
        case ["create_time" | "priority" as field]:
            return Order(field, descending=False)
        case ["create_time" | "priority" as field, "asc" | "desc" as direction]:
            return Order(field, descending=direction == "desc")
        case _:
            raise invalid("order_by", "must be create_time or priority, with desc behind it or not")


class _Parser:
    """Reads a filter from left to right; one method per rule of the grammar."""

    def __init__(self, text: str, fields: Fields) -> None:
        self._text = text
        self._fields = fields
        self._at = 0
        self._comparisons = 0
        self._texts = 0
        self._nesting = 0

    def done(self) -> bool:
        self._skip(_SPACE)
        return self._at == len(self._text)

    def expression(self) -> Filter:
        parts = [self._either()]
        while not self.done() and self._text[self._at] != ")":
            self._keyword("AND")
            parts.append(self._either())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def fault(self, remedy: str, *, at: int | None = None) -> Invalid:
        return invalid("filter", f"column {(self._at if at is None else at) + 1}: {remedy}")

    def _either(self) -> Filter:
        parts = [self._term()]
        while self._keyword("OR"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _term(self) -> Filter:
        self._skip(_SPACE)
        if self._keyword("NOT") or self._take("-"):
            return Not(self._simple())
        return self._simple()

    def _simple(self) -> Filter:
        self._skip(_SPACE)
        if not self._take("("):
            return self._comparison()
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self.fault(f"nested deeper than {MAX_NESTING} levels")
        found = self.expression()
        if not self._take(")"):
            raise self.fault("expected a closing parenthesis")
        self._nesting -= 1
        return found

    def _free_text(self) -> Text | None:
        """Take a word or a quoted text that stands alone; None, and nothing taken, if none does."""
        start = self._at
        text = self._quoted() if self._fields.free_text else None
        quoted = text is not None
        if text is None:
            text = self._skip(_BARE)
        by_key = text.endswith(".") and self._text[self._at : self._at + 1] in ('"', "'")
        self._skip(_SPACE)
        compared = _OPERATOR.match(self._text, self._at) is not None
        if quoted and compared:
            raise self.fault("a quoted text cannot be compared: name a field", at=start)
        alone = self._fields.free_text and not compared and not by_key
        if not alone or not (quoted or text):
            self._at = start
            return None
        if not text or (not quoted and text in _KEYWORDS):
            raise self.fault(f"expected a comparison, such as {self._fields.example}", at=start)
        self._texts += 1
        if self._texts > MAX_TEXTS:
            raise self.fault(f"more than {MAX_TEXTS} texts to look for", at=start)
        return Text(text)

    def _comparison(self) -> Filter:
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            raise self.fault(f"more than {MAX_COMPARISONS} comparisons")
        start = self._at
        text = self._free_text()
        if text is not None:
            return text
        field = self._field()
        self._skip(_SPACE)
        operator_at = self._at
        operator = self._skip(_OPERATOR)
        if not operator:
            raise self.fault("expected an operator: one of = != < <= > >= :")
        self._skip(_SPACE)
        value_at = self._at
        value, quoted = self._value()
        if operator == ":":
            has = _has(field, value, quoted, self._fields.marks)
            if has is None:
                raise self.fault(f"{field} cannot be asked for any value", at=value_at)
            field, operator, value = has
        return self._typed(field, operator, value, (start, operator_at, value_at))

    def _typed(self, field: str, operator: str, value: str, at: tuple[int, int, int]) -> Comparison:
        if operator == ":":
            return Comparison(field, operator, value)
        fields = self._fields
        marked = field.startswith(f"{fields.marks}.")
        convert = plain_text if marked else fields.kinds.get(field)
        if convert is None:
            raise self.fault(f"no field {field[:64]!r}: one of {fields.names}", at=at[0])
        if operator not in ("=", "!=") and field not in fields.ordered:
            raise self.fault(f"{field} has no order: compare it with = or !=", at=at[1])
        try:
            return Comparison(field, operator, convert(value))
        except (ValueError, OverflowError) as error:
            raise self.fault(str(error), at=at[2]) from None

    def _field(self) -> str:
        name = self._skip(_WORD)
        if not name:
            raise self.fault(f"expected a comparison, such as {self._fields.example}")
        if not self._take("."):
            return name
        key = self._quoted()
        if key is None:
            # A key may hold dots: labels.example.com/team.
            key = self._skip(_WORD)
            while key and self._take("."):
                key += "." + self._skip(_WORD)
        if not key:
            raise self.fault(f"expected a key, such as {self._fields.marks}.team")
        return f"{name}.{key}"

    def _value(self) -> tuple[str, bool]:
        quoted = self._quoted()
        if quoted is not None:
            return quoted, True
        value = self._skip(_VALUE)
        if not value:
            raise self.fault("expected a value; quote it if it holds blanks or signs")
        return value, False

    def _quoted(self) -> str | None:
        if self._text[self._at : self._at + 1] not in ('"', "'"):
            return None
        found = self._skip(_QUOTED)
        if not found:
            raise self.fault("the quote is never closed")
        return _ESCAPE.sub(r"\1", found[1:-1])

    def _keyword(self, word: str) -> bool:
        self._skip(_SPACE)
        end = self._at + len(word)
        if self._text[self._at : end] != word or _WORD.match(self._text, end):
            return False
        self._at = end
        return True

    def _take(self, sign: str) -> bool:
        taken = self._text.startswith(sign, self._at)
        self._at += len(sign) if taken else 0
        return taken

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]


def _has(field: str, value: str, quoted: bool, marks: str) -> tuple[str, str, str] | None:
    """Return "has" in plainer words, or None where it has no meaning."""
    if field == marks:
        return f"{marks}.{value}", ":", "*"
    if value != "*" or quoted:
        return field, "=", value
    if field.startswith(f"{marks}."):
        return field, ":", "*"
    return ("thread_id", "!=", "") if field == "thread_id" else None
