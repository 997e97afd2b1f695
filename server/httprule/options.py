"""What one transcoder does in its own way: limits, and where http.proto leaves a choice."""

from dataclasses import dataclass
from typing import Final

GENERAL_DELIMITERS: Final = ":/?#[]@"
DOMAIN: Final = "httprule"


@dataclass(frozen=True, slots=True)
class Options:
    """The limits and choices of one transcoder."""

    domain: str = DOMAIN
    """The domain of the ErrorInfo that every failure carries."""
    ignored_query: frozenset[str] = frozenset()
    """Query parameters that are let through unread; any other unknown one is an error."""
    kept_escapes: str = GENERAL_DELIMITERS
    """Characters that stay percent-encoded in a path value of several segments."""
    max_query_parameters: int = 1000
    max_message_depth: int = 100
    """How deep messages may nest; at 100 protobuf's own decoders give up."""
    max_raw_depth: int = 1000
    """How deep the JSON may nest that a codec takes as raw text."""
