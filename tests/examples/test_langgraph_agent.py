"""The agent of LangGraph among the examples: by the official SDK, and over gRPC."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient
from tests.conftest import ROOT, ServerProcess
from tests.langgraph.serving import serving, url_of

from runwire_client import Client, Command, RunOptions, RunStatus

EXAMPLE = ROOT / "examples/langgraph_agent"
SETTINGS = {"AGENT_SECONDS_PER_TOKEN": "0"}
WAIT_SECONDS = 60
QUESTION = {"question": "Book EC 217 for 39 euros?", "train": "EC 217", "euros": 39}
BOOKING = "Book a train from Vienna to Zagreb"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server started in the example's folder, as its README says."""
    directory = tmp_path_factory.mktemp("agent")
    with serving(EXAMPLE, directory, **SETTINGS) as running:
        yield running


@pytest.fixture
def sdk(server: ServerProcess) -> Iterator[SyncLangGraphClient]:
    with get_sync_client(url=url_of(server)) as client:
        yield client


@pytest.fixture
def client(server: ServerProcess) -> Iterator[Client]:
    with Client(server.grpc_address) as connected:
        yield connected


def human(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


def streamed(sdk: SyncLangGraphClient, thread: str, **asked: Any) -> list[str]:
    """Let the agent answer, and return the texts of its messages as their tokens came."""
    texts: dict[str, list[str]] = {}
    for part in sdk.runs.stream(thread, "agent", stream_mode="messages-tuple", **asked):
        assert part.event != "error", part.data
        if part.event == "messages" and part.data[0]["type"] == "AIMessageChunk":
            texts.setdefault(part.data[0]["id"], []).append(part.data[0]["content"])
    assert all(len(tokens) > 2 for tokens in texts.values())
    return ["".join(tokens) for tokens in texts.values()]


@pytest.mark.parametrize(
    ("approved", "said"),
    [
        (True, "EC 217 is booked, seat 42. Anything else?"),
        (False, "EC 217 was not booked: nobody wants to pay 39 euros. Anything else?"),
    ],
)
def test_a_booking_waits_for_a_person(sdk: SyncLangGraphClient, approved: bool, said: str) -> None:
    thread = sdk.threads.create()["thread_id"]
    texts = streamed(sdk, thread, input=human(BOOKING))
    assert texts == ["Let me look.", "There is EC 217 at 07:58 for 39 euros."]
    waiting = sdk.threads.get(thread)
    [[question]] = waiting["interrupts"].values()
    assert (waiting["status"], question["value"]) == ("interrupted", QUESTION)
    assert sdk.threads.get_state(thread)["next"] == ["tools"]
    answer: Any = {"resume": {"approved": approved}}
    assert streamed(sdk, thread, command=answer) == [said]
    ended: Any = sdk.threads.get(thread)
    assert (ended["status"], ended["interrupts"]) == ("idle", {})
    kinds = [each["type"] for each in ended["values"]["messages"]]
    assert kinds == ["human", "ai", "tool", "ai", "tool", "ai"]


def test_a_second_turn_goes_on_from_the_first(sdk: SyncLangGraphClient) -> None:
    thread = sdk.threads.create()["thread_id"]
    assert streamed(sdk, thread, input=human("Vienna to Zurich"))[-1].endswith("Shall I book it?")
    texts = streamed(sdk, thread, input=human("Hello"))
    assert texts == ["Tell me from where to where: I know Graz, Vienna, Zagreb, Zurich."]
    values: Any = sdk.threads.get(thread)["values"]
    asked = [each["content"] for each in values["messages"] if each["type"] == "human"]
    assert asked == ["Vienna to Zurich", "Hello"]


def test_a_booking_over_grpc(client: Client) -> None:
    run = client.runs.create(
        "agent", human(BOOKING), options=RunOptions(stream_modes=["messages-tuple"])
    )
    tokens, asked = [], None
    for event in client.runs.watch(run.run_id):
        if event.kind == "output_chunk":
            assert event.data["channel"] == "messages"
            tokens.append(event.data["payload"][0]["content"])
        if event.kind == "interrupt_raised":
            asked = event.data["interrupt"].value
        if event.kind == "status_changed" and event.data["to_status"] is RunStatus.INTERRUPTED:
            break
    assert asked == QUESTION
    assert "".join(tokens[:3]) == "Let me look."
    client.runs.resume(run.run_id, {"approved": True})
    ended = client.runs.wait(run.run_id, timeout_seconds=WAIT_SECONDS)
    assert ended.status is RunStatus.SUCCEEDED, ended.error
    assert ended.output["messages"][-1]["content"] == "EC 217 is booked, seat 42. Anything else?"
    nodes = [step.node for step in client.runs.steps(run.run_id)]
    assert [node for node in nodes if node != "tools"] == ["agent"] * 3


def test_turns_of_a_thread_over_grpc(client: Client) -> None:
    thread = client.threads.create()
    options = RunOptions(ends_at_interrupt=True)
    first = client.runs.create("agent", human(BOOKING), thread_id=thread.thread_id, options=options)
    client.runs.wait(first.run_id, timeout_seconds=WAIT_SECONDS)
    answer = RunOptions(command=Command(resume={"approved": False}))
    second = client.runs.create("agent", thread_id=thread.thread_id, options=answer)
    ended = client.runs.wait(second.run_id, timeout_seconds=WAIT_SECONDS)
    assert ended.status is RunStatus.SUCCEEDED, ended.error
    assert "was not booked" in ended.output["messages"][-1]["content"]


def blocks(language: str) -> list[str]:
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_readme_does_what_it_says(server: ServerProcess) -> None:
    [source] = blocks("python")
    assert "http://127.0.0.1:8080" in source
    source = source.replace("http://127.0.0.1:8080", url_of(server))
    printed = output([sys.executable, "-c", source])
    assert str(QUESTION) in printed
    assert printed.rstrip().endswith("EC 217 is booked, seat 42. Anything else?")


def test_the_commands_of_the_readme_work(server: ServerProcess) -> None:
    [shown] = [block for block in blocks("sh") if "runwire run agent" in block]
    asking, answering = (line for line in shown.splitlines() if line)
    printed = runwire(server, asking, exit_code=7)
    run = json.loads(printed.splitlines()[-1])["run"]
    printed = runwire(server, answering.replace("RUN_ID", run["run_id"]))
    ended = json.loads(printed.splitlines()[-1])["run"]
    assert ended["output"]["messages"][-1]["content"].startswith("EC 217 is booked")


def runwire(server: ServerProcess, line: str, *, exit_code: int = 0) -> str:
    """Have the shell read a line of the README, and return what `runwire` prints as JSON."""
    line = line.replace("runwire ", f"{sys.executable} -m runwire ", 1)
    command = ["sh", "-c", f"{line} --json --server {server.grpc_address}"]
    return output(command, exit_code=exit_code)


def output(command: list[str], *, exit_code: int = 0) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False, cwd=ROOT
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout
