"""JSON values that the server itself reads, wire ↔ Python: metadata, configs, states."""

from collections.abc import Mapping
from typing import Any

from runwire.domain.errors import Error, Invalid, invalid
from runwire.domain.payload import decode, encode
from runwire.rpc.checks import Faults
from runwire.rpc.convert_payloads import fill_json, json_from_wire
from runwire.v1 import payload_pb2 as wire


def value_from_wire(payload: wire.Payload, *, name: str) -> Any:
    """Return the JSON value of a payload, None if it is unset; raise Invalid (the field)."""
    return decode(json_from_wire(payload, name=name, default=b"null"), name=name)


def object_from_wire(payload: wire.Payload, *, name: str) -> dict[str, Any] | None:
    """Return the JSON object of a payload, None if it is unset or null; raise Invalid."""
    value = value_from_wire(payload, name=name)
    if value is not None and not isinstance(value, dict):
        raise invalid(name, "must be a JSON object")
    return value


class Objects:
    """Reads the JSON of a request's payloads, noting what is wrong with each."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def value(self, payload: wire.Payload, *, name: str) -> Any:
        """Return a JSON value, None if it is unset or wrong."""
        return self._noted(value_from_wire, payload, name)

    def object(self, payload: wire.Payload, *, name: str) -> dict[str, Any] | None:
        """Return a JSON object, None if it is unset, null or wrong."""
        found: dict[str, Any] | None = self._noted(object_from_wire, payload, name)
        return found

    def _noted(self, read: Any, payload: wire.Payload, name: str) -> Any:
        try:
            return read(payload, name=name)
        except Invalid as error:
            self._faults.take(error)
            return None


def fill_value(target: wire.Payload, value: Any) -> None:
    """Set a wire payload to a JSON value; leave it unset for None."""
    if value is not None:
        fill_json(target, _encoded(value))


def fill_object(target: wire.Payload, value: Mapping[str, Any]) -> None:
    """Set a wire payload to a JSON object."""
    fill_json(target, _encoded(dict(value)))


def _encoded(value: Any) -> bytes:
    try:
        return encode(value)
    except Invalid as error:  # it is ours, so no fault of the caller's request
        raise Error(f"what is stored is no JSON: {error.message}") from error
