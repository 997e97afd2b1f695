"""Where in a request something is: paths that people read, and programs take apart.

A path is names with dots between them. An element of a list is ``[2]``; a key that is no plain name
is a JSON string in brackets: ``definition.nodes["a.b"].tool``. So each path has one meaning.
"""

import json
import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def field_path(place: str, *parts: str | int) -> str:
    """Return a path such as ``spec.input.rows[0].name``, which goes on from a place."""
    for part in parts:
        if isinstance(part, int):
            place += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            place += f".{part}"
        else:
            place += f"[{json.dumps(part, ensure_ascii=False)}]"
    return place
