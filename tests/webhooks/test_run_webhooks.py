"""Webhooks that runs name themselves: where they may lead, and that they are told."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import ROOT, settings_in
from tests.webhooks.receiver import receiving, status

from runwire.domain.errors import Invalid
from runwire.domain.run_webhooks import RunWebhookRules
from runwire.server import serve
from runwire.webhook_parts import run_webhook_headers

GRAPHS = {"three_nodes": "tests/langgraph/graphs.py:three_nodes"}


async def test_a_run_is_told_where_it_says_until_that_is_heard(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    settings = settings_in(
        tmp_path,
        database_url=database_url,
        http_address="127.0.0.1:0",
        graphs=GRAPHS,
        webhook_allow_private=True,
        langgraph_webhooks={"headers": {"X-From": "here"}},
    )
    async with receiving() as endpoint, serve(settings) as server:
        endpoint.answers = [status(503, "retry-after: 0")]
        body = {"assistant_id": "three_nodes", "input": {"n": 1}, "webhook": endpoint.url}
        async with httpx.AsyncClient(base_url=f"http://{server.http_address}") as client:
            assert (await client.post("/runs/wait", json=body, timeout=20)).json() == {"n": 7}
        first, again = await endpoint.wait_for(2, seconds=30)
    assert first.id == again.id
    assert first.body == again.body
    assert again.headers["x-from"] == "here"
    assert "webhook-signature" not in again.headers
    told = json.loads(again.body)
    assert (told["status"], told["values"]) == ("success", {"n": 7})


@pytest.mark.parametrize(
    ("rules", "url", "why"),
    [
        ({"off": True}, "https://example.com/", "switched off"),
        ({}, "http://127.0.0.1:8080/", "not public"),
        ({}, "/relative", "must begin with"),
        ({"require_https": True}, "http://example.com/", "https://"),
        ({"allowed_domains": ("example.com",)}, "https://a.example.com/", "domain"),
        ({"allowed_domains": ("*.example.com",)}, "https://badexample.com/", "domain"),
        ({"allowed_ports": (443,)}, "https://example.com:8443/", "port"),
        ({"max_url_characters": 20}, "https://example.com/1234567890", "longer"),
    ],
)
def test_rules_refuse_and_say_why(rules: dict[str, Any], url: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        RunWebhookRules(**rules).check(url)
    assert refused.value.violations[0].field == "webhook"


def test_rules_let_through_what_they_name() -> None:
    rules = RunWebhookRules(
        require_https=True, allowed_domains=("*.Example.com",), allowed_ports=(443, 8443)
    )
    rules.check("https://hooks.example.com/x")
    rules.check("https://hooks.example.com:8443/x")


def test_headers_are_filled_from_variables_that_may_be_used(tmp_path: Path) -> None:
    table = {"headers": {"Authorization": "Bearer ${{ env.LG_WEBHOOK_TOKEN }}"}}
    settings = settings_in(tmp_path, langgraph_webhooks=table)
    assert run_webhook_headers(settings, {"LG_WEBHOOK_TOKEN": "secret"}) == {
        "authorization": "Bearer secret"
    }
    with pytest.raises(Invalid, match="LG_WEBHOOK_TOKEN"):
        run_webhook_headers(settings, {})
    other = {"headers": {"x": "${{ env.HOME }}"}}
    with pytest.raises(Invalid, match="HOME"):
        run_webhook_headers(settings_in(tmp_path, langgraph_webhooks=other), {"HOME": "/root"})
