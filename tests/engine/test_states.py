"""What nodes are given and what becomes of what they return, for every kind of state."""

import operator
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel, Field
from tests.engine.driving import drive, output

from runwire.domain.event import StateUpdated
from runwire.domain.outcome import Succeeded
from runwire.domain.payload import decode
from runwire.engine.authoring import Graph


@dataclass
class Item:
    name: str
    due: date


@dataclass
class Basket:
    items: list[Item] = field(default_factory=list)
    total: float = 0.0
    log: Annotated[list[str], operator.add] = field(default_factory=list)


class Order(BaseModel):
    customer: str
    pieces: int = Field(default=1, ge=1)
    due: date | None = None


async def test_a_dataclass_is_given_as_one_and_its_changed_fields_are_the_update() -> None:
    graph = Graph("basket", state=Basket)

    @graph.node
    async def fill(state: Basket) -> dict[str, Any]:
        assert state == Basket()
        return {"items": [Item("tea", date(2026, 1, 2))]}

    @graph.node
    async def price(state: Basket) -> Basket:
        assert state.items == [Item("tea", date(2026, 1, 2))]
        state.total = 5
        state.log.append("priced")
        return state

    graph.edge("fill", "price")
    run = drive(graph)
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert outcome.output == (
        b'{"items":[{"name":"tea","due":"2026-01-02"}],"total":5.0,"log":["priced"]}'
    )
    told = [e.detail for e in run.leases.events if isinstance(e.detail, StateUpdated)]
    assert decode(told[-1].update) == {"total": 5.0, "log": ["priced"]}


class Row(TypedDict):
    name: str


@dataclass
class Table:
    rows: list[Row]


async def test_a_dataclass_may_hold_typed_dicts_on_every_python() -> None:
    graph = Graph("table", state=Table)

    @graph.node
    def more(state: Table) -> dict[str, Any]:
        return {"rows": [*state.rows, {"name": "b", "extra": 1}]}

    found = await output(graph, {"rows": [{"name": "a"}]})
    assert found == {"rows": [{"name": "a"}, {"name": "b", "extra": 1}]}


async def test_a_pydantic_model_is_given_as_one() -> None:
    graph = Graph("order", state=Order)

    @graph.node
    def confirm(state: Order) -> Order:
        assert (state.customer, state.pieces) == ("Ada", 1)
        return Order(customer="Ada", due=date(2026, 3, 4))

    assert await output(graph, {"customer": "Ada"}) == {
        "customer": "Ada",
        "pieces": 1,
        "due": "2026-03-04",
    }


async def test_without_a_state_type_any_key_may_be_written() -> None:
    graph = Graph("free")

    @graph.node
    def add(state: dict[str, Any]) -> dict[str, Any]:
        return {"y": (1, 2), "day": date(2026, 1, 2), "big": 2**70}

    assert await output(graph, {"x": 5.0}) == {
        "x": 5.0,
        "y": [1, 2],
        "day": "2026-01-02",
        "big": 2**70,
    }


async def test_every_node_has_a_state_of_its_own() -> None:
    graph = Graph("own")

    @graph.node
    async def spoil(state: dict[str, Any]) -> dict[str, Any]:
        state["list"].append("spoilt")
        state["new"] = 1
        return {}

    graph.node(spoil, name="again")
    graph.edge("spoil", "again")
    assert await output(graph, {"list": []}) == {"list": []}


async def test_numbers_keep_their_kind_and_size() -> None:
    graph = Graph("numbers")

    @graph.node
    async def same(state: dict[str, Any]) -> dict[str, Any]:
        return {"copy": [state["big"], state["float"], state["small"]]}

    found = await drive(graph, {"big": 12345678901234567890123, "float": 5.0, "small": 5}).execute()
    assert isinstance(found, Succeeded)
    assert b'"copy":[12345678901234567890123,5.0,5]' in found.output
