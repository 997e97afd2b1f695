"""Server reflection, v1 and v1alpha.

grpcio-reflection serves v1alpha only. The two differ in nothing but the package, so one servicer
answers both, and the file of v1 is made from the other one for callers who ask to see it.
"""

from collections.abc import Iterable
from typing import Final

from google.protobuf import descriptor_pool, text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection, reflection_pb2

from runwire.rpc.methods import Method, methods_of

V1ALPHA: Final = "grpc.reflection.v1alpha.ServerReflection"
V1: Final = "grpc.reflection.v1.ServerReflection"

_OLD: Final = reflection_pb2.DESCRIPTOR
_SERVICE: Final = _OLD.services_by_name["ServerReflection"]


def reflection_methods(services: Iterable[str]) -> list[Method]:
    """Return the methods of both reflection services; they list themselves beside `services`."""
    _add_v1()
    servicer = reflection.aio.ReflectionServicer([*services, V1, V1ALPHA])
    return [*methods_of(_SERVICE, servicer), *methods_of(_SERVICE, servicer, name=V1)]


def _add_v1() -> None:
    pool = descriptor_pool.Default()
    try:
        pool.FindFileContainingSymbol(V1)
    except KeyError:
        old = text_format.MessageToString(FileDescriptorProto.FromString(_OLD.serialized_pb))
        new = text_format.Parse(
            old.replace("reflection.v1alpha", "reflection.v1"), FileDescriptorProto()
        )
        new.name = "grpc/reflection/v1/reflection.proto"
        pool.AddSerializedFile(new.SerializeToString())
