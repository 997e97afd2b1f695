"""The messages and services of the conformance cases, compiled when the tests start."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc_tools
from google.api import annotations_pb2, http_pb2, httpbody_pb2
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import ServiceDescriptor
from google.rpc import code_pb2
from grpc_tools import protoc

HERE = Path(__file__).parent
INCLUDED = (
    Path(annotations_pb2.__file__).parents[2],
    Path(grpc_tools.__file__).parent / "_proto",
)
# Importing them puts them into the pool, where the cases' file looks for them.
NEEDED: Sequence[Any] = (
    *(annotations_pb2, any_pb2, code_pb2, duration_pb2, empty_pb2, field_mask_pb2),
    *(httpbody_pb2, struct_pb2, timestamp_pb2, wrappers_pb2),
)


def compiled(path: Path) -> descriptor_pb2.FileDescriptorProto:
    """Compile one file whose imports are installed."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "set"
        includes = [f"-I{folder}" for folder in (path.parent, HERE, *INCLUDED)]
        code = protoc.main(["protoc", *includes, f"--descriptor_set_out={out}", str(path)])
        assert code == 0, path
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file
    return files[0]


def service(text: str, name: str) -> ServiceDescriptor:
    """Compile a service that is written down in a test, into a pool of its own."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"{name.lower()}.proto"
        path.write_text(text, encoding="utf-8")
        file = compiled(path)
    return own_pool(file).FindServiceByName(f"{file.package}.{name}")


def own_pool(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pool.DescriptorPool:
    """Return a pool of its own for a file, with the cases and all that is installed."""
    pool = descriptor_pool.DescriptorPool()
    for needed in (descriptor_pb2, http_pb2, *NEEDED):
        pool.AddSerializedFile(needed.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(CASES_FILE.SerializeToString())
    pool.AddSerializedFile(file.SerializeToString())
    return pool


CASES_FILE = compiled(HERE / "cases.proto")
_POOL = descriptor_pool.Default()
_POOL.AddSerializedFile(CASES_FILE.SerializeToString())
TESTER: ServiceDescriptor = _POOL.FindServiceByName("tc.v1.Tester")
Msg: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName("tc.v1.Msg"))
Out: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName("tc.v1.Out"))
Sub: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName("tc.v1.Sub"))
