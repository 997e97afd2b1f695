"""Namespaces: each holds its own runs, graphs and artifacts, and knows of no other.

Inside the server an id is whole: ``namespace/id``, or the id alone in the default namespace, so
that two namespaces can use the same id and neither can name what is the other's. Callers only ever
send and see the id; the edge makes it whole, and cuts it again.

What stands before the first "/" of something whole is always a namespace: a text of the default
one that holds a "/" itself (a thread's name may) is ``default/`` and the text.
"""

import re
from typing import Final

from runwire.domain.errors import Error, Violation, invalid

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
    if not local or (namespace == DEFAULT_NAMESPACE and SEPARATOR not in local):
        return local
    return f"{namespace}{SEPARATOR}{local}"


def local_id(whole: str) -> str:
    """Return the id as callers in its namespace name it."""
    return whole.partition(SEPARATOR)[2] if SEPARATOR in whole else whole


def namespace_of(whole: str) -> str:
    """Return the namespace of what an id names."""
    return whole.partition(SEPARATOR)[0] if SEPARATOR in whole else DEFAULT_NAMESPACE


def spoken(text: str, namespace: str) -> str:
    """Return a text that people read, with the ids in it as callers in a namespace name them."""
    if namespace == DEFAULT_NAMESPACE or SEPARATOR not in text:
        return text
    return re.sub(rf"(?<![\w./~-]){re.escape(namespace)}{SEPARATOR}(?=\w)", "", text)


def speak(error: Error, namespace: str) -> Error:
    """Say an error in the words of callers in a namespace, in place; return it."""
    if namespace == DEFAULT_NAMESPACE:
        return error
    error.message = spoken(error.message, namespace)
    error.args = (error.message,)
    error.metadata = {key: spoken(value, namespace) for key, value in error.metadata.items()}
    error.violations = tuple(
        Violation(each.field, spoken(each.description, namespace)) for each in error.violations
    )
    return error
