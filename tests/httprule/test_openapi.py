"""The document of services that use every feature a document has to tell of."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from grpc_tools import protoc
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from tests.httprule.protos import HERE, INCLUDED

from httprule.openapi.document import document
from httprule.openapi.options import BEARER, Failing, Options

DETAILS = "google/rpc/error_details.proto"
PREFIX = "#/components/schemas/test.library.v1."
OPTIONS = Options(
    title="Library",
    version="1",
    description="Books.",
    license={"name": "MIT", "identifier": "MIT"},
    failures={
        404: Failing(name="Missing", description="Not there."),
        409: Failing(
            name="Conflict",
            description="There already.",
            when=lambda route: route.http_method == "POST",
            headers={"Retry-After": "Seconds."},
        ),
    },
    spelled={"test.library.v1.Blob": {"type": "object", "properties": {"json": {}}}},
    security={"bearer": BEARER},
    open_to_all=True,
    examples={"test.library.v1.LibraryService.CreateBook": {"name": "a", "title": "b"}},
    extras=lambda route: (
        {"responses": {"206": {"description": "A part."}}, "parameters": [RANGE], "x-raw": True}
        if route.method.name == "Scan"
        else {}
    ),
)
RANGE = {"name": "Range", "in": "header", "schema": {"type": "string"}}


def library() -> tuple[ServiceDescriptor, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "set"
        command = ["protoc", *(f"-I{path}" for path in (HERE, *INCLUDED))]
        command += ["--include_imports", "--include_source_info", f"--descriptor_set_out={out}"]
        assert protoc.main([*command, "library.proto", DETAILS]) == 0
        descriptors = out.read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool.FindServiceByName("test.library.v1.LibraryService"), descriptors


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    service, descriptors = library()
    return document([service], descriptors, OPTIONS)


def schema(made: dict[str, Any], name: str) -> dict[str, Any]:
    found = made["components"]["schemas"][f"test.library.v1.{name}"]
    assert isinstance(found, dict)
    return found


def query(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in operation["parameters"] if each["in"] == "query"}


def test_it_is_valid(made: dict[str, Any]) -> None:
    validate(made, cls=OpenAPIV31SpecValidator)


def test_it_is_the_same_each_time(made: dict[str, Any]) -> None:
    service, descriptors = library()
    assert json.dumps(document([service], descriptors, OPTIONS)) == json.dumps(made)


def test_paths_are_those_that_a_caller_fills_in(made: dict[str, Any]) -> None:
    assert {path: sorted(item) for path, item in made["paths"].items()} == {
        "/v1/books/{name}": ["get", "patch"],
        "/v1/books/{name}:do": ["post"],
        "/v1/books/{name}:read": ["get"],
        "/v1/books:scan": ["post"],
        "/v1/shelves/{name_1}/books/{name_2}": ["get"],
        "/v1/shelves/{shelf}/books:add": ["post"],
    }


def test_operations_have_ids_tags_and_comments(made: dict[str, Any]) -> None:
    get = made["paths"]["/v1/shelves/{name_1}/books/{name_2}"]["get"]
    assert (get["operationId"], get["tags"]) == ("LibraryService_GetBook", ["LibraryService"])
    assert get["summary"] == "Gets a book"
    assert get["description"] == "Gets a book. It may be lent out.\n\nSecond paragraph."
    assert made["paths"]["/v1/books/{name}"]["get"]["operationId"] == "LibraryService_GetBook_2"
    assert made["tags"] == [{"name": "LibraryService", "description": "Lends books."}]
    assert made["paths"]["/v1/books:scan"]["post"]["deprecated"] is True


def test_parts_of_a_path_tell_which_field_they_fill(made: dict[str, Any]) -> None:
    patch = made["paths"]["/v1/books/{name}"]["patch"]["parameters"][0]
    assert patch["description"] == "Its name. Fills `book.name` of the request."
    part = made["paths"]["/v1/shelves/{name_1}/books/{name_2}"]["get"]["parameters"][1]
    assert (part["name"], part["required"], part["schema"]) == (
        "name_2",
        True,
        {"type": "string", "minLength": 1},
    )
    assert part["description"] == "Which book. Fills a part of `name` of the request."
    rest = made["paths"]["/v1/books/{name}:do"]["post"]["parameters"][0]
    assert "May hold slashes." in rest["description"]
    assert "minLength" not in rest["schema"]
    shelf = made["paths"]["/v1/shelves/{shelf}/books:add"]["post"]["parameters"][0]
    assert shelf["schema"]["format"] == "int64"


def test_queries_have_every_leaf_that_a_query_can_say(made: dict[str, Any]) -> None:
    keys = query(made["paths"]["/v1/books/{name}"]["get"])
    assert sorted(keys) == ["covers", "language", "limit", "reading.length", "reading.pages"]
    assert keys["covers"]["schema"] == {"type": "array", "items": {"$ref": f"{PREFIX}Cover"}}
    assert keys["limit"]["schema"]["format"] == "int64"
    assert keys["language"]["required"] is True
    assert "required" not in keys["reading.length"]
    assert keys["reading.length"]["description"] == "How long."
    create = query(made["paths"]["/v1/shelves/{shelf}/books:add"]["post"])
    assert {name: each["schema"] for name, each in create.items()} == {
        "requestId": {"type": "string", "format": "uuid"}
    }
    assert query(made["paths"]["/v1/books/{name}:do"]["post"]) == {}


def test_bodies_leave_out_what_the_path_says(made: dict[str, Any]) -> None:
    body = made["paths"]["/v1/books/{name}:do"]["post"]["requestBody"]
    assert list(body["content"]["application/json"]["schema"]["properties"]) == ["what"]
    assert "required" not in body
    create = made["paths"]["/v1/shelves/{shelf}/books:add"]["post"]["requestBody"]
    assert create["required"] is True
    assert create["content"]["application/json"] == {
        "schema": {"$ref": f"{PREFIX}Book", "description": "What."},
        "example": {"name": "a", "title": "b"},
    }


def test_what_a_mask_selects_requires_nothing(made: dict[str, Any]) -> None:
    body = made["paths"]["/v1/books/{name}"]["patch"]["requestBody"]["content"]["application/json"]
    assert "required" not in body["schema"]
    assert "name" not in body["schema"]["properties"]
    sequel = body["schema"]["properties"]["sequel"]
    assert sequel["$ref"] == f"{PREFIX}Book.Partial"
    assert "required" not in schema(made, "Book.Partial")
    assert schema(made, "Book.Partial")["properties"]["sequel"]["$ref"] == sequel["$ref"]


def test_raw_bodies_are_bytes(made: dict[str, Any]) -> None:
    scan = made["paths"]["/v1/books:scan"]["post"]
    assert scan["requestBody"]["content"] == {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "*/*": {"schema": {}},
    }
    assert scan["responses"]["200"]["content"] == {"*/*": {"schema": {}}}
    assert sorted(query(scan)) == ["name"]


def test_extras_are_added_to_an_operation(made: dict[str, Any]) -> None:
    scan = made["paths"]["/v1/books:scan"]["post"]
    assert list(scan["responses"]) == ["200", "206", "404", "409", "default"]
    assert scan["parameters"][-1] == RANGE
    assert scan["x-raw"] is True


def test_streams_are_lines_or_events(made: dict[str, Any]) -> None:
    content = made["paths"]["/v1/books/{name}:read"]["get"]["responses"]["200"]["content"]
    assert content["text/event-stream"] == {"schema": {"type": "string"}}
    lines = content["application/x-ndjson"]["schema"]["oneOf"]
    assert [each["required"] for each in lines] == [["result"], ["error"]]
    assert lines[0]["properties"]["result"] == {"$ref": f"{PREFIX}Book"}
    assert lines[1]["properties"]["error"]["$ref"].endswith("google.rpc.Status")


def test_a_response_body_is_one_field(made: dict[str, Any]) -> None:
    create = made["paths"]["/v1/shelves/{shelf}/books:add"]["post"]
    answer = create["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"type": "string", "description": "Its title."}


def test_failures_are_those_that_an_operation_can_have(made: dict[str, Any]) -> None:
    read = made["paths"]["/v1/books/{name}:read"]["get"]["responses"]
    assert list(read) == ["200", "404", "default"]
    conflict = made["components"]["responses"]["Conflict"]
    assert conflict["headers"]["Retry-After"]["description"] == "Seconds."
    status = made["components"]["schemas"]["google.rpc.Status"]
    details = status["properties"]["details"]["items"]["anyOf"]
    assert {"$ref": "#/components/schemas/google.rpc.BadRequest"} in details
    kind = made["components"]["schemas"]["google.rpc.ErrorInfo"]["properties"]["@type"]
    assert kind == {"const": "type.googleapis.com/google.rpc.ErrorInfo"}


def test_fields_are_spelled_as_protojson_spells_them(made: dict[str, Any]) -> None:
    fields = schema(made, "Book")["properties"]
    assert fields["copies"]["additionalProperties"]["format"] == "int64"
    assert fields["copies"]["propertyNames"] == {"pattern": "^-?[0-9]{1,10}$"}
    assert fields["scan"] == {
        "type": "string",
        "contentEncoding": "base64",
        "description": "Scan.",
    }
    assert fields["createTime"]["format"] == "date-time"
    assert fields["createTime"]["readOnly"] is True
    assert fields["secret"]["writeOnly"] is True
    assert fields["lent"]["deprecated"] is True
    assert fields["notes"] == {"description": "Anything."}
    assert fields["more"]["additionalProperties"] is True
    assert fields["weight"]["anyOf"][1]["enum"] == ["NaN", "Infinity", "-Infinity"]
    assert fields["marks"]["type"] == "object"
    assert fields["nothing"]["type"] == "null"
    assert "differs from its default" in fields["pages"]["description"]
    assert fields["blob"]["$ref"] == f"{PREFIX}Blob"
    assert schema(made, "Blob")["properties"] == {"json": {}}


def test_messages_are_described_with_their_oneofs(made: dict[str, Any]) -> None:
    book = schema(made, "Book")
    assert book["required"] == ["name", "title"]
    assert book["description"] == (
        "A book. See `Cover`.\n\nAt most one of `author`, `publisher`. Who made it."
    )


def test_enums_tell_their_values(made: dict[str, Any]) -> None:
    assert schema(made, "Cover") == {
        "type": "string",
        "enum": ["COVER_UNSPECIFIED", "COVER_LEATHER"],
        "description": (
            "How a book is bound.\n\n- `COVER_UNSPECIFIED`: Nobody knows.\n"
            "- `COVER_LEATHER`: In leather."
        ),
    }


def test_security_can_be_optional(made: dict[str, Any]) -> None:
    assert made["security"] == [{"bearer": []}, {}]
    assert made["components"]["securitySchemes"] == {"bearer": BEARER}
