"""The shape of the house: what reviews would otherwise have to remember."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor

import runwire
from runwire.domain.errors import Error
from runwire.domain.run import ARROWS, RunStatus
from runwire.rpc.errors import STATUS
from runwire.v1 import run_pb2

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    ROOT / "server/httprule",
    ROOT / "server/runwire",
    ROOT / "clients/python/runwire_client",
)
# Generated code, and migrations, which grow by being added to.
NOT_OURS = ("v1", "versions")

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 49
BANNED = {
    *("base", "common", "core", "data", "handler", "handlers", "helper", "helpers", "info"),
    *("manager", "managers", "misc", "process", "util", "utils"),
}


def written() -> Iterator[Path]:
    """Yield every Python file of the server and the client that a person wrote."""
    for package in PACKAGES:
        for path in sorted(package.rglob("*.py")):
            if not set(NOT_OURS) & set(path.relative_to(package).parts):
                yield path


FILES = list(written())


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_a_house() -> None:
    for package in PACKAGES:
        assert package / "__init__.py" in FILES


def test_a_file_fits_in_the_head() -> None:
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: count for name, count in lines.items() if count > MAX_FILE_LINES} == {}


def test_a_function_fits_on_a_screen() -> None:
    too_long = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert too_long == []


def test_a_module_opens_with_what_it_is() -> None:
    assert [named(path) for path, tree in trees().items() if not ast.get_docstring(tree)] == []


def test_names_say_something() -> None:
    empty = [
        f"{named(path)}: {name}"
        for path, tree in trees().items()
        for name in (*modules_of(path), *classes_of(tree))
        if name.lower() in BANNED
    ]
    assert empty == []


def modules_of(path: Path) -> tuple[str, ...]:
    package = next(package for package in PACKAGES if path.is_relative_to(package))
    return path.relative_to(package).with_suffix("").parts


def classes_of(tree: ast.Module) -> list[str]:
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def test_every_error_has_a_status() -> None:
    import_everything()
    assert set(STATUS) == set(subclasses(Error))


def import_everything() -> None:
    """Import the whole server, since an error may be defined anywhere in it."""
    for module in pkgutil.walk_packages(runwire.__path__, "runwire."):
        # Both do their work on import.
        if not module.name.endswith(".__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)


def subclasses(error: type[Error]) -> Iterator[type[Error]]:
    """Yield every class below this one."""
    for direct in error.__subclasses__():
        yield direct
        yield from subclasses(direct)


def test_every_status_has_arrows_and_a_wire_name() -> None:
    assert list(ARROWS) == list(RunStatus)
    wire = [name.removeprefix("RUN_STATUS_") for name in run_pb2.RunStatus.keys()]  # noqa: SIM118
    assert set(wire) - {"UNSPECIFIED"} == {status.name for status in RunStatus}


def test_the_page_on_run_status_is_fresh() -> None:
    command = [sys.executable, str(ROOT / "tools/status_diagram.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr


def test_every_rpc_has_an_http_route_of_its_own() -> None:
    routes = [(method.full_name, route(method)) for method in rpcs()]
    assert [name for name, found in routes if not found] == []
    assert [found for found, count in Counter(dict(routes).values()).items() if count > 1] == []


def rpcs() -> Iterator[MethodDescriptor]:
    """Yield every method of every service of the protos."""
    modules = [
        importlib.import_module(f"runwire.v1.{path.stem}")
        for path in sorted((ROOT / "server/runwire/v1").glob("*_service_pb2.py"))
    ]
    assert modules
    for module in modules:
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def route(method: MethodDescriptor) -> str:
    """Return a method's verb and path; empty if it has none."""
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern")
    return f"{verb} {getattr(rule, verb)}" if verb else ""
