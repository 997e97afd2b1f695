"""The document of this server: valid, fresh, with examples that are requests."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from httprule.transcoder import Transcoder
from runwire.http.app import new_transcoder
from runwire.http.examples import BODIES
from runwire.http.openapi import document
from runwire.http.watches import SERVICES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document(SERVICES)


@pytest.fixture(scope="module")
def transcoder() -> Transcoder:
    return new_transcoder()


def test_it_is_valid(made: dict[str, Any]) -> None:
    validate(made, cls=OpenAPIV31SpecValidator)


def test_the_file_is_fresh() -> None:
    command = [sys.executable, str(ROOT / "tools/openapi.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr


def test_it_has_every_route(made: dict[str, Any], transcoder: Transcoder) -> None:
    ids = [each["operationId"] for item in made["paths"].values() for each in item.values()]
    assert len(ids) == len(set(ids)) == len(transcoder.routes)
    told = {name.removesuffix("_2") for name in ids}  # a method may have two routes
    routes = {
        f"{route.method.containing_service.name}_{route.method.name}" for route in transcoder.routes
    }
    assert told == routes
    assert len(told) > 50


def test_everything_has_a_description(made: dict[str, Any]) -> None:
    ours = {
        name: schema
        for name, schema in made["components"]["schemas"].items()
        if name.startswith("runwire.")
    }
    silent = [name for name, schema in ours.items() if not schema.get("description")]
    silent += [
        f"{name}.{key}"
        for name, schema in ours.items()
        for key, field in schema.get("properties", {}).items()
        if not field.get("description")
    ]
    silent += [
        operation["operationId"]
        for item in made["paths"].values()
        for operation in item.values()
        if not operation.get("summary")
    ]
    assert silent == []


def test_examples_are_requests(made: dict[str, Any], transcoder: Transcoder) -> None:
    shown = 0
    for path, item in made["paths"].items():
        for http_method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            example = content.get("application/json", {}).get("example")
            if example is not None:
                shown += 1
                found = transcoder.find(http_method.upper(), path.replace("{", "").replace("}", ""))
                found.request("", "application/json", json.dumps(example).encode())
    assert shown == len(BODIES)


@pytest.mark.parametrize(
    ("secured", "expected"),
    [
        (None, [{"apiKey": []}, {"bearer": []}, {}]),
        (True, [{"apiKey": []}, {"bearer": []}]),
        (False, None),
    ],
)
def test_it_tells_whether_credentials_are_needed(
    secured: bool | None, expected: list[Any] | None
) -> None:
    assert document(SERVICES, secured=secured).get("security") == expected


def test_json_payloads_are_spelled_out(made: dict[str, Any]) -> None:
    payload = made["components"]["schemas"]["runwire.v1.Payload"]
    assert "type" not in payload["properties"]["json"]
    fields = {"json", "data", "artifactId", "contentType", "metadata"}
    assert set(payload["properties"]) == fields
