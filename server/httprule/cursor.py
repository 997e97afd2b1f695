"""A place in a JSON text that moves forward as it is read, and where in the message that is.

1. Numbers are handed out as they are spelled, and any value can be taken unread: nothing is
   rounded on the way.
2. A key given twice is the reader's to refuse, since only the reader knows which spellings are one.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from httprule.faults import UNDECODABLE, Invalid
from httprule.raw import NUMBER, STRING, end_of_value, not_json, too_deep

_KEY: Final = re.compile(r'[ \t\n\r]*+"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:')
_SPACE: Final = re.compile(r"[ \t\n\r]*+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Cursor:
    """Reads one JSON text from its beginning to its end."""

    def __init__(
        self, text: str, *, max_depth: int, max_raw_depth: int, path: tuple[str, ...] = ()
    ) -> None:
        self._text = text
        self._at = 0
        self._room = max_depth
        self._max_depth = max_depth
        self._max_raw_depth = max_raw_depth
        self.path: list[str | int] = list(path)
        """Where in the message the value belongs; after a fault, where it happened."""

    def peek(self) -> str:
        """Return the first character of the next token; at the end of the text, nothing."""
        at = self._at
        character = self._text[at : at + 1]
        # All space sorts before what can begin a token.
        if character <= " ":
            self._at = at = _SPACE.match(self._text, at).end()  # type: ignore[union-attr]
            character = self._text[at : at + 1]
        return character

    def string(self) -> str:
        """Take a string."""
        if self.peek() != '"':
            raise Invalid("expected a string")
        found = STRING.match(self._text, self._at)
        if found is None:
            raise not_json(self._at)
        self._at = found.end()
        value = found.group()
        return well_formed(json.loads(value) if "\\" in value else value[1:-1])

    def number(self) -> str:
        """Take a number, as it is spelled."""
        self.peek()
        found = NUMBER.match(self._text, self._at)
        if found is None:
            raise self._unexpected("a number")
        self._at = found.end()
        return found.group()

    def boolean(self) -> bool:
        """Take `true` or `false`."""
        for word, value in (("true", True), ("false", False)):
            if self._word(word):
                return value
        raise self._unexpected("true or false")

    def null(self) -> bool:
        """Take `null` if it is next."""
        return self._word("null")

    def members(self, levels: int = 1) -> Iterator[str]:
        """Yield each key of an object, with the cursor before its value, which must be taken."""
        self._open("{", "an object", levels)
        if self.peek() == "}":
            self._close(levels)
            return
        while True:
            yield self._key()
            if self._more("}"):
                continue
            self._close(levels)
            return

    def elements(self, levels: int = 1) -> Iterator[int]:
        """Yield the index of each element of an array, with the cursor before it."""
        self._open("[", "an array", levels)
        if self.peek() == "]":
            self._close(levels)
            return
        index = 0
        while True:
            yield index
            index += 1
            if self._more("]"):
                continue
            self._close(levels)
            return

    def raw(self) -> str:
        """Take any value as it stands."""
        self.peek()
        start = self._at
        end = self._at = end_of_value(self._text, start, self._max_raw_depth)
        # `01` begins with a value, too, and is none.
        if self.peek() not in ",]}":
            raise not_json(end)
        return self._text[start:end]

    def finish(self) -> None:
        """Refuse anything but space up to the end."""
        if self.peek():
            raise not_json(self._at)

    def inside(self, text: str, levels: int) -> "Cursor":
        """Return a cursor over a text that was taken raw, at the same place of the message."""
        if self._room < levels:
            raise too_deep(self._max_depth)
        cursor = Cursor(text, max_depth=self._room - levels, max_raw_depth=self._max_raw_depth)
        cursor.path = self.path
        return cursor

    def _open(self, bracket: str, what: str, levels: int) -> None:
        if self.peek() != bracket:
            raise self._unexpected(what)
        self._at += 1
        self._room -= levels
        if self._room < 0:
            raise too_deep(self._max_depth)

    def _close(self, levels: int) -> None:
        self._at += 1
        self._room += levels

    def _more(self, bracket: str) -> bool:
        found = self.peek()
        if found == ",":
            self._at += 1
            return True
        if found != bracket:
            raise not_json(self._at)
        return False

    def _key(self) -> str:
        found = _KEY.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
            return found[1]
        if self.peek() != '"':
            raise not_json(self._at)
        key = self.string()
        if self.peek() != ":":
            raise not_json(self._at)
        self._at += 1
        return key

    def _word(self, word: str) -> bool:
        self.peek()
        if not self._text.startswith(word, self._at):
            return False
        self._at += len(word)
        return True

    def _unexpected(self, what: str) -> Invalid:
        # Something else that is JSON does not fit the field; what is no JSON fits nowhere.
        self.raw()
        return Invalid(f"expected {what}")


def well_formed(text: str) -> str:
    """Return a text that UTF-8 can hold, or refuse it."""
    if not text.isascii() and _SURROGATE.search(text):
        raise Invalid("half a surrogate pair is no character")
    return text


def decoded(body: bytes) -> str:
    """Return the text of a body; JSON is UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"not UTF-8, at byte {error.start}", reason=UNDECODABLE) from None


def where(path: list[str | int]) -> str:
    """Return a path as it is written: `tasks[2].name`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def members(raw: bytes) -> list[tuple[str, bytes]]:
    """Return the keys of a JSON object with their values as they stand; for codecs."""
    # Whoever handed the text out has measured its depth; it cannot be deeper than it is long.
    cursor = Cursor(decoded(raw), max_depth=1, max_raw_depth=len(raw))
    found = [(key, cursor.raw().encode()) for key in cursor.members()]
    cursor.finish()
    return found
