"""Headers in and out: what a caller may set, how long it waits, and what it is told."""

import pytest
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st

from httprule.failures import Failure
from httprule.headers import headers_of, metadata_of, timeout_seconds


def test_headers_become_metadata_as_in_grpc_gateway() -> None:
    headers = [
        ("Authorization", "Bearer t"),
        ("Grpc-Metadata-Tenant", " a "),
        ("grpc-metadata-key-bin", "/w, AAE="),
        ("User-Agent", "curl"),
        ("traceparent", "00-1-2-01"),
        ("X-Request-Id", "r1"),
        ("X-Custom", "dropped"),
        ("Cookie2", "dropped"),
    ]
    assert metadata_of(headers) == [
        ("authorization", "Bearer t"),
        ("tenant", "a"),
        ("key-bin", b"\xff"),
        ("key-bin", b"\x00\x01"),
        ("grpcgateway-user-agent", "curl"),
        ("traceparent", "00-1-2-01"),
        ("x-request-id", "r1"),
    ]


def test_a_header_that_is_asked_for_is_passed_on() -> None:
    headers = [("X-Tenant", "a"), ("X-Other", "b"), ("Grpc-Metadata-X-Tenant", "c")]
    assert metadata_of(headers, passed={"x-tenant"}) == [("x-tenant", "a"), ("x-tenant", "c")]
    assert metadata_of(headers) == [("x-tenant", "c")]


@pytest.mark.parametrize(
    "header",
    [
        *("Grpc-Metadata-Grpc-Timeout", "grpc-metadata-grpc-status", "grpc-timeout"),
        *("Grpc-Metadata-:path", ":authority", "Grpc-Metadata-", "Grpc-Metadata-a b"),
    ],
)
def test_nobody_sets_what_is_grpc_s_own(header: str) -> None:
    assert metadata_of([(header, "1S")]) == []


@pytest.mark.parametrize(
    ("header", "value"),
    [("Grpc-Metadata-X", "é"), ("Authorization", "a\r\nb"), ("Grpc-Metadata-X-bin", "*")],
)
def test_a_value_that_is_no_metadata_is_refused_by_its_header(header: str, value: str) -> None:
    with pytest.raises(Failure, match=header) as raised:
        metadata_of([(header, value)])
    assert raised.value.http_status == 400


def test_a_permanent_header_that_is_no_metadata_is_left_out() -> None:
    assert metadata_of([("User-Agent", "é")]) == []


@pytest.mark.parametrize("headers", [[("Grpc-Metadata-X", "a" * 17_000)], [("from", "a")] * 65])
def test_what_is_passed_on_is_bounded(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Failure) as raised:
        metadata_of(headers)
    assert raised.value.http_status == 431


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        ([("Grpc-Timeout", "5S")], 5),
        ([("grpc-timeout", "100m")], 0.1),
        ([("grpc-timeout", "2H"), ("X-Server-Timeout", "1.5")], 1.5),
        ([("grpc-timeout", "30u")], 30e-6),
    ],
)
def test_the_shortest_time_limit_holds(
    headers: list[tuple[str, str]], seconds: float | None
) -> None:
    assert timeout_seconds(headers) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        *(("Grpc-Timeout", "5"), ("Grpc-Timeout", "123456789S"), ("Grpc-Timeout", "-1S")),
        *(("Grpc-Timeout", "٣S"), ("X-Server-Timeout", "nan"), ("X-Server-Timeout", "1e9")),
    ],
)
def test_a_time_limit_that_is_none_is_refused(header: str, value: str) -> None:
    with pytest.raises(Failure, match=header):
        timeout_seconds([(header, value)])


@given(st.lists(st.tuples(st.text(st.characters()), st.text(st.characters()))))
def test_no_header_does_anything_but_fail(headers: list[tuple[str, str]]) -> None:
    named = [(f"Grpc-Metadata-{name}", value) for name, value in headers]
    for read in (metadata_of, timeout_seconds):
        try:
            read([*headers, *named])
        except Failure as failure:
            assert failure.http_status in (400, 431)  # noqa: PT017


def test_trailers_become_headers() -> None:
    trailers: list[tuple[str, str | bytes]] = [
        ("x-request-id", "r1"),
        ("key-bin", b"\xff"),
        ("grpc-message", "no"),
        ("split", "a\r\nSet-Cookie: b"),
    ]
    assert headers_of(trailers) == [
        ("Grpc-Metadata-x-request-id", "r1"),
        ("Grpc-Metadata-key-bin", "/w=="),
    ]


def test_a_failure_says_when_to_come_again_and_how_to_sign_in() -> None:
    status = status_pb2.Status(code=16)
    status.details.add(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"\xff")
    delay = duration_pb2.Duration(seconds=1, nanos=1)
    status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    expected = [("Retry-After", "2"), ("WWW-Authenticate", "Bearer")]
    assert headers_of([("grpc-status-details-bin", status.SerializeToString())]) == expected
    assert headers_of([], status) == expected
    challenged = headers_of([("www-authenticate", 'Bearer realm="r"')], status)
    assert challenged[-1] == ("WWW-Authenticate", 'Bearer realm="r"')
