"""A folder with nothing but a `langgraph.json`, from the command line."""

import json
import shutil
from pathlib import Path

import httpx
import pytest
from tests.cli.conftest import Runwire
from tests.cli.test_cli_serve import serving

PROJECTS = Path(__file__).parent.parent / "langgraph/projects"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two graphs, and handlers that say who may come in."""
    shutil.copytree(PROJECTS / "owned", tmp_path, dirs_exist_ok=True)
    said = json.loads((tmp_path / "langgraph.json").read_text())
    shutil.copy(PROJECTS / "shapes/shapes.py", tmp_path)
    said["graphs"]["plain"] = "./shapes.py:plain"
    said["http"] = {"mount_prefix": "/agents", "odd": 1}
    (tmp_path / "langgraph.json").write_text(json.dumps(said))
    return tmp_path


@pytest.mark.parametrize("workers", ["0", "1"])
def test_it_is_served(
    workers: str, project: Path, runwire: Runwire, environment: dict[str, str]
) -> None:
    words = ("--grpc-address", "127.0.0.1:0", "--workers", workers)
    environment = environment | {"RUNWIRE_HTTP_ADDRESS": "127.0.0.1:0"}
    with serving(project, environment, *words) as (process, said):
        first = said[0].replace("\x1b[1m", "").replace("\x1b[0m", "")
        address = first.split("gRPC at ")[1].split(" ")[0]
        http = first.split(" and ")[1].split(",")[0]
        listed = runwire("graphs", "list", "--json", "--server", address)
        assert {each["graph_id"]: each["kind"] for each in listed.document} == {
            "agent": "langgraph",
            "plain": "langgraph",
        }
        got = runwire("graphs", "get", "agent", "--server", address).out
        assert "Says whose run it is." in got
        ran = runwire(
            *("run", "plain", "--input", '{"a": "", "n": 1}', "--server", address, "--json")
        )
        assert ran.code == 0, ran.err
        answer = httpx.post(
            f"{http}/agents/runs/wait",
            json={"assistant_id": "agent", "input": {"said": ""}},
            headers={"authorization": "Bearer ada"},
            timeout=20,
        )
        assert answer.json() == {"said": "ada of acme: ['ada:all']"}
        process.terminate()
        assert process.stderr is not None
        told = process.stderr.read()
    assert told.count("http.odd in langgraph.json has no effect here") == 1, told


def test_the_doctor_looks_at_it(project: Path, runwire: Runwire) -> None:
    found = runwire("doctor", "--json").document
    graphs = [each["found"] for each in found if each["what"] == "graphs"]
    assert graphs == [
        "agent (./agent.py:agent) loads",
        "plain (./shapes.py:plain) loads",
        "langgraph_auth (./auth.py:auth) loads",
    ]
    (versions,) = [each["found"] for each in found if each["what"] == "versions"]
    assert ", langgraph 1." in versions
    odd = [each["found"] for each in found if each["level"] == "warning"]
    assert "http.odd in langgraph.json has no effect here" in odd


def test_the_doctor_says_what_is_wrong_with_it(project: Path, runwire: Runwire) -> None:
    said = json.loads((project / "langgraph.json").read_text())
    said["graphs"] = {"gone": "./shapes.py:gone", "number": "./seventeen.py:number"}
    said["auth"] = {"path": "./shapes.py:plain"}
    said["dependencies"] = ["./elsewhere", "not-installed-at-all"]
    (project / "langgraph.json").write_text(json.dumps(said))
    (project / "seventeen.py").write_text("number = 17\n")
    found = runwire("doctor", "--json").document
    faults = [each["found"] for each in found if each["what"] == "graphs"]
    assert faults[0].startswith("dependencies: there is no directory")
    assert faults[1] == "dependencies: not-installed-at-all is not installed"
    assert "./shapes.py has no 'gone'" in faults[2]
    assert "is int; it must be a Graph" in faults[3]
    assert "is StateGraph; it must be an Auth of langgraph_sdk" in faults[4]
    ended = runwire("serve", "--grpc-address", "127.0.0.1:0")
    assert ended.code != 0
    assert "there is no directory" in ended.err
