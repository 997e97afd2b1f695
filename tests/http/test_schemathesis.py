"""What the server answers to requests made from its own OpenAPI document.

Every operation is called with values that fit the document and with values that do not, and every
answer is compared with what the document says of it. The answer `default`, which would allow any
status, is taken out before.
"""

from copy import deepcopy
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from runwire.http.openapi import document
from runwire.http.watches import SERVICES

EXAMPLES = 20
SECONDS = 10
# Streams that would not end by themselves are over after this; it goes with every call.
GIVEN = {"Grpc-Timeout": "500m"}
# Not that valid values are accepted and others refused: the document has no rules such as those for
# ids, and ProtoJSON takes more spellings than it tells of (numbers as strings, names with _).
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.missing_required_header,
    checks.unsupported_method,
)


def strict() -> dict[str, Any]:
    made = deepcopy(document(SERVICES))
    for item in made["paths"].values():
        for operation in item.values():
            del operation["responses"]["default"]
    return made


schema = schemathesis.openapi.from_dict(strict())


def test_everything_is_served(url: str) -> None:
    told = {tag["name"] for tag in httpx.get(f"{url}/openapi.json").json()["tags"]}
    assert told == {service.name for service in SERVICES}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_those_that_the_document_tells_of(case: schemathesis.Case, url: str) -> None:
    case.call_and_validate(base_url=url, headers=GIVEN, timeout=SECONDS, checks=CHECKS)
