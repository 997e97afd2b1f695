"""Namespaces: each holds its own runs, graphs and artifacts, and knows of no other.

Inside the server an id is whole: ``namespace/id``, or the id alone in the default namespace, so
that two namespaces can use the same id and neither can name what is the other's. Callers only ever
send and see the id; the edge makes it whole, and cuts it again.
"""

import re
from typing import Final

from runwire.domain.errors import invalid

DEFAULT_NAMESPACE: Final = "default"
SEPARATOR: Final = "/"

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_namespace(text: str, *, name: str = "namespace") -> str:
    """Return a namespace's name; raise Invalid if it is malformed."""
    if _NAME.fullmatch(text) is None:
        raise invalid(
            name,
            "must be 1 to 63 lower-case letters, digits or '-', the first and last no '-'",
        )
    return text


def whole_id(namespace: str, local: str) -> str:
    """Return the id that the server uses for what a caller in a namespace names; "" stays ""."""
    if namespace == DEFAULT_NAMESPACE or not local:
        return local
    return f"{namespace}{SEPARATOR}{local}"


def local_id(whole: str) -> str:
    """Return the id as callers in its namespace name it."""
    return whole.rpartition(SEPARATOR)[2]


def namespace_of(whole: str) -> str:
    """Return the namespace of what an id names."""
    return whole.rpartition(SEPARATOR)[0] or DEFAULT_NAMESPACE
