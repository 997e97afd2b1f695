"""Who may call which method: one table.

A method that is not in it needs an admin who is everywhere, so a new one is closed until somebody
has thought about it; a test compares the table with the descriptors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.descriptor_pool import Default

from runwire.domain.caller import Caller, Role


@dataclass(frozen=True, slots=True)
class Access:
    """The roles that may call a method, and whether only callers who are everywhere may."""

    roles: frozenset[Role]
    everywhere: bool = False

    def allows(self, caller: Caller) -> bool:
        """Whether somebody may call it."""
        return caller.role in self.roles and (caller.everywhere or not self.everywhere)


READ: Final = Access(frozenset({Role.READER, Role.RUNNER, Role.ADMIN}))
RUN: Final = Access(frozenset({Role.RUNNER, Role.ADMIN}))
ADMINISTER: Final = Access(frozenset({Role.ADMIN}))
OPERATE: Final = Access(frozenset({Role.ADMIN}), everywhere=True)
WORK: Final = Access(frozenset({Role.WORKER, Role.ADMIN}), everywhere=True)
READ_OR_WORK: Final = Access(READ.roles | WORK.roles)
RUN_OR_WORK: Final = Access(RUN.roles | WORK.roles)
READ_ALL: Final = Access(READ.roles, everywhere=True)
ANYONE: Final = Access(frozenset(Role))

METRICS: Final = "/metrics"
"""What is no method, but asked for with the same credentials; it tells of all namespaces."""
UNGUARDED: Final = (
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
)
"""Services for everybody: probes have no keys, and the descriptors are published anyway."""

_TABLE: Final[Mapping[str, Mapping[Access, str]]] = {
    "RunService": {
        READ: "GetRun ListRuns WaitRun WatchRun WatchRuns GetRunState ListSteps ListCheckpoints"
        " ExplainRun CountRuns",
        RUN: "CreateRun CreateAndWatchRun CancelRun CancelRuns ResumeRun UpdateRun ForkRun"
        " DeleteRun",
    },
    "ThreadService": {
        READ: "GetThread ListThreads GetThreadState ListThreadStates WatchThread",
        RUN: "CreateThread UpdateThread DeleteThread CopyThread PruneThreads UpdateThreadState",
    },
    "AssistantService": {
        READ: "GetAssistant ListAssistants ListAssistantVersions GetAssistantGraph"
        " GetAssistantSchemas ListAssistantSubgraphs",
        RUN: "CreateAssistant UpdateAssistant DeleteAssistant SetAssistantVersion",
    },
    "StoreService": {READ: "GetItem SearchItems ListItemPaths", RUN: "PutItem DeleteItem"},
    "ArtifactService": {
        READ: "ListArtifacts",
        RUN: "DeleteArtifact",
        # Nodes of a worker load and save them.
        READ_OR_WORK: "GetArtifact DownloadArtifact",
        RUN_OR_WORK: "UploadArtifact",
    },
    "GraphService": {READ: "GetGraph ListGraphs ListTools", RUN: "CreateGraph DeleteGraph"},
    "AdminService": {
        READ: "GetStorage ListWorkers ListQueues GetServer",
        ADMINISTER: "Prune ListAuditEntries",
    },
    "KeyService": {ADMINISTER: "CreateKey GetKey ListKeys RevokeKey", ANYONE: "GetIdentity"},
    "NamespaceService": {
        READ: "GetNamespace",
        OPERATE: "CreateNamespace ListNamespaces UpdateNamespace DeleteNamespace",
    },
    "ScheduleService": {
        READ: "GetSchedule ListSchedules",
        RUN: "CreateSchedule UpdateSchedule PauseSchedule UnpauseSchedule DeleteSchedule"
        " TriggerSchedule",
    },
    # They send what happens to elsewhere.
    "WebhookService": {
        READ: "GetWebhook ListWebhooks ListDeliveries",
        ADMINISTER: "CreateWebhook UpdateWebhook DeleteWebhook ReplayDelivery",
    },
    "WorkerService": {WORK: "Work ReadThread UseStore"},
}


def _paths() -> Iterator[tuple[str, Access]]:
    for service, rows in _TABLE.items():
        for access, names in rows.items():
            for name in names.split():
                yield f"/runwire.v1.{service}/{name}", access


ACCESS: Final[Mapping[str, Access]] = dict(_paths())
"""By the full name of a method."""


def access_to(path: str) -> Access | None:
    """Return who may call a method, None if everybody may, known or not."""
    if path == METRICS:
        return READ_ALL
    return None if path.startswith(UNGUARDED) else ACCESS.get(path, OPERATE)


@cache
def changes(path: str) -> bool:
    """Whether a method may change something: unless its descriptor says that it does not."""
    if path == METRICS or path.startswith(UNGUARDED):
        return False
    try:
        found: MethodDescriptor = Default().FindMethodByName(path.strip("/").replace("/", "."))
    except KeyError:
        return True
    return found.GetOptions().idempotency_level != MethodOptions.NO_SIDE_EFFECTS
