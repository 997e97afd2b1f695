"""Handlers of LangGraph's `Auth`: what they are shown, and what their answers mean."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from langgraph_sdk import Auth
from starlette.exceptions import HTTPException

from runwire.domain.langgraph_auth import Action, Refused, Request, Resource, User
from runwire.domain.run_options import RunOptions
from runwire.engine.faults import GraphError
from runwire.langgraph import auth as module
from runwire.langgraph.auth import CustomAuth, open_auth, user_of

THREAD = "01a1fe8b-f04d-7017-b7ee-e773249a9c04"
ADA = user_of({"identity": "ada", "permissions": ["p"], "org": "acme"})


@contextmanager
def opened(auth: Auth, **options: Any) -> Iterator[CustomAuth]:
    found = open_auth(auth, reference="a.py:auth", **({"studio": False} | options))
    try:
        yield found
    finally:
        found.close()


def asked(**options: Any) -> Request:
    usual = {"method": "POST", "path": "/threads", "headers": ((b"authorization", b"Bearer x"),)}
    return Request(**(usual | options))


async def login(handler: Callable[..., Any], request: Request | None = None) -> User:
    auth = Auth()
    auth.authenticate(handler)
    with opened(auth) as found:
        return await found.authenticate(request or asked())


async def test_a_handler_is_shown_what_it_names() -> None:
    seen: dict[str, Any] = {}

    async def handler(
        request: Any,
        body: Any,
        path: Any,
        method: Any,
        path_params: Any,
        query_params: Any,
        headers: Any,
        authorization: Any,
        left_alone: int = 5,
        **others: Any,
    ) -> str:
        seen.update(locals(), text=await request.body())
        return "ada"

    headers = ((b"Authorization", b"Bearer x"), (b"x-team", b"blue"))
    await login(
        handler,
        asked(
            headers=headers,
            path="/threads/1",
            path_params={"thread_id": "1"},
            query_string=b"a=1&b=2&b=3",
            body=b'{"limit": 1}',
            scope={"type": "http", "client": ("127.0.0.1", 5)},
        ),
    )
    request = seen["request"]
    assert request.headers["x-team"] == "blue"
    assert (request.method, request.url.path, request.client.port) == ("POST", "/threads/1", 5)
    assert (seen["body"], seen["text"]) == ({"limit": 1}, b'{"limit": 1}')
    assert (seen["path"], seen["method"], seen["path_params"]) == (
        "/threads/1",
        "POST",
        {"thread_id": "1"},
    )
    assert seen["query_params"].getlist("b") == ["2", "3"]
    assert seen["headers"] == {b"authorization": b"Bearer x", b"x-team": b"blue"}
    assert (seen["authorization"], seen["left_alone"], seen["others"]) == ("Bearer x", 5, {})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
async def test_without_a_body_or_a_key_there_is_none(body: bytes) -> None:
    async def handler(body: Any, authorization: Any, request: Any) -> str:
        assert (body, authorization) == (None, None)
        return "ada"

    websocket = {"type": "websocket", "path": "/threads/1/stream/events"}
    assert (await login(handler, asked(headers=(), body=body, scope=websocket))).identity == "ada"


async def test_handlers_do_not_run_on_the_loop_that_asks() -> None:
    here, threads = threading.get_ident(), set()

    def blocking() -> str:
        threads.add(threading.get_ident())
        return "ada"

    async def waiting() -> str:
        threads.add(threading.get_ident())
        return "ada"

    await login(blocking)
    await login(waiting)
    assert here not in threads
    assert len(threads) == 2


@dataclass
class Person:
    identity: str
    permissions: tuple[str, ...]
    org: str

    def greet(self) -> str:
        return f"I am {self.identity}"


class Bare:
    identity = "bare"


@pytest.mark.parametrize(
    ("said", "identity", "permissions", "fields"),
    [
        ("ada", "ada", (), {}),
        ({"identity": "ada"}, "ada", (), {}),
        ({"identity": "ada", "permissions": ["a"], "org": 1}, "ada", ("a",), {"org": 1}),
        (Person("ada", ("a", "b"), "acme"), "ada", ("a", "b"), {"org": "acme"}),
        (Bare(), "bare", (), {}),
        ({"identity": "ada", "is_authenticated": False}, "ada", (), {"is_authenticated": False}),
        ({"identity": "ada", "display_name": "Ada", "since": {1}}, "ada", (), {"since": [1]}),
    ],
)
async def test_a_user_may_be_said_in_many_ways(
    said: Any, identity: str, permissions: tuple[str, ...], fields: dict[str, Any]
) -> None:
    user = await login(lambda: said)
    assert (user.identity, user.permissions) == (identity, permissions)
    assert user.fields.items() >= fields.items()
    assert RunOptions.load(RunOptions(user=user.fields).dump()).user == user.fields
    own = user.own
    assert (own.identity, own["identity"], own.is_authenticated) == (
        identity,
        identity,
        fields.get("is_authenticated", True),
    )
    assert own.display_name in (identity, "Ada")
    assert {"identity", "permissions", "display_name"} <= {*own}
    for name, value in fields.items():
        assert (getattr(own, name), name in own) == (value, True)
    if isinstance(said, Person):
        assert own.greet() == "I am ada"
    with pytest.raises(AttributeError):
        _ = own.shoe_size


TEXT = "the password is sesame"


@pytest.mark.parametrize(
    ("said", "status", "detail"),
    [
        (None, 401, "authentication failed"),
        (False, 401, "authentication failed"),
        (17, 500, "the authentication handler names nobody: it must return an identity"),
        ({"name": "ada"}, 500, "the authentication handler names nobody"),
        ({"identity": ""}, 500, "the authentication handler names nobody"),
        (Auth.exceptions.HTTPException(), 401, "Unauthorized"),
        (Auth.exceptions.HTTPException(detail="who are you"), 401, "who are you"),
        (Auth.exceptions.HTTPException(403, "no", {"X-Why": "z"}), 403, "no"),
        (HTTPException(402, "pay"), 402, "pay"),
        (HTTPException(200, "odd"), 401, "authentication failed"),
        (ValueError(TEXT), 401, "authentication failed"),
        (AssertionError(TEXT), 401, "authentication failed"),
        (TimeoutError(TEXT), 503, "authentication failed: no answer in time"),
    ],
)
async def test_whoever_is_not_known_is_refused(said: Any, status: int, detail: str) -> None:
    async def handler() -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    with pytest.raises(Refused) as caught:
        await login(handler)
    assert caught.value.status_code == status
    assert caught.value.detail.startswith(detail)
    assert TEXT not in str(caught.value)
    assert caught.value.headers == ({"X-Why": "z"} if status == 403 else {})


async def test_a_handler_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANDLER_SECONDS", 0.05)

    async def handler() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Refused, match="503: authentication failed: no answer in time"):
        await login(handler)


async def test_without_a_login_nobody_comes_in() -> None:
    with opened(Auth()) as found, pytest.raises(Refused, match="401: nobody can log in"):
        await found.authenticate(asked())


def test_what_nobody_can_give_is_refused_at_the_start() -> None:
    auth = Auth()
    auth.authenticate(lambda token: token)
    with pytest.raises(GraphError, match=r"'a.py:auth': .* takes 'token'; it may take request, bo"):
        open_auth(auth, reference="a.py:auth", studio=False)


@pytest.mark.parametrize("studio", [True, False])
async def test_studio_comes_in_only_where_that_is_allowed(studio: bool) -> None:
    auth = Auth()
    auth.authenticate(lambda: None)
    seen: list[Any] = []

    @auth.on
    async def handler(ctx: Any, value: Any) -> None:
        seen.append((isinstance(ctx.user, Auth.types.StudioUser), ctx.user["kind"], *ctx.user))

    request = asked(headers=((b"x-auth-scheme", b"langsmith"),))
    with opened(auth, studio=studio) as found:
        if not studio:
            with pytest.raises(Refused, match="401"):
                await found.authenticate(request)
            return
        user = await found.authenticate(request)
        await found.authorize(user, Resource.THREADS, Action.READ, {})
        with pytest.raises(Refused, match="401"):
            await found.authenticate(asked())
    assert user.identity == user.fields["identity"] == "langgraph-studio-user"
    known = ("kind", "is_authenticated", "display_name", "identity", "permissions")
    assert seen == [(True, "StudioUser", *known)]


async def test_the_most_specific_handler_counts() -> None:
    auth, called = Auth(), []

    def named(name: str) -> Any:
        async def handler(ctx: Any, value: Any) -> None:
            called.append(name)

        return handler

    auth.on(named("all"))
    auth.on.threads(named("threads"))
    auth.on.threads.create(named("threads.create"))
    auth.on(resources=["crons", "assistants"], actions="delete")(named("two deleted"))
    auth.on(actions="search")(named("search"))
    auth.on.store(actions=["put", "get"])(named("store.put/get"))
    with opened(auth) as found:
        for resource, action in (
            (Resource.THREADS, Action.CREATE),
            (Resource.THREADS, Action.CREATE_RUN),
            (Resource.THREADS, Action.SEARCH),
            (Resource.CRONS, Action.DELETE),
            (Resource.CRONS, Action.SEARCH),
            (Resource.STORE, Action.GET),
            (Resource.STORE, Action.DELETE),
        ):
            assert await found.authorize(ADA, resource, action, {}) == {}
    assert called == [
        *("threads.create", "threads", "threads", "two deleted", "search", "store.put/get", "all")
    ]


async def test_without_a_handler_everybody_may() -> None:
    with opened(Auth()) as found:
        assert await found.authorize(ADA, Resource.STORE, Action.PUT, {}) == {}


async def test_a_handler_sees_who_does_what_and_may_change_it() -> None:
    auth, seen = Auth(), []

    @auth.on.threads
    async def threads(ctx: Any, value: Any) -> Any:
        seen.append((ctx.user.identity, ctx.user.org, [*ctx.permissions], ctx.resource, ctx.action))
        seen.append(dict(value))
        value.setdefault("metadata", {})["owner"] = ctx.user.identity
        return {"owner": ctx.user.identity}

    @auth.on.store
    async def store(ctx: Any, value: Any) -> None:
        value["namespace"] = (ctx.user.identity, *value["namespace"])

    value: dict[str, Any] = {"thread_id": THREAD, "run_id": None, "metadata": {"k": 1}}
    item: dict[str, Any] = {"namespace": ["docs"], "key": "k"}
    with opened(auth) as found:
        answer = await found.authorize(ADA, Resource.THREADS, Action.UPDATE, value)
        await found.authorize(ADA, Resource.STORE, Action.GET, item)
    assert answer == {"owner": "ada"}
    assert seen[0] == ("ada", "acme", ["p"], "threads", "update")
    assert seen[1] == {"thread_id": UUID(THREAD), "run_id": None, "metadata": value["metadata"]}
    assert value == {"thread_id": THREAD, "run_id": None, "metadata": {"k": 1, "owner": "ada"}}
    assert item == {"namespace": ["ada", "docs"], "key": "k"}


@pytest.mark.parametrize(
    "said",
    [
        None,
        True,
        {"owner": "ada"},
        {"owner": 5},
        {"owner": {"$eq": "ada"}, "team": {"$contains": ["a", "b"]}},
    ],
)
async def test_what_a_handler_lets_through(said: Any) -> None:
    assert await answered(said) == (said if isinstance(said, dict) else {})


@pytest.mark.parametrize(
    ("said", "status", "detail"),
    [
        (False, 403, "Forbidden"),
        (17, 500, "the handler for threads.read must return None, a bool or a filter"),
        ({"owner": {"$in": ["ada"]}}, 500, "the filter of threads.read may have values, $eq and"),
        ({"$or": [{"owner": "ada"}]}, 500, "the filter of threads.read may have values, $eq and"),
        ({"owner": {"$eq": 1, "$contains": 1}}, 500, "the filter of threads.read may have"),
        (Auth.exceptions.HTTPException(404, "not for you"), 404, "not for you"),
        (Auth.exceptions.HTTPException(), 401, "Unauthorized"),
        (ValueError(TEXT), 500, "the handler for threads.read failed"),
    ],
)
async def test_what_a_handler_refuses(said: Any, status: int, detail: str) -> None:
    with pytest.raises(Refused) as caught:
        await answered(said)
    assert caught.value.status_code == status
    assert caught.value.detail.startswith(detail)


async def answered(said: Any) -> Any:
    auth = Auth()

    @auth.on.threads.read
    async def handler(ctx: Any, value: Any) -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    with opened(auth) as found:
        return await found.authorize(ADA, Resource.THREADS, Action.READ, {"thread_id": THREAD})
