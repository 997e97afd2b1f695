"""What a hostile or careless client sends: each route with a body that is right, made wrong."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

NOBODY = "00000000-0000-4000-8000-000000000000"
RUN = {"assistant_id": "three_nodes", "input": {"n": 1}}
EVERY_RUN = {
    **RUN,
    "command": None,
    "stream_mode": ["values"],
    "stream_subgraphs": False,
    "stream_resumable": True,
    "metadata": {"a": 1},
    "config": {"configurable": {"a": 1}, "tags": ["a"], "recursion_limit": 10, "metadata": {}},
    "context": None,
    "checkpoint": None,
    "checkpoint_id": None,
    "interrupt_before": [],
    "interrupt_after": [],
    "feedback_keys": [],
    "webhook": None,
    "multitask_strategy": "enqueue",
    "if_not_exists": "reject",
    "on_disconnect": "cancel",
    "on_completion": "delete",
    "durability": "async",
    "after_seconds": None,
    "strict_resume": False,
}
PAGE = {"limit": 1, "offset": 0, "sort_by": "created_at", "sort_order": "desc", "select": None}
CRON = {**EVERY_RUN, "schedule": "0 0 1 1 *", "timezone": "UTC", "end_time": None, "enabled": False}
PLACE = {"checkpoint_id": "x", "checkpoint_ns": "", "checkpoint_map": {}}
NEW_THREAD = {
    "thread_id": None,
    "metadata": {"a": 1},
    "graph_id": "three_nodes",
    "if_exists": "do_nothing",
    "supersteps": [{"updates": [{"values": {"n": 1}, "as_node": "first", "command": None}]}],
    "ttl": {"ttl": 5, "strategy": "delete"},
}
WANTED = {"ids": [], "metadata": {"a": 1}, "values": {"n": 7}, "status": "idle"}
NEW_ASSISTANT = {
    "graph_id": "three_nodes",
    "assistant_id": None,
    "config": {},
    "context": {},
    "metadata": {"a": 1},
    "if_exists": "do_nothing",
    "name": "a",
    "description": "b",
}
ITEM = {"namespace": ["a", "b"], "key": "k", "value": {"a": 1}, "index": False, "ttl": 5}
FOUND = {"namespace_prefix": ["a"], "filter": {"a": 1}, "limit": 1, "offset": 0, "query": "x"}
COMMAND = {
    "id": 1,
    "method": "run.start",
    "params": {
        "assistant_id": "three_nodes",
        "input": {"n": 1},
        "config": {"configurable": {"checkpoint_id": "x", "a": 1}},
        "metadata": {},
        "context": None,
        "multitaskStrategy": "enqueue",
    },
}
EVENTS = {"channels": ["values"], "namespaces": [[]], "depth": 1, "since": 0}

BODIES: Mapping[tuple[str, str], Any] = {
    ("POST", "/assistants"): NEW_ASSISTANT,
    ("POST", "/assistants/search"): {**PAGE, "metadata": {"a": 1}, "graph_id": "a", "name": "b"},
    ("POST", "/assistants/count"): {"metadata": {"a": 1}, "graph_id": "a", "name": "b"},
    ("PATCH", "/assistants/{assistant_id}"): {**NEW_ASSISTANT, "assistant_id": None},
    ("POST", "/assistants/{assistant_id}/versions"): {**PAGE, "metadata": {"a": 1}},
    ("POST", "/assistants/{assistant_id}/latest"): {"version": 1},
    ("POST", "/threads"): NEW_THREAD,
    ("POST", "/threads/search"): {**PAGE, **WANTED, "extract": {"a": "values.n"}},
    ("POST", "/threads/count"): WANTED,
    ("POST", "/threads/prune"): {"thread_ids": [NOBODY], "strategy": "delete"},
    ("PATCH", "/threads/{thread_id}"): {"metadata": {"a": 1}, "ttl": {"ttl": 5}},
    ("POST", "/threads/{thread_id}/copy"): None,
    ("POST", "/threads/{thread_id}/state"): {
        "values": {"n": 1},
        "as_node": "first",
        "checkpoint": None,
        "checkpoint_id": None,
    },
    ("PATCH", "/threads/{thread_id}/state"): {"metadata": {"a": 1}},
    ("POST", "/threads/{thread_id}/state/checkpoint"): {
        "checkpoint": PLACE,
        "subgraphs": True,
        "select": ["values"],
    },
    ("POST", "/threads/{thread_id}/history"): {
        "limit": 1,
        "before": PLACE,
        "metadata": {"a": 1},
        "checkpoint": PLACE,
        "select": ["values"],
    },
    ("POST", "/runs"): EVERY_RUN,
    ("POST", "/runs/batch"): [EVERY_RUN],
    ("POST", "/runs/cancel"): {"thread_id": NOBODY, "run_ids": [NOBODY], "status": None},
    ("POST", "/runs/stream"): EVERY_RUN,
    ("POST", "/runs/wait"): EVERY_RUN,
    ("POST", "/threads/{thread_id}/runs"): EVERY_RUN,
    ("POST", "/threads/{thread_id}/runs/stream"): EVERY_RUN,
    ("POST", "/threads/{thread_id}/runs/wait"): EVERY_RUN,
    ("POST", "/threads/{thread_id}/runs/{run_id}/cancel"): None,
    ("POST", "/threads/{thread_id}/runs/crons"): CRON,
    ("POST", "/runs/crons"): CRON,
    ("POST", "/runs/crons/search"): {
        **PAGE,
        "metadata": {"a": 1},
        "assistant_id": "a",
        "thread_id": None,
        "enabled": True,
    },
    ("POST", "/runs/crons/count"): {"metadata": {"a": 1}, "assistant_id": "a", "thread_id": None},
    ("PATCH", "/runs/crons/{cron_id}"): {**CRON, "assistant_id": None},
    ("PUT", "/store/items"): ITEM,
    ("DELETE", "/store/items"): {"namespace": ["a"], "key": "k"},
    ("POST", "/store/items/search"): FOUND,
    ("POST", "/store/namespaces"): {
        "prefix": ["a"],
        "suffix": ["b"],
        "max_depth": 1,
        "limit": 1,
        "offset": 0,
    },
    ("POST", "/threads/{thread_id}/commands"): COMMAND,
    ("POST", "/threads/{thread_id}/stream/events"): EVENTS,
}
"""A body that is right for each route that takes one."""

PARAMETERS = (
    *("limit", "offset", "status", "select", "include", "before", "subgraphs", "wait", "action"),
    *("xray", "recurse", "namespace", "key", "refresh_ttl", "stream_mode", "reason"),
    *("cancel_on_disconnect", "delete_threads", "check_db"),
)
WORDS = ("", "-1", "9" * 30, "x", "true", "\0", "\ud800", "a" * 5000, "'; DROP TABLE runs; --", "%")


def deep(levels: int) -> Any:
    """Return lists within lists."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


