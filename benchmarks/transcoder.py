"""What the transcoder costs per message, beside json_format: one process, no network."""

import time
from collections.abc import Callable
from typing import Any

from _figures import machine, middle, write
from _setting import Options, options_from
from google.protobuf import json_format

from httprule.transcoder import Transcoder
from runwire.v1 import run_pb2, run_service_pb2


def microseconds(call: Callable[[], Any], how: Options) -> list[float]:
    """Return the average of each round."""
    averages = []
    for _ in range(how.rounds):
        count, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < how.seconds:
            call()
            count += 1
        averages.append(spent / count * 1e6)
    return averages


def run() -> run_pb2.Run:
    """Return a run as most are: a few labels, a small input, its times."""
    found = run_pb2.Run(run_id="0f6f2f9c-3f8e-4d0b-9a53-1c2d3e4f5a6b", last_sequence=17)
    found.status = run_pb2.RUN_STATUS_SUCCEEDED
    found.spec.graph_id = "data_quality"
    found.spec.input.content_type = "application/json"
    found.spec.input.data = b'{"table": "orders.csv", "limit": 100}'
    found.spec.labels.update({"team": "data", "kind": "nightly"})
    for time_field in (found.create_time, found.start_time, found.end_time):
        time_field.GetCurrentTime()
    return found


def main(how: Options) -> None:
    """Measure each direction."""
    transcoder = Transcoder(run_service_pb2.DESCRIPTOR.services_by_name.values())
    get = transcoder.find("GET", "/v1/runs/r1")
    response = run_service_pb2.GetRunResponse(run=run())
    create = transcoder.find("POST", "/v1/runs")
    request = run_service_pb2.CreateRunRequest(spec=run().spec, request_id="r1")
    body = json_format.MessageToJson(request).encode()
    rows: dict[str, Callable[[], Any]] = {
        "find a route": lambda: transcoder.find("GET", "/v1/runs/r1"),
        "GetRun request": lambda: get.request("", "", b""),
        "GetRun response": lambda: get.answer(response),
        "GetRun response, json_format": lambda: json_format.MessageToJson(response),
        "CreateRun request": lambda: create.request("", "application/json", body),
        "CreateRun request, json_format": lambda: json_format.Parse(body, type(request)()),
    }
    lines = [
        f"{machine()}. Median [range] of {how.rounds} rounds.",
        "",
        "| what | µs |",
        "| --- | --- |",
    ]
    lines += [f"| {name} | {middle(microseconds(call, how))} |" for name, call in rows.items()]
    write("Transcoder", lines)


if __name__ == "__main__":
    main(options_from(__doc__, seconds=1.0))
