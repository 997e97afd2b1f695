"""What the options of fields say: google.api.field_behavior and google.api.field_info."""

from typing import Any, Final

from google.api import field_behavior_pb2, field_info_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FieldOptions

_FORMATS: Final = {
    field_info_pb2.FieldInfo.UUID4: "uuid",
    field_info_pb2.FieldInfo.IPV4: "ipv4",
    field_info_pb2.FieldInfo.IPV6: "ipv6",
}


def required(field: FieldDescriptor) -> bool:
    """Return whether a caller has to send a field."""
    return field_behavior_pb2.REQUIRED in _behavior(field)


def output_only(field: FieldDescriptor) -> bool:
    """Return whether a field is the server's to set."""
    return field_behavior_pb2.OUTPUT_ONLY in _behavior(field)


def input_only(field: FieldDescriptor) -> bool:
    """Return whether a field is never in an answer."""
    return field_behavior_pb2.INPUT_ONLY in _behavior(field)


def text_format(field: FieldDescriptor) -> str:
    """Return the format of a string as JSON Schema names it; empty if it has none."""
    return _FORMATS.get(_options(field).Extensions[field_info_pb2.field_info].format, "")


def _behavior(field: FieldDescriptor) -> Any:
    return _options(field).Extensions[field_behavior_pb2.field_behavior]


def _options(field: FieldDescriptor) -> Any:
    options = field.GetOptions()
    if options.DESCRIPTOR is FieldOptions.DESCRIPTOR:
        return options
    # A pool of its own has options that do not know the extensions.
    return FieldOptions.FromString(options.SerializeToString())
