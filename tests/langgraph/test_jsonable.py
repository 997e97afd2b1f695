"""What graphs say, as JSON; the forms are those that LangGraph's own server gives."""

import json
from collections import deque, namedtuple
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langchain_core.messages import AIMessage
from langgraph.types import Interrupt
from pydantic import BaseModel

from runwire.langgraph.jsonable import dump, plain


@dataclass
class Point:
    x: int
    inner: Any = None


class Model(BaseModel):
    a: int = 1
    b: Any = None


class Colour(Enum):
    RED = "red"


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (float("nan"), None),
        ([float("inf"), 1.5], [None, 1.5]),
        (object(), None),
        (object, None),
        (len, None),
        (1j, None),
        ({1}, [1]),
        (deque([1, 2]), [1, 2]),
        ((1, 2), [1, 2]),
        (Pair(1, 2), {"left": 1, "right": 2}),
        (b"abc", "YWJj"),
        (ValueError("x"), {"error": "ValueError", "message": "x"}),
        (Point(1, Point(2)), {"x": 1, "inner": {"x": 2, "inner": None}}),
        (Model(b={1}), {"a": 1, "b": [1]}),
        (Colour.RED, "red"),
        (
            {5: "five", None: 1, Colour.RED: 2, True: 3},
            {"5": "five", "null": 1, "red": 2, "true": 3},
        ),
        (Decimal("1.5"), 1.5),
        (timedelta(seconds=3), 3.0),
        (datetime(2026, 1, 1), "2026-01-01T00:00:00"),  # noqa: DTZ001 - as authors have them
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("/x"), "/x"),
        (2**70, 2**70),
        ({"deep": {(1, 2): {2**70}}}, {"deep": {"(1, 2)": [2**70]}}),
        ("half \ud800", "half ?"),
        (Interrupt(value="q", id="i"), {"value": "q", "id": "i", "response_schema": None}),
    ],
)
def test_whatever_a_graph_says_is_json(value: Any, wanted: Any) -> None:
    assert json.loads(dump(value)) == wanted
    assert json.loads(dump({"in": [value, 2**70]}))["in"] == [wanted, 2**70]  # the careful way


def test_a_message_is_its_own_fields() -> None:
    found = plain({"messages": [AIMessage(content="hi", id="one")]})
    message = found["messages"][0]
    assert message["type"] == "ai"
    assert message["content"] == "hi"
    assert message["tool_calls"] == []


def test_what_contains_itself_ends_somewhere() -> None:
    endless: list[Any] = [2**70]
    endless.append(endless)
    assert dump(endless).startswith(b"[1180591620717411303424,[")
