"""A protoc plugin that answers with what the pinned compiler makes: `protoc_plugin.py GENERATOR`.

`buf generate` starts it once per generator (python, grpc_python, mypy, mypy_grpc). It hands the
request to the grpcio-tools in .venv-gen, or to the mypy-protobuf beside the running interpreter,
and drops the stubs of files without services. `generate.py` makes the same files without buf.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
COMPILER = ROOT / ".venv-gen" / "bin" / "python"
PACKAGE_DOCSTRING = '"""Generated from the protos by `make gen`; never edited."""\n'


def main() -> None:
    """Answer one CodeGeneratorRequest from standard input on standard output."""
    generator = sys.argv[1]
    data = sys.stdin.buffer.read()
    request = plugin_pb2.CodeGeneratorRequest.FromString(data)
    if generator.startswith("mypy"):
        plugin = Path(sys.executable).parent / f"protoc-gen-{generator}"
        done = subprocess.run([plugin], input=data, stdout=subprocess.PIPE, check=True)
        response = plugin_pb2.CodeGeneratorResponse.FromString(done.stdout)
    else:
        response = compile_files(request, generator)
    sys.stdout.buffer.write(wanted(request, response).SerializeToString(deterministic=True))


def compile_files(
    request: plugin_pb2.CodeGeneratorRequest, generator: str
) -> plugin_pb2.CodeGeneratorResponse:
    """Return what the pinned compiler makes of a request."""
    for proto in request.proto_file:
        for message in proto.message_type:
            forget_json_names(message)
    response = plugin_pb2.CodeGeneratorResponse(
        supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )
    with tempfile.TemporaryDirectory() as folder:
        descriptors = Path(folder, "descriptor.binpb")
        descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
        out = Path(folder, "out")
        out.mkdir()
        command: list[str | Path] = [
            COMPILER,
            "-m",
            "grpc_tools.protoc",
            f"--descriptor_set_in={descriptors}",
        ]
        files = sorted(request.file_to_generate)
        subprocess.run([*command, f"--{generator}_out={out}", *files], check=True)
        for path in sorted(out.rglob("*.py")):
            response.file.add(name=path.relative_to(out).as_posix(), content=path.read_text())
        if generator == "python":
            response.file.add(name="runwire/v1/__init__.py", content=PACKAGE_DOCSTRING)
    return response


def forget_json_names(message: DescriptorProto) -> None:
    """Drop the JSON names that buf spells out and protoc leaves out of the code it makes."""
    for field in message.field:
        field.ClearField("json_name")
    for nested in message.nested_type:
        forget_json_names(nested)


def wanted(
    request: plugin_pb2.CodeGeneratorRequest, response: plugin_pb2.CodeGeneratorResponse
) -> plugin_pb2.CodeGeneratorResponse:
    """Return a response without the stubs of files that declare no service."""
    bare = {
        proto.name.removesuffix(".proto") + "_pb2_grpc"
        for proto in request.proto_file
        if not proto.service
    }
    kept = [each for each in response.file if each.name.rsplit(".", 1)[0] not in bare]
    del response.file[:]
    response.file.extend(kept)
    return response


if __name__ == "__main__":
    main()
