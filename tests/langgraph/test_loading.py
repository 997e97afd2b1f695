"""Graphs of LangGraph in every form that their authors may give them."""

import asyncio
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.pregel import Pregel
from langgraph.store.memory import InMemoryStore

from runwire.config import Settings
from runwire.domain.graph import EdgeInfo, GraphKind
from runwire.engine import loading
from runwire.engine.authoring import Graph
from runwire.engine.faults import GraphError
from runwire.gathering import auth_of, host_of, missing_packages, prepare, registry_of
from runwire.langgraph.graph import LangGraph
from runwire.langgraph.source import Access, Use

PROJECT = Path(__file__).parent / "projects/forms"


@pytest.fixture
def calls() -> Iterator[list[Any]]:
    forms = loading.load_module("forms.py", directory=PROJECT)
    forms.CALLS.clear()
    yield forms.CALLS
    forms.CALLS.clear()


def hosted(variable: str, **settings: Any) -> LangGraph:
    reference = f"forms.py:{variable}"
    host = host_of(Settings(**settings))
    (graph,) = loading.load(reference, name="mine", directory=PROJECT, host=host)
    assert isinstance(graph, LangGraph)
    return graph


async def result(graph: LangGraph, given: Any = None, **use: Any) -> Any:
    async with graph.source.open(Use(**({"access": Access.RUN} | use))) as opened:
        assert isinstance(opened, Pregel)
        return await opened.ainvoke({"text": "you"} if given is None else given)


@pytest.mark.parametrize("variable", ["compiled", "christened", "builder"])
async def test_a_graph_and_its_builder_are_the_same_for_each_use(variable: str) -> None:
    graph = hosted(variable)
    assert graph.source.fixed is not None
    assert await result(graph) == {"text": "hello you"}
    info = graph.info
    assert (info.graph_id, info.kind) == ("mine", GraphKind.LANGGRAPH)
    assert [node.name for node in info.nodes] == ["greet"]
    ends = EdgeInfo(source="__start__", target="greet"), EdgeInfo(source="greet", target="__end__")
    assert info.edges == ends
    assert b'"text"' in info.input_schema
    assert b'"text"' in info.state_schema


async def test_a_graph_without_a_name_goes_by_its_id() -> None:
    names = [hosted(each).source.fixed.name for each in ("compiled", "builder", "christened")]  # type: ignore[union-attr]
    assert names == ["mine", "mine", "Greeter"]


async def test_an_entrypoint_is_a_graph() -> None:
    assert await result(hosted("function"), "you") == "hello you"


def test_an_unnamed_graph_goes_by_its_variable() -> None:
    reference = "forms.py:compiled"
    host = host_of(Settings())
    (graph,) = loading.load(reference, name=reference, directory=PROJECT, host=host)
    assert isinstance(graph, LangGraph)
    assert graph.info.graph_id == "compiled"


OF_CONFIG = ("config", "anything", "positional", "managed", "made")
OF_RUNTIME = ("runtime", "typed", "managed_waiting")
OF_BOTH = ("both", "annotated", "optional", "waiting")


@pytest.mark.parametrize("variable", [*OF_CONFIG, *OF_RUNTIME, *OF_BOTH])
async def test_a_factory_is_given_what_it_asks_for_each_time(
    variable: str, calls: list[Any]
) -> None:
    graph = hosted(variable)
    assert graph.source.fixed is None
    assert [node.name for node in graph.info.nodes] == ["greet"]
    calls.clear()
    config = {"configurable": {"thread_id": "t"}, "tags": ["x"]}
    store = InMemoryStore()
    for access in Access:
        use = {"access": access, "config": config, "store": store, "user": {"identity": "ada"}}
        assert await result(graph, **use, context={"model": "m"}) == {"text": "hello you"}
    seen = [each for each in calls if each != "left"]
    if variable.startswith("managed"):
        assert calls[1::2] == ["left"] * 4
    if variable in OF_CONFIG:
        assert seen == [config] * 4
        return
    if variable in OF_BOTH:
        assert [each[0] for each in seen] == [config] * 4
        seen = [each[1] for each in seen]
    assert [each.access_context for each in seen] == [each.value for each in Access]
    assert [each.user.identity for each in seen] == ["ada"] * 4
    assert all(each.store is store for each in seen)
    runs, *others = (each.execution_runtime for each in seen)
    assert runs is seen[0]
    assert others == [None] * 3


