"""ArtifactService, one RPC at a time, through pytest-grpc's stub."""

import hashlib
import uuid

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.rpc import error_details_pb2, status_pb2

from runwire.v1 import artifact_pb2
from runwire.v1 import artifact_service_pb2 as wire
from runwire.v1.artifact_service_pb2_grpc import ArtifactServiceStub


@pytest.fixture(scope="module")
def grpc_stub_cls():
    return ArtifactServiceStub


def body(data=b"", content_type=""):
    return HttpBody(data=data, content_type=content_type)


def message(data=b"", **named):
    return wire.UploadArtifactRequest(content=body(data), **named)


def refused(call):
    """Return the code and the faulty fields of a refusal."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    (data,) = [v for k, v in caught.value.trailing_metadata() if k == "grpc-status-details-bin"]
    bad = error_details_pb2.BadRequest()
    fields = []
    for detail in status_pb2.Status.FromString(data).details:
        if detail.Unpack(bad):
            fields = [violation.field for violation in bad.field_violations]
    return caught.value.code().name, fields


def test_content_goes_up_and_comes_down(grpc_stub):
    pieces = [bytes([number]) * 300_000 for number in range(3)]
    content = b"".join(pieces)
    first = wire.UploadArtifactRequest(
        artifact_id="a-1",
        filename="plot.png",
        sha256=hashlib.sha256(content).hexdigest(),
        request_id=str(uuid.uuid4()),
        content=body(pieces[0], "image/png"),
    )
    artifact = grpc_stub.UploadArtifact(iter([first, *map(message, pieces[1:])])).artifact
    assert artifact.artifact_id == "a-1"
    assert (artifact.filename, artifact.content_type) == ("plot.png", "image/png")
    assert artifact.size_bytes == len(content)
    assert artifact.status == artifact_pb2.ARTIFACT_STATUS_ACTIVE
    assert grpc_stub.GetArtifact(wire.GetArtifactRequest(artifact_id="a-1")).artifact == artifact

    down = list(grpc_stub.DownloadArtifact(wire.DownloadArtifactRequest(artifact_id="a-1")))
    assert down[0].artifact == artifact
    assert down[0].content.content_type == "image/png"
    assert not any(part.HasField("artifact") for part in down[1:])
    assert b"".join(part.content.data for part in down) == content
    part = wire.DownloadArtifactRequest(artifact_id="a-1", read_offset=299_999, read_limit=2)
    assert b"".join(p.content.data for p in grpc_stub.DownloadArtifact(part)) == b"\0\1"


def test_the_first_message_of_a_download_carries_content_if_there_is_any(grpc_stub):
    for data in (b"", b"x"):
        artifact = grpc_stub.UploadArtifact(iter([message(data, filename="f")])).artifact
        request = wire.DownloadArtifactRequest(artifact_id=artifact.artifact_id)
        (only,) = grpc_stub.DownloadArtifact(request)
        assert (only.artifact, only.content.data) == (artifact, data)


def test_artifacts_are_listed_and_deleted(grpc_stub):
    ids = {
        grpc_stub.UploadArtifact(iter([message(b"x", filename=name)])).artifact.artifact_id
        for name in ("one", "two")
    }
    first = grpc_stub.ListArtifacts(wire.ListArtifactsRequest(page_size=1))
    assert len(first.artifacts) == 1
    assert first.next_page_token
    everything = grpc_stub.ListArtifacts(wire.ListArtifactsRequest()).artifacts
    assert ids <= {artifact.artifact_id for artifact in everything}
    for artifact_id in ids:
        grpc_stub.DeleteArtifact(wire.DeleteArtifactRequest(artifact_id=artifact_id))
        again = wire.GetArtifactRequest(artifact_id=artifact_id)
        assert refused(lambda again=again: grpc_stub.GetArtifact(again))[0] == "NOT_FOUND"


def test_an_upload_without_a_message_is_refused(grpc_stub):
    assert refused(lambda: grpc_stub.UploadArtifact(iter([])))[0] == "INVALID_ARGUMENT"


def test_only_the_first_message_names_the_artifact(grpc_stub):
    messages = [message(b"x"), message(b"y", filename="late")]
    found = refused(lambda: grpc_stub.UploadArtifact(iter(messages)))
    assert found == ("INVALID_ARGUMENT", ["filename"])


@pytest.mark.parametrize("place", [0, 1])
def test_a_chunk_has_its_limit(grpc_stub, place):
    messages = [message(b"x"), message(b"y")]
    messages[place].content.data = bytes(1024 * 1024 + 1)
    found = refused(lambda: grpc_stub.UploadArtifact(iter(messages)))
    assert found == ("INVALID_ARGUMENT", ["content.data"])


def test_a_malformed_name_is_refused_with_all_its_faults(grpc_stub):
    first = wire.UploadArtifactRequest(
        artifact_id="../etc",
        run_id="no run",
        filename="x" * 256,
        write_offset=-1,
        sha256="ABC",
        request_id="1",
    )
    code, fields = refused(lambda: grpc_stub.UploadArtifact(iter([first])))
    assert code == "INVALID_ARGUMENT"
    assert fields == [
        *("artifact_id", "run_id", "filename", "write_offset", "sha256", "request_id")
    ]


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("GetArtifact", wire.GetArtifactRequest(), "artifact_id"),
        ("DeleteArtifact", wire.DeleteArtifactRequest(artifact_id="?"), "artifact_id"),
        ("ListArtifacts", wire.ListArtifactsRequest(run_id="?"), "run_id"),
        ("ListArtifacts", wire.ListArtifactsRequest(page_size=-5), "page_size"),
    ],
)
def test_a_malformed_request_is_refused(grpc_stub, method, request_, field):
    found = refused(lambda: getattr(grpc_stub, method)(request_))
    assert found == ("INVALID_ARGUMENT", [field])


def test_a_malformed_range_is_refused(grpc_stub):
    request = wire.DownloadArtifactRequest(artifact_id="a", read_offset=-1, read_limit=-1)
    code, fields = refused(lambda: list(grpc_stub.DownloadArtifact(request)))
    assert (code, fields) == ("INVALID_ARGUMENT", ["read_offset", "read_limit"])
