"""JSON Schemas, compiled; what they refer to must be inside them.

Schemas come from callers, too: by itself the library would fetch ``$ref`` from files and networks.
"""

from collections.abc import Mapping
from typing import Any, Final, NoReturn

import jsonschema_rs

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

Validator = Any
"""A compiled schema: ``is_valid(value)``, ``iter_errors(value)``."""


def compiled_schema(schema: Mapping[str, Any] | bool) -> Validator:
    """Return a schema ready to check values; raise ValueError if it is none."""
    written = dict(schema) if isinstance(schema, Mapping) else schema
    try:
        return jsonschema_rs.validator_for(written, retriever=_refuse)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        text = (getattr(error, "message", None) or str(error)).rpartition("ValueError: ")[2]
        raise ValueError(f"not a JSON Schema: {text}") from None


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is outside of the schema; write what it holds under $defs")
