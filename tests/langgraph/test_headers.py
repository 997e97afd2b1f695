"""§3.5: which headers of a request its run finds in `config.configurable`."""

from pathlib import Path
from typing import Any

import httpx
from tests.conftest import ROOT, settings_in

from runwire.http.langgraph.request_headers import HeaderChoice
from runwire.server import serve

SENT = {"x-team": "blue", "x-secret": "s", "x-api-key": "k", "authorization": "a", "x-other": "o"}


async def test_runs_find_the_headers_that_the_settings_name_and_never_keys(tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path,
        http_address="127.0.0.1:0",
        graphs={"three_nodes": str(ROOT / "tests/langgraph/graphs.py:three_nodes")},
        langgraph_headers={"includes": ["x-*"], "excludes": ["x-secret", "x-other"]},
    )
    body = {"assistant_id": "three_nodes", "input": {"n": 1}}
    async with (
        serve(settings) as server,
        httpx.AsyncClient(base_url=f"http://{server.http_address}") as client,
    ):
        run: Any = (await client.post("/runs", json=body, headers=SENT)).json()
        await client.get(f"/runs/{run['run_id']}/join")
    configurable = run["kwargs"]["config"]["configurable"]
    assert configurable.pop("langgraph_request_id")
    assert configurable == {"x-team": "blue"}
    assert run["kwargs"]["context"] is None


def test_without_such_settings_runs_find_none() -> None:
    assert HeaderChoice().of(SENT.items()) == {}
