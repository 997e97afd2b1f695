"""The end of a JSON value in a text, found without reading the value, and whether it is JSON.

1. One pattern runs over everything between two brackets, so that a value costs one step of Python
   per bracket and no recursion: a thousand levels need no stack.
2. It is the grammar of RFC 8259: NaN, Infinity, trailing commas and control characters are not.
"""

import re
from typing import Final

from httprule.faults import UNDECODABLE, Invalid

_SPACE: Final = r"[ \t\n\r]*+"
_STRING: Final = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_NUMBER: Final = r"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?+[0-9]++)?+"
_SCALAR: Final = rf"(?:{_STRING}|{_NUMBER}|true|false|null)"
_KEY: Final = rf"{_STRING}{_SPACE}:{_SPACE}"
_PAIRS: Final = rf"(?:{_KEY}{_SCALAR}{_SPACE},{_SPACE})*+{_KEY}(?:{_SCALAR}{_SPACE}(}})|([\[{{]))"
_ITEMS: Final = rf"(?:{_SCALAR}{_SPACE},{_SPACE})*+(?:{_SCALAR}{_SPACE}(\])|([\[{{]))"

# What may stand after the opening of an object, and after a bracket closed inside it; and the same
# for arrays. Each pattern ends with the next bracket: group 1 or 3 closes, group 2 opens.
_AFTER: Final = {
    ("{", False): re.compile(rf"{_SPACE}(?:{_PAIRS}|(}}))"),
    ("{", True): re.compile(rf"{_SPACE}(?:,{_SPACE}{_PAIRS}|(}}))"),
    ("[", False): re.compile(rf"{_SPACE}(?:{_ITEMS}|(\]))"),
    ("[", True): re.compile(rf"{_SPACE}(?:,{_SPACE}{_ITEMS}|(\]))"),
}
_START: Final = re.compile(rf"{_SCALAR}|[\[{{]")
NUMBER: Final = re.compile(_NUMBER)
STRING: Final = re.compile(_STRING)


def end_of_value(text: str, start: int, max_depth: int) -> int:
    """Return where the JSON value ends that begins at `start`; refuse what is not JSON."""
    found = _START.match(text, start)
    if found is None:
        raise not_json(start)
    first = text[start]
    if first not in "[{":
        return found.end()
    return _end_of_container(text, start, max_depth)


def _end_of_container(text: str, start: int, max_depth: int) -> int:
    open_brackets, at, closed = [text[start]], start + 1, False
    while open_brackets:
        found = _AFTER[open_brackets[-1], closed].match(text, at)
        if found is None:
            raise not_json(at)
        at = found.end()
        opened = found[2]
        closed = opened is None
        if opened is None:
            open_brackets.pop()
        elif len(open_brackets) >= max_depth:
            raise too_deep(max_depth)
        else:
            open_brackets.append(opened)
    return at


def not_json(at: int) -> Invalid:
    """Return the fault of a text that stops being JSON somewhere after a character."""
    return Invalid(f"not JSON, after character {at}", reason=UNDECODABLE)


def too_deep(max_depth: int) -> Invalid:
    """Return the fault of a value that nests deeper than is allowed."""
    return Invalid(f"nests deeper than {max_depth} levels", reason=UNDECODABLE)
