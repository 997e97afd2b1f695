"""What the HTTP edge must be told of our methods: how streams resume, and how content is had."""

from typing import Final

from google.protobuf.descriptor import ServiceDescriptor

from httprule.limits import Ranges, Resuming
from runwire.v1 import (
    admin_service_pb2,
    artifact_service_pb2,
    assistant_service_pb2,
    graph_service_pb2,
    key_service_pb2,
    namespace_service_pb2,
    run_service_pb2,
    schedule_service_pb2,
    store_service_pb2,
    thread_service_pb2,
    webhook_service_pb2,
)

DOMAIN: Final = "runwire"
SERVICES: Final[tuple[ServiceDescriptor, ...]] = tuple(
    service
    for module in (
        run_service_pb2,
        thread_service_pb2,
        assistant_service_pb2,
        store_service_pb2,
        artifact_service_pb2,
        graph_service_pb2,
        schedule_service_pb2,
        webhook_service_pb2,
        namespace_service_pb2,
        key_service_pb2,
        admin_service_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
)
"""What is offered over HTTP; workers speak gRPC."""

_RUNS: Final = "runwire.v1.RunService"
WATCH_RUN: Final = f"{_RUNS}.WatchRun"
WATCH_RUNS: Final = f"{_RUNS}.WatchRuns"
WATCH_THREAD: Final = "runwire.v1.ThreadService.WatchThread"

RESUMING: Final = {
    WATCH_RUN: Resuming(position="next_sequence", request="from_sequence"),
    WATCH_RUNS: Resuming(position="resume_token", request="resume_token"),
    WATCH_THREAD: Resuming(position="resume_token", request="resume_token"),
    # Created again it would be another run; what goes on is a watch of the first.
    f"{_RUNS}.CreateAndWatchRun": Resuming(position="next_sequence"),
}
RANGES: Final = {
    "runwire.v1.ArtifactService.DownloadArtifact": Ranges(
        offset="read_offset",
        limit="read_limit",
        size="artifact.size_bytes",
        filename="artifact.filename",
        etag="artifact.sha256",
    )
}
