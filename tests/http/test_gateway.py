"""The gateway that stands alone, and servers as processes: where they listen and how they end."""

import hashlib
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
import trustme
from tests.conftest import GRAPHS, ROOT, ServerProcess, eventually, plain_environment
from tests.http.test_artifacts import MIB, pieces
from tests.http.test_events import ACCEPT, events
from tests.http.test_rest import created
from websockets.asyncio.client import connect

from runwire.cli.exits import Exit


@contextmanager
def gateway(target: str, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a gateway, and yield it with its address; it is ended if it still runs."""
    command = [sys.executable, "-m", "runwire", "gateway", "--target", target]
    process = subprocess.Popen(
        [*command, "--http-address", "127.0.0.1:0", *words],
        cwd=ROOT,
        env={**plain_environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"serves HTTP at (https?://127\.0\.0\.1:\d+)", line)
        try:
            assert found, line
            yield process, found[1]
        finally:
            process.kill()


async def test_a_gateway_offers_what_the_server_does(new_server_process: ServerProcess) -> None:
    server = new_server_process
    with gateway(server.grpc_address) as (_, base):
        async with httpx.AsyncClient(base_url=base, timeout=30) as rest:
            assert (await rest.get("/readyz")).status_code == 200
            run = await created(rest)
            path = f"/v1/runs/{run['runId']}"
            waited = (await rest.get(f"{path}:wait")).json()["run"]
            assert waited["output"] == {"json": {"n": 7}}
            async with rest.stream("GET", f"{path}:watch", headers=ACCEPT) as answer:
                kinds = [event.kind async for event in events(answer)]
            assert kinds[-1] == "end"
            async with connect(f"{base.replace('http', 'ws')}{path}/ws") as watch:
                assert len([text async for text in watch]) == len(kinds) - 1
            missing = await rest.get("/v1/runs/nope", headers={"x-request-id": "mine"})
            assert missing.status_code == 404
            assert "RUN_NOT_FOUND" in missing.text
            assert missing.text.count('"requestId":"mine"') == 1
            late = await rest.get("/v1/runs", headers={"Grpc-Timeout": "1n"})
            assert late.status_code == 504


async def test_a_gateway_outlives_its_server(new_server_process: ServerProcess) -> None:
    with gateway(new_server_process.grpc_address) as (process, base):
        async with httpx.AsyncClient(base_url=base, timeout=30) as rest:
            assert (await rest.get("/readyz")).status_code == 200
            new_server_process.stop()
            gone = await rest.get("/v1/runs")
            assert (gone.status_code, gone.json()["code"]) == (503, 14)
            assert (await rest.get("/readyz")).status_code == 503
            assert (await rest.get("/healthz")).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == Exit.OK


async def test_artifacts_pass_through_a_gateway(server_process: ServerProcess) -> None:
    with gateway(server_process.grpc_address) as (_, base):
        async with httpx.AsyncClient(base_url=base, timeout=30) as rest:
            digest = hashlib.sha256()
            answer = await rest.post("/v1/artifacts:upload", content=pieces(8, digest))
            assert answer.status_code == 200, answer.text
            artifact = answer.json()["artifact"]
            assert artifact["sha256"] == digest.hexdigest()
            url = f"/v1/artifacts/{artifact['artifactId']}:download"
            assert len((await rest.get(url)).content) == 8 * MIB
            tail = await rest.get(url, headers={"Range": "bytes=-8"})
            assert (tail.status_code, tail.content) == (206, (7).to_bytes(8, "big"))


def refused(*words: str, **variables: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "runwire", *words],
        env=plain_environment() | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != Exit.OK
    return ended.stderr


def test_a_port_in_use_stops_the_start_and_names_the_setting(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        common = ("--http-address", address)
        serve = refused(
            "serve", GRAPHS, "--grpc-address", "127.0.0.1:0", "--data-dir", str(tmp_path), *common
        )
        for said in (serve, refused("gateway", *common)):
            assert f"cannot listen on {address} (http_address)" in said


@pytest.mark.parametrize("command", ["serve", "gateway"])
def test_only_this_machine_reaches_it_unless_allowed(command: str) -> None:
    said = refused(command, "--http-address", "0.0.0.0:0", RUNWIRE_GRPC_ADDRESS="127.0.0.1:0")
    assert "--http-address" in said
    assert "--allow-remote" in said


def test_a_gateway_without_http_is_refused() -> None:
    assert "http_address" in refused("gateway", "--http-address", "off")


async def test_a_server_speaks_https_with_the_same_certificates(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = ca.issue_cert("127.0.0.1", "localhost")
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    words = (
        "--tls-certificate",
        str(tmp_path / "cert.pem"),
        "--tls-key",
        str(tmp_path / "key.pem"),
    )
    server = ServerProcess(
        tmp_path,
        (GRAPHS, *words, "--tls-client-ca", str(tmp_path / "ca.pem")),
        http_address="127.0.0.1:0",
    )
    server.start()
    try:
        base = f"https://{server.http_address}"
        pair = (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        with pytest.raises(httpx.HTTPError):
            async with httpx.AsyncClient(base_url=base, verify=context) as stranger:
                await stranger.get("/readyz")
        context.load_cert_chain(*pair)
        async with httpx.AsyncClient(base_url=base, verify=context) as rest:
            assert (await rest.get("/readyz")).status_code == 200
    finally:
        server.stop()


async def test_a_server_that_is_stopped_ends_streams_with_words(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, (GRAPHS,), http_address="127.0.0.1:0")
    server.start()
    assert server.process is not None
    base = f"http://{server.http_address}"
    async with (
        httpx.AsyncClient(base_url=base, timeout=30) as rest,
        rest.stream("GET", "/v1/runs:watch", headers=ACCEPT) as answer,
    ):
        stream = events(answer)
        await anext(stream)
        server.process.send_signal(signal.SIGTERM)
        last = await anext(stream)
        assert (last.kind, last.data["code"]) == ("error", 14)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    process = server.process
    await eventually(lambda: process.poll() is not None, seconds=20)
    assert process.returncode == Exit.OK
