"""Makes every generated file of the repository; `--check` only says which ones are stale.

1. The compiler is grpcio-tools 1.71.2 in .venv-gen: old enough that what it makes imports under
   protobuf 5.29, 6.33 and 7.x. The stubs (.pyi) come from mypy-protobuf beside this interpreter.
2. protos/runwire/v1 becomes server/runwire/v1, with a descriptor set that keeps the comments.
3. clients/python/runwire_client/v1 is the same code with its imports rewritten, so that the
   client installs alone. Both copies in one process share their message classes.
4. The sync client is written from the async one.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
COMPILER_HOME = ROOT / ".venv-gen"
COMPILER_VERSION = "1.71.2"
PROTOS = ROOT / "protos"
SERVER = ROOT / "server" / "runwire" / "v1"
CLIENT = ROOT / "clients" / "python" / "runwire_client" / "v1"
DESCRIPTORS = "descriptor.binpb"
# Errors carry these inside of an Any, so no proto imports them; the OpenAPI document shows them.
DETAILS = "google/rpc/error_details.proto"
PACKAGE_DOCSTRING = '"""Generated from the protos by `make gen`; never edited."""\n'


def main() -> int:
    """Write the generated files, or with `--check` name those that are stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args().check
    compiler = ensure_compiler()
    server = compile_protos(compiler)
    client = {name: for_client(text) for name, text in server.items() if name != DESCRIPTORS}
    stale = [*refresh(SERVER, server, check=check), *refresh(CLIENT, client, check=check)]
    for path in stale:
        print(("stale: " if check else "made anew: ") + str(path.relative_to(ROOT)), flush=True)
    arguments = ["--check"] if check else []
    unasync = subprocess.run(
        [sys.executable, ROOT / "tools" / "unasync.py", *arguments], check=False
    )
    if unasync.returncode or (check and stale):
        print("run `make gen` and commit what it makes", file=sys.stderr)
        return 1
    return 0


def ensure_compiler() -> Path:
    """Return the interpreter that has the pinned grpcio-tools, installing it if need be."""
    python = COMPILER_HOME / "bin" / "python"
    if not python.exists():
        venv.create(COMPILER_HOME, with_pip=True)
    asked = "from importlib.metadata import version; print(version('grpcio-tools'))"
    found = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    if found.stdout.strip() != COMPILER_VERSION:
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([python, *install, f"grpcio-tools=={COMPILER_VERSION}"], check=True)
    return python


def compile_protos(compiler: Path) -> dict[str, bytes]:
    """Return the files of server/runwire/v1 by name."""
    scripts = Path(sys.executable).parent
    files = sorted(
        path.relative_to(PROTOS).as_posix() for path in PROTOS.glob("runwire/v1/*.proto")
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        command: list[str | Path] = [compiler, "-m", "grpc_tools.protoc", f"-I{PROTOS}"]
        command += [
            f"--{each}_out={out}" for each in ("python", "grpc_python", "mypy", "mypy_grpc")
        ]
        for plugin in ("protoc-gen-mypy", "protoc-gen-mypy_grpc"):
            command.append(f"--plugin={plugin}={scripts / plugin}")
        subprocess.run([*command, *files], check=True, stderr=subprocess.PIPE)
        command = [compiler, "-m", "grpc_tools.protoc", f"-I{PROTOS}"]
        command += ["--include_imports", "--include_source_info"]
        command.append(f"--descriptor_set_out={out / DESCRIPTORS}")
        subprocess.run([*command, *files, DETAILS], check=True, stderr=subprocess.PIPE)
        descriptors = (out / DESCRIPTORS).read_bytes()
        made = {path.name: path.read_bytes() for path in sorted(out.glob("runwire/v1/*"))}
    for name in without_services(descriptors):
        made.pop(f"{name}_pb2_grpc.py")
        made.pop(f"{name}_pb2_grpc.pyi")
    return {**made, "__init__.py": PACKAGE_DOCSTRING.encode(), DESCRIPTORS: descriptors}


def without_services(descriptors: bytes) -> Iterable[str]:
    """Yield the base names of our protos that declare no service."""
    for proto in FileDescriptorSet.FromString(descriptors).file:
        if proto.package == "runwire.v1" and not proto.service:
            yield Path(proto.name).stem


def for_client(text: bytes) -> bytes:
    """Return generated code that imports its siblings from the client's package.

    Only imports and the module name given to the message classes change: the serialized
    descriptors must stay equal, byte by byte, for both copies to share one set of classes.
    """
    text = re.sub(rb"(?m)^from runwire\.v1 import ", b"from runwire_client.v1 import ", text)
    return text.replace(b"DESCRIPTOR, 'runwire.v1.", b"DESCRIPTOR, 'runwire_client.v1.")


def refresh(folder: Path, files: Mapping[str, bytes], *, check: bool) -> list[Path]:
    """Make a folder hold exactly these files, unless only checking; return what differed."""
    there = {path.name: path for path in sorted(folder.glob("*")) if path.is_file()}
    stale = []
    for name, content in sorted(files.items()):
        path = folder / name
        if name in there and path.read_bytes() == content:
            continue
        stale.append(path)
        if not check:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for name in sorted(there.keys() - files.keys()):
        stale.append(there[name])
        if not check:
            there[name].unlink()
    return stale


if __name__ == "__main__":
    sys.exit(main())
