"""The wheel and the sdist, installed where there is nothing else."""

import json
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tarfile import open as open_tar

import httpx
import pytest
from tests.conftest import ROOT, plain_environment

BUILD_SECONDS = 300
DASHBOARD = "runwire/http/dashboard/"
NEEDED = (
    "runwire/v1/descriptor.binpb",
    "runwire/stores/migrations/versions/0001_first.py",
    "runwire/py.typed",
    "httprule/py.typed",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a wheel and an sdist of the server and of the client."""
    out = tmp_path_factory.mktemp("dist")
    for source in (ROOT, ROOT / "clients" / "python"):
        command = [sys.executable, "-m", "build", "--outdir", out, source]
        subprocess.run(command, check=True, timeout=BUILD_SECONDS, capture_output=True)
    return out


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that has the wheels and what they ask for."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=True)
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", *sorted(built.glob("*.whl"))]
    subprocess.run(pip, check=True, timeout=BUILD_SECONDS, env=plain_environment())
    return home / "bin"


def test_wheel_and_sdist_hold_the_same_and_all_of_it(built: Path) -> None:
    (wheel,) = built.glob("runwire-*.whl")
    (sdist,) = built.glob("runwire-*.tar.gz")
    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    with open_tar(sdist) as archive:
        in_sdist = {name.partition("/server/")[2] for name in archive.getnames()}
    assert set(NEEDED) <= in_wheel
    assert in_wheel <= in_sdist
    dashboard = {name.removeprefix(DASHBOARD) for name in in_wheel if name.startswith(DASHBOARD)}
    assert "index.html.gz" in dashboard
    for kind in ("js", "css"):
        hashed = re.compile(rf"assets/[\w.-]+-[\w-]{{8}}\.{kind}\.(gz|br)")
        assert [name for name in dashboard if hashed.fullmatch(name)]
    assert not [name for name in dashboard if name.endswith(".map")]
    assert not [name for name in in_wheel if "__pycache__" in name or name.startswith("tests")]


def test_what_the_wheel_says_of_itself(built: Path) -> None:
    (wheel,) = built.glob("runwire-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("METADATA"))
        facts = archive.read(name).decode()
        assert [each for each in archive.namelist() if each.endswith("licenses/LICENSE")]
    assert "License-Expression: Apache-2.0" in facts
    assert "Requires-Python: >=3.11" in facts


@pytest.fixture
def both(installed: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Addresses, gRPC and HTTP, of a server started from the wheel, far from this repository."""
    graph = tmp_path / "greeting.py"
    graph.write_text(
        "from typing import TypedDict\n"
        "from runwire import Graph\n"
        "class State(TypedDict, total=False):\n"
        "    name: str\n"
        "    words: str\n"
        'graph = Graph("greeting", state=State)\n'
        "@graph.node()\n"
        "async def greet(state: State) -> dict[str, str]:\n"
        "    return {'words': f\"Hello, {state['name']}!\"}\n"
    )
    command = [installed / "runwire", "serve", f"{graph}:graph", "--grpc-address", "127.0.0.1:0"]
    command += ["--http-address", "127.0.0.1:0"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        # Nothing but itself: no Node, say.
        env={**plain_environment(), "PYTHONUNBUFFERED": "1", "PATH": str(installed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"serves gRPC at (\S+) and (http://[^\s,]+)", line):
                yield found[1], found[2]
                break
        else:
            pytest.fail("the server ended:\n" + "".join(said))
        process.terminate()
        process.stdout.read()
        assert process.wait(timeout=30) == 0


@pytest.fixture
def served(both: tuple[str, str]) -> str:
    """Its address for gRPC."""
    return both[0]


def test_http_and_its_pages_come_with_the_wheel(both: tuple[str, str]) -> None:
    _, url = both
    body = {"runId": "by-http", "spec": {"graphId": "greeting", "input": {"json": {"name": "Cy"}}}}
    with httpx.Client(base_url=url, timeout=30) as client:
        assert client.post("/v1/runs", json=body).status_code == 200
        lines = client.get("/v1/runs/by-http:watch").text.splitlines()
        output = json.loads(lines[-1])["result"]["ended"]["run"]["output"]["json"]
        assert output["words"] == "Hello, Cy!"
        for page in ("/docs", "/redoc", "/openapi.json", "/metrics", "/readyz"):
            found = client.get(page, follow_redirects=True)
            assert (found.status_code, bool(found.content)) == (200, True), page
        scripts = re.findall(r'src="([^"]+)"', client.get("/docs", follow_redirects=True).text)
        assert scripts
        for script in scripts:
            assert client.get(script).status_code == 200, script


def test_the_dashboard_comes_with_the_wheel(both: tuple[str, str]) -> None:
    _, url = both
    with httpx.Client(base_url=url, timeout=30) as client:
        page = client.get("/")
        assert page.status_code == 200
        loaded = re.findall(r'(?:src|href)="(/ui/[^"]+)"', page.text)
        assert len(loaded) >= 2
        for each in loaded:
            found = client.get(each)
            assert (found.status_code, bool(found.content)) == (200, True), each
        assert client.get("/ui/runs/one").text == page.text


def test_a_wheel_made_from_the_sdist_needs_no_node(built: Path, tmp_path: Path) -> None:
    home = unpacked(built, tmp_path)
    assert "DASHBOARD is packed" not in wheel_without_node(home, tmp_path)
    (wheel,) = tmp_path.glob("out/*.whl")
    (ours,) = built.glob("runwire-*.whl")
    assert in_dashboard(wheel) == in_dashboard(ours) != set()


def test_without_node_and_without_a_build_a_warning_says_what_is_missing(
    built: Path, tmp_path: Path
) -> None:
    home = unpacked(built, tmp_path)
    shutil.rmtree(home / "server" / DASHBOARD)
    told = wheel_without_node(home, tmp_path)
    assert "NO DASHBOARD is packed: Node 20.19 or newer with npm is needed" in told
    (wheel,) = tmp_path.glob("out/*.whl")
    assert in_dashboard(wheel) == set()


def unpacked(built: Path, directory: Path) -> Path:
    """Return where the sdist is unpacked."""
    (sdist,) = built.glob("runwire-*.tar.gz")
    with open_tar(sdist) as archive:
        archive.extractall(directory, filter="data")
    return directory / sdist.name.removesuffix(".tar.gz")


def wheel_without_node(home: Path, directory: Path) -> str:
    """Make a wheel where PATH leads to nothing; return what is said."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    ended = subprocess.run(
        [*command, "--outdir", directory / "out", home],
        env={**plain_environment(), "PATH": str(directory / "nothing")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=BUILD_SECONDS,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def in_dashboard(wheel: Path) -> set[str]:
    return {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(DASHBOARD)}


def test_a_run_on_what_was_installed(installed: Path, served: str, tmp_path: Path) -> None:
    arguments = ["run", "greeting", "--input", '{"name": "Ada"}', "--watch", "--server", served]
    ended = subprocess.run(
        [installed / "runwire", *arguments],
        cwd=tmp_path, env=plain_environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "SUCCEEDED" in ended.stdout
    listed = subprocess.run(
        [installed / "runwire", "runs", "list", "--json", "--server", served],
        cwd=tmp_path, env=plain_environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert [run["graph_id"] for run in json.loads(listed.stdout)] == ["greeting"]


def test_the_client_needs_nothing_of_the_server(built: Path, served: str, tmp_path: Path) -> None:
    home = tmp_path / "alone"
    venv.create(home, with_pip=True)
    (wheel,) = built.glob("runwire_client-*.whl")
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", wheel]
    subprocess.run(pip, check=True, timeout=BUILD_SECONDS, env=plain_environment())
    code = (
        "import sys\n"
        "from runwire_client import Client\n"
        "with Client(sys.argv[1]) as client:\n"
        "    run = client.runs.create('greeting', {'name': 'Bo'})\n"
        "    print(client.runs.wait(run.run_id).output['words'])\n"
        "assert 'runwire' not in sys.modules\n"
    )
    environment = {k: v for k, v in plain_environment().items() if k != "PYTHONPATH"}
    said = subprocess.run(
        [home / "bin" / "python", "-c", code, served],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (said.stdout, said.stderr) == ("Hello, Bo!\n", "")