@pytest.mark.parametrize("variable", ["nothing", "waiting_for_nothing", "managed_for_nothing"])
async def test_a_factory_that_asks_for_nothing_is_called_for_each_use(
    variable: str, calls: list[Any]
) -> None:
    graph = hosted(variable)
    calls.clear()
    assert await result(graph) == {"text": "hello you"}
    assert await result(graph) == {"text": "hello you"}
    assert calls.count("nothing") == 2


@pytest.mark.parametrize(("variable", "extra"), [("left_alone", 5), ("partial", 7)])
async def test_what_has_a_default_is_left_alone(
    variable: str, extra: int, calls: list[Any]
) -> None:
    graph = hosted(variable)
    calls.clear()
    await result(graph)
    assert calls == [({}, extra, (), {})]


async def test_the_context_of_a_run_has_the_type_that_is_annotated(calls: list[Any]) -> None:
    graphs = hosted("typed"), hosted("modelled"), hosted("runtime")
    calls.clear()
    for graph in graphs:
        await result(graph, context={"model": "m"})
    dataclass, model, plain = (each.context for each in calls)
    assert (dataclass.model, dataclass.size, model.model) == ("m", 1, "m")
    assert plain == {"model": "m"}
    with pytest.raises(GraphError, match=r"context is no Model: model: Field required"):
        await result(graphs[1], context={})


async def test_a_factory_cleans_up_and_hides_no_failure(calls: list[Any]) -> None:
    graph = hosted("swallowing")
    calls.clear()
    with pytest.raises(ValueError, match="the node failed"):
        async with graph.source.open(Use(access=Access.RUN)):
            raise ValueError("the node failed")
    assert calls == ["the node failed"]


async def test_a_factory_that_needs_a_user_is_no_reason_not_to_start(
    calls: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "runwire.graphs"):
        graph = hosted("needs_user", graph_descriptions={"mine": "Mine."})
    assert "graph mine: its factory makes no graph at the start (PermissionError" in caplog.text
    assert (graph.info.nodes, graph.info.description) == ((), "Mine.")
    assert await result(graph, user={"identity": "ada"}) == {"text": "hello you"}
    assert calls == ["ada"]


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("number", "is int; it must be a Graph, a list of Graphs, or a function that returns one"),
        ("number_made", "is int; it must be a Graph, a list of Graphs, or a function"),
        ("number_made_later", "has made int; a factory must make a compiled graph or a StateGraph"),
        ("function_made", "has made a function"),
        ("generator", "has made a generator: decorate it with contextlib.asynccontextmanager"),
        (
            "greedy",
            "takes 'database', 'cache', which nobody can give it: a factory may take config",
        ),
        ("headless", "cannot be compiled: ValueError: Graph must have an entrypoint"),
        ("broken", "cannot be loaded: OSError: no such model"),
        ("absent", "forms.py has no 'absent'"),
    ],
)
def test_what_is_no_graph_is_refused_by_name(variable: str, message: str) -> None:
    with pytest.raises(GraphError) as caught:
        hosted(variable)
    assert f"'forms.py:{variable}'" in str(caught.value)
    assert message in str(caught.value)


async def test_what_a_factory_makes_later_is_checked_then(calls: list[Any]) -> None:
    graph = hosted("broken_later")
    with pytest.raises(OSError, match="no such model"):
        await result(graph)


def test_an_id_that_is_none_names_the_way_out() -> None:
    host = host_of(Settings())
    with pytest.raises(GraphError, match=r"is no graph id: .*; write NAME=forms.py:compiled"):
        loading.load("forms.py:compiled", name="a/b", directory=PROJECT, host=host)


