"""What runs next, and how updates become one state."""

import operator
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.checkpoint import NextNode
from runwire.domain.graph import END, START
from runwire.engine.authoring import Graph, Send
from runwire.engine.definition import CompiledGraph
from runwire.engine.faults import Fault
from runwire.engine.merge import Written, merge
from runwire.engine.plan import Ended, asked, following, numbered, route_of_answer
from runwire.engine.results import dump_writes, load_writes
from runwire.engine.routes import dump_route, load_route
from runwire.engine.state import state_type_of


def step(state: Any) -> None: ...


def diamond() -> CompiledGraph:
    graph = Graph("diamond")
    for name in "abcd":
        graph.node(step, name=name)
    for source, target in ("ab", "ac", "bd", "cd"):
        graph.edge(source, target)
    graph.branch("d", lambda state: "again", {"again": "a", "done": END, "both": ["b", "c"]})
    return graph.compile()


def names(route: Any) -> list[str]:
    return [item.node for item in route]


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        ([Ended(START)], ["a"]),
        ([Ended("a")], ["b", "c"]),
        ([Ended("b"), Ended("c")], ["d"]),
        ([Ended("b", goto=(NextNode(node="a"),)), Ended("c")], ["a", "d"]),
        ([Ended("b", goto=()), Ended("c", goto=())], []),
        (
            [
                Ended(
                    "a", goto=(NextNode(node="b", argument=b"1"), NextNode(node="b", argument=b"1"))
                )
            ],
            ["b", "b"],
        ),
    ],
)
def test_ways_meet_and_sends_stay_apart(ended: list[Ended], expected: list[str]) -> None:
    assert names(following(diamond(), ended, {})) == expected


def test_a_branch_is_asked_once_and_not_where_the_node_went_by_itself() -> None:
    graph = diamond()
    assert [branch.source for branch in asked(graph, [Ended("d"), Ended("d")])] == ["d"]
    assert asked(graph, [Ended("d", goto=())]) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("again", ["a"]),
        ("done", []),
        (END, []),
        ("both", ["b", "c"]),
        ("b", ["b"]),
        (["again", "b"], ["a", "b"]),
        ([], []),
        (Send("c", {"x": 1}), ["c"]),
        ([Send("c", 1), Send("c", 2)], ["c", "c"]),
    ],
)
def test_answers_of_a_branch_lead_somewhere(answer: Any, expected: list[str]) -> None:
    graph = diamond()
    assert names(route_of_answer(graph, graph.branches["d"][0], answer)) == expected


@pytest.mark.parametrize("answer", ["nowhere", None, 3, {"a": 1}, Send("nowhere", 1), "d"])
def test_an_answer_that_leads_nowhere_is_a_fault(answer: Any) -> None:
    graph = diamond()
    with pytest.raises(Fault, match="the branch after 'd'"):
        route_of_answer(graph, graph.branches["d"][0], answer)


def test_visits_are_counted_on() -> None:
    route = (NextNode(node="a"), NextNode(node="b"), NextNode(node="b", argument=b"1"))
    assert [visit for _, visit in numbered(route, {"a": 4})] == [5, 1, 2]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.just(b"{}")), max_size=5))
def test_routes_survive_their_bytes(items: list[tuple[str, bytes | None]]) -> None:
    route = tuple(NextNode(node=node, argument=argument) for node, argument in items)
    assert load_route(dump_route(route)) == route


class State(TypedDict, total=False):
    plain: Any
    items: Annotated[list[Any], operator.add]
    most: Annotated[int, max]
    seen: Annotated[list[str], lambda before, new: sorted({*before, new})]


STATE = state_type_of(State, graph_id="g")


def written(*writes: dict[str, Any], node: str = "n", step_id: str = "n:1") -> Written:
    encoded = [{name: STATE.keys[name].write(v) for name, v in w.items()} for w in writes]  # type: ignore[index]
    return Written(node, step_id, encoded)


@given(st.lists(st.lists(JSON, max_size=3), max_size=6))
def test_lists_grow_as_bytes_exactly_as_they_would_as_values(parts: list[list[Any]]) -> None:
    steps = [written({"items": part}, step_id=f"n:{i}") for i, part in enumerate(parts)]
    after = merge(STATE, {}, steps)
    expected = [item for part in parts for item in part]
    assert STATE.give(after).get("items", []) == expected
    again = load_writes(dump_writes(list(after and [after])))
    assert (again[0] if again else {}) == after


def test_updates_are_merged_in_the_order_of_their_steps() -> None:
    after = merge(
        STATE,
        {"most": b"3", "seen": b'["b"]'},
        [written({"items": [1], "most": 9}, {"items": [2], "seen": "a"}), written({"most": 5})],
    )
    assert STATE.give(after) == {"items": [1, 2], "most": 9, "seen": ["a", "b"]}


def test_one_step_may_write_a_key_again_but_two_steps_may_not() -> None:
    assert merge(STATE, {}, [written({"plain": 1}, {"plain": 2})]) == {"plain": b"2"}
    with pytest.raises(Fault, match=r"'a' \(step a:1\) and 'b' \(step b:1\).*'plain'") as caught:
        merge(
            STATE,
            {},
            [
                written({"plain": 1}, node="a", step_id="a:1"),
                written({"plain": 1}, node="b", step_id="b:1"),
            ],
        )
    assert caught.value.error.reason == "INVALID_UPDATE"


def test_a_reducer_that_fails_is_named_with_its_key() -> None:
    with pytest.raises(Fault, match="the reducer of key 'seen' failed") as caught:
        merge(STATE, {"seen": b"[1]"}, [written({"seen": "a"})])
    assert caught.value.error.reason == "REDUCER_FAILED"


def test_a_state_that_grows_without_end_is_stopped() -> None:
    with pytest.raises(Fault, match="largest key is 'plain'") as caught:
        merge(STATE, {}, [written({"plain": "x" * 100})], max_bytes=50)
    assert caught.value.error.reason == "STATE_TOO_LARGE"
