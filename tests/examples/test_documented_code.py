"""Every Python block of the guide and the README is executed as it stands there."""

import contextlib
import importlib
import io
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runwire import Graph
from runwire.config import Settings
from runwire.engine.json_graph import compile_json
from runwire.server import serve
from runwire_client import AsyncClient

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")]
PAGES = ["docs/graphs.md", "README.md"]


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def executed(page: str, sources: list[str]) -> ModuleType:
    """Execute blocks one after the other in one module, since later ones build on earlier ones."""
    module = ModuleType(f"documented_{Path(page).stem.lower()}")
    sys.modules[module.__name__] = module
    for source in sources:
        exec(compile(source, page, "exec"), vars(module))  # noqa: S102 - it is our own page
    return module


@pytest.mark.parametrize("page", PAGES)
def test_every_graph_that_is_shown_passes_its_checks(page: str):
    local = [block for block in blocks(page, "python") if "runwire_client" not in block]
    module = executed(page, local)
    graphs = [value for value in vars(module).values() if isinstance(value, Graph)]
    assert graphs
    for graph in graphs:
        graph.compile()


INPUTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "greeting": ({"name": "Ada"}, {"name": "Ada", "greeting": "HELLO, ADA!"}),
    "counting": ({"until": 3}, {"until": 3, "reached": 3}),
    "basket": ({"items": ["tea", "milk"]}, {"items": ["tea", "milk"], "total": 19.0}),
    "order": ({"customer": "Ada"}, {"customer": "Ada", "pieces": 1}),
    "quote": ({"product": "tea"}, {"price": 12.5}),
    "log": ({}, {"lines": ["noted"], "highest": 7}),
    "guessing": ({"secret": 4}, {"secret": 4, "guess": 4, "tries": 4}),
    "squares": ({"numbers": [1, 2, 3]}, {"numbers": [1, 2, 3], "squares": [1, 4, 9]}),
    "ticket": ({"text": "money"}, {"text": "money", "answer": "We send it back."}),
    "fetching": ({"address": "x"}, {"address": "x", "text": "…"}),
}


async def test_the_graphs_of_the_guide_do_what_they_say(tmp_path: Path):
    module = executed("docs/graphs.md", blocks("docs/graphs.md", "python"))
    found = [value for value in vars(module).values() if isinstance(value, Graph)]
    vars(module)["graphs"] = found
    rest = {"trip", "payment", "reporting"}
    assert {graph.graph_id for graph in found} == {*INPUTS, *rest}
    settings = Settings(
        grpc_address="127.0.0.1:0",
        http_address="off",
        data_dir=tmp_path,
        graphs={"guide": f"{module.__name__}:graphs"},  # type: ignore[arg-type]
    )
    async with serve(settings) as server, AsyncClient(server.grpc_address) as client:
        for graph_id, (given, output) in INPUTS.items():
            run = await client.runs.create(graph_id, given)
            assert (await client.runs.wait(run.run_id, timeout_seconds=30)).output == output
        run = await client.runs.create("reporting", {"rows": ["a b", "c"]})
        run = await client.runs.wait(run.run_id, timeout_seconds=30)
        assert await client.artifacts.download_bytes(run.output["report"]) == b"A B\nC"
        run = await client.runs.create("trip")
        run = await client.runs.wait(run.run_id, timeout_seconds=30)
        assert run.output["plan"] == "LH 1, then Sea View"


def test_the_client_of_the_readme_does_what_it_says(example_server: Any):
    [source] = [block for block in blocks("README.md", "python") if "runwire_client" in block]
    address = "127.0.0.1:50051"
    assert address in source
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        executed("README.md", [source.replace(address, example_server.grpc_address)])
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("1 status_changed")
    assert lines[-1] == "[['a', 3], ['rose', 3], ['is', 2]]"


def test_the_json_graph_of_the_guide_passes_its_checks():
    executed("docs/graphs.md", blocks("docs/graphs.md", "python"))
    [definition] = blocks("docs/graphs.md", "json")
    assert compile_json(definition.encode()).graph_id == "growing"


def test_the_json_graph_of_the_examples_passes_its_checks():
    importlib.import_module("examples.json_graph.tools")
    definition = (ROOT / "examples/json_graph/graph.json").read_bytes()
    assert compile_json(definition).graph_id == "halving"


@pytest.mark.parametrize(
    "path", [*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md"), *ROOT.glob("*.md")], ids=str
)
def test_every_link_to_a_file_leads_somewhere(path: Path):
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text)
    assert [file for file, _ in links if not (path.parent / file).exists()] == []
    named = [(path.parent / file if file else path, anchor) for file, anchor in links if anchor]
    assert [anchor for page, anchor in named if anchor not in anchors_in(page)] == []


def anchors_in(page: Path) -> set[str]:
    """Return what the headings of a page can be linked by."""
    found = re.findall(r"(?m)^#+ +(.+)$", page.read_text(encoding="utf-8"))
    words = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in found)
    return {each.strip().replace(" ", "-") for each in words}