NASTY: tuple[Any, ...] = (
    *(True, 0, -1, 2**31, 2**63, 2**64, 10**400, 1.5, 1e308),
    *("", "x", "\0", "a\0b", "\ud800", "a" * 70_000, "../../etc/passwd", "' OR 1=1 --", "%_\\"),
    *([], [1], ["\0"], ["\ud800"], [[]], [None], ["a"] * 1000, [{}], deep(150), deep(250)),
    *({}, {"\0": 1}, {"a": {"b": "\0"}}, {"": ""}, {"$eq": 1}, {"$contains": None}, {"a": None}),
    *({"a": {"$gt": [1]}}, {"a": {"$eq": "\0"}}, {"configurable": {"thread_id": 1}}),
    *({"checkpoint_id": "\0"}, {"checkpoint_id": 1}, {"checkpoint_map": [1]}),
    *({"checkpoint_ns": "\0", "checkpoint_id": NOBODY}, {"resume": "\0"}, {"goto": "nowhere"}),
    *({"goto": [{"node": 1}]}, {"goto": {"node": "first", "input": 1}}, {"update": [1]}),
    *({"n": "text"}, {"n": None}, {"tags": [1]}, {"recursion_limit": 10**30}, "a" * 1_100_000),
)
RAW: tuple[bytes, ...] = (
    *(b"{", b"[]", b"null", b'"text"', b"1", b"[1]", b"[[]]", b"NaN", b'{"metadata": NaN}'),
    *(b'{"a": Infinity}', b"\xff\xfe{}", b'{"a": "\xc3("}', b'{"a": "\\ud800"}', b"\0", b"{}{}"),
    *(b"[" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'{"a": 1e999}', b"\xef\xbb\xbf{}"),
    *(b'{"a": 1' + b"0" * 5000 + b"}", b" " * 100_000, b'{"limit": 1, "limit": "x"}'),
)
LAST_IDS = ("-1", "0", "-", "-5", "9" * 18, "9" * 19, "x" * 10_000, "1.5", "\xff", "x:1", ":", "1:")

PYTHON = re.compile(
    r"Traceback|sqlalchemy|asyncpg|sqlite|psycopg|File \"|site-packages|pydantic|<class |"
    r"object at 0x|\.py\b|SELECT |INSERT |UPDATE [a-z_]+ SET|codec can't|errors\.pydantic",
)
"""What no caller is to be shown."""


@dataclass(frozen=True)
class Sent:
    """A request."""

    method: str
    path: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = (self.content[:150], dict(self.params), str(dict(self.headers))[:80])
        return f"{self.method} {self.path} {shown}"


def requests(known: Mapping[str, str]) -> Iterator[Sent]:
    """Every body made wrong in every field, and everything that is no body at all."""
    for (method, template), body in BODIES.items():
        path = filled(template, known)
        for raw in RAW:
            yield Sent(method, path, raw)
        for wrong in mutants(body):
            yield Sent(method, path, json.dumps(wrong).encode())


def filled(template: str, known: Mapping[str, str]) -> str:
    """Return the path of a route, with ids that are known in it."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: known.get(found[1], NOBODY), template)


def mutants(body: Any) -> Iterator[Any]:
    """Return a value with each of its parts, one at a time, put wrong."""
    if isinstance(body, dict):
        for name, value in body.items():
            for wrong in NASTY:
                yield {**body, name: wrong}
            for wrong in mutants(value) if isinstance(value, dict | list) else ():
                yield {**body, name: wrong}
    elif isinstance(body, list):
        for number, value in enumerate(body):
            for wrong in mutants(value) if isinstance(value, dict | list) else NASTY:
                yield [*body[:number], wrong, *body[number + 1 :]]