def test_our_own_graphs_need_no_host_and_import_no_langgraph(tmp_path: Path) -> None:
    (tmp_path / "own_graphs.py").write_text(
        "from runwire import Graph\n\n"
        "graph = Graph('own')\n\n\n@graph.node\ndef node(state):\n    return {}\n\n\n"
        "def made():\n    return [graph]\n"
    )
    asked: list[Any] = []
    for variable in ("graph", "made"):
        (graph,) = loading.load(
            f"own_graphs.py:{variable}", directory=tmp_path, host=lambda found: asked.append(found)
        )
        assert isinstance(graph, Graph)
    assert asked == []


def test_without_the_library_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no_library.py").write_text("from langgraph.graph import StateGraph\n")
    for name in [name for name in sys.modules if name.startswith("langgraph.graph")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        GraphError, match=r"ModuleNotFoundError.*pip install 'runwire\[langgraph\]'"
    ):
        loading.load("no_library.py:graph", directory=tmp_path)
    (tmp_path / "no_graph.py").write_text("graph = 17\n")
    with pytest.raises(GraphError, match=r"is int; .*graphs of LangGraph need: pip install"):
        loading.load("no_graph.py:graph", directory=tmp_path, host=None)


def test_a_module_has_the_same_name_wherever_its_project_is(tmp_path: Path) -> None:
    names = []
    for place in ("here", "there"):
        directory = tmp_path / place
        directory.mkdir()
        (directory / "same_graph.py").write_text("class Kept: pass\n")
        module = loading.load_module("same_graph.py", directory=directory)
        assert loading.load_module("same_graph.py", directory=directory) is module
        names.append(module.__name__)
        if place == "here":
            del sys.modules[module.__name__]
    assert names[0] == names[1]
    other = tmp_path / "third"
    other.mkdir()
    (other / "same_graph.py").write_text("class Other: pass\n")
    assert loading.load_module("same_graph.py", directory=other).__name__ != names[0]


async def test_both_kinds_are_served_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    registry = await asyncio.to_thread(
        registry_of, Settings(graphs={"a": "forms.py:compiled", "b": "forms.py:config"})
    )
    assert [(each.graph_id, each.kind) for each in registry.own()] == [
        ("a", GraphKind.LANGGRAPH),
        ("b", GraphKind.LANGGRAPH),
    ]
    with pytest.raises(GraphError, match="graph 'compiled' is there twice: give one another id"):
        registry_of(
            Settings(
                graphs={"compiled": "forms.py:config", "x": "forms.py:compiled"}
                | {"forms.py:compiled": "forms.py:compiled"}
            )
        )


def test_what_graphs_import_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("GREETING", "from outside")
    monkeypatch.setenv("NAMED", "to be put back")
    monkeypatch.delenv("NAMED")
    (tmp_path / "package/src/some_agent").mkdir(parents=True)
    (tmp_path / "package/src/some_agent/__init__.py").write_text("")
    (tmp_path / "package/src/some_agent/made.py").write_text(
        "import os\nFOUND = os.environ['GREETING'], os.environ['NAMED']\n"
    )
    settings = Settings(
        dependencies=["./package", "langgraph>=1", "surely-not-installed[x]==3", "git+https://x/y"],
        environment={"GREETING": "from the file", "NAMED": "from the file"},
    )
    prepare(settings)
    assert missing_packages(settings) == ["surely-not-installed"]
    assert loading.named_by("some_agent.made:FOUND") == ("from outside", "from the file")
    with pytest.raises(GraphError, match=r"dependencies: there is no directory .*/elsewhere"):
        prepare(Settings(dependencies=["./elsewhere"]))


def test_handlers_are_an_auth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    with (
        pytest.raises(GraphError, match=r"langgraph_auth: 'forms.py:number' is int; it must be an"),
        auth_of(Settings(langgraph_auth="forms.py:number")),
    ):
        pass
    with auth_of(Settings()) as auth:
        assert auth is None
