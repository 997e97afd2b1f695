"""What a server offers: its services, the methods of each, and who answers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import ServiceDescriptor

from runwire.app.artifacts import ArtifactShelf
from runwire.app.assistants import Assistants
from runwire.app.audit import AuditLog
from runwire.app.explaining import Explaining
from runwire.app.graphs import GraphCatalog
from runwire.app.keys import Keys
from runwire.app.namespaces import Namespaces
from runwire.app.overview import Overview
from runwire.app.pruning import Archive
from runwire.app.run_making import RunMaker
from runwire.app.runs import Runs
from runwire.app.schedules import Schedules
from runwire.app.states import States
from runwire.app.threads import Threads
from runwire.app.watch import Watch
from runwire.app.webhooks import Webhooks
from runwire.app.workers import Workers
from runwire.domain.assistant_ports import ItemStore
from runwire.rpc.admin import AdminServicer
from runwire.rpc.artifacts import ArtifactServicer
from runwire.rpc.assistants import AssistantServicer
from runwire.rpc.graphs import GraphServicer
from runwire.rpc.items import StoreServicer
from runwire.rpc.keys import KeyServicer
from runwire.rpc.methods import Method, methods_of
from runwire.rpc.namespaces import NamespaceServicer
from runwire.rpc.run_requests import wait_deadline_seconds
from runwire.rpc.runs import RunServicer
from runwire.rpc.schedules import ScheduleServicer
from runwire.rpc.threads import ThreadServicer
from runwire.rpc.webhooks import WebhookServicer
from runwire.rpc.workers import WorkerServicer
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
    worker_service_pb2,
)

RUNS: Final = run_service_pb2.DESCRIPTOR.services_by_name["RunService"]
ARTIFACTS: Final = artifact_service_pb2.DESCRIPTOR.services_by_name["ArtifactService"]
GRAPHS: Final = graph_service_pb2.DESCRIPTOR.services_by_name["GraphService"]
ADMIN: Final = admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"]
SCHEDULES: Final = schedule_service_pb2.DESCRIPTOR.services_by_name["ScheduleService"]
WEBHOOKS: Final = webhook_service_pb2.DESCRIPTOR.services_by_name["WebhookService"]
THREADS: Final = thread_service_pb2.DESCRIPTOR.services_by_name["ThreadService"]
ASSISTANTS: Final = assistant_service_pb2.DESCRIPTOR.services_by_name["AssistantService"]
STORE: Final = store_service_pb2.DESCRIPTOR.services_by_name["StoreService"]
KEYS: Final = key_service_pb2.DESCRIPTOR.services_by_name["KeyService"]
NAMESPACES: Final = namespace_service_pb2.DESCRIPTOR.services_by_name["NamespaceService"]
WORKERS: Final = worker_service_pb2.DESCRIPTOR.services_by_name["WorkerService"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is behind the services; one whose part is None is not offered."""

    runs: Runs
    maker: RunMaker
    states: States
    explaining: Explaining
    watch: Watch
    artifacts: ArtifactShelf
    graphs: GraphCatalog
    archive: Archive
    overview: Overview
    webhooks: Webhooks
    keys: Keys
    audit: AuditLog
    namespaces: Namespaces
    threads: Threads
    assistants: Assistants
    items: ItemStore
    schedules: Schedules | None = None
    workers: Workers | None = None
    unix_workers_only: bool = False

    def offered(self) -> Sequence[ServiceDescriptor]:
        """Return the services, without those that every gRPC server has."""
        return (
            *(RUNS, ARTIFACTS, GRAPHS, ADMIN, WEBHOOKS, KEYS, NAMESPACES),
            *(THREADS, ASSISTANTS, STORE),
            *(() if self.schedules is None else (SCHEDULES,)),
            *(() if self.workers is None else (WORKERS,)),
        )

    def methods(self, *, authenticated: bool) -> Sequence[Method]:
        """Return the methods of all of them; `authenticated` says that callers are asked who."""
        runs = RunServicer(
            runs=self.runs,
            maker=self.maker,
            states=self.states,
            explaining=self.explaining,
            overview=self.overview,
            watch=self.watch,
            retention=self.archive.policy,
        )
        return (
            *methods_of(RUNS, runs, deadlines={"WaitRun": wait_deadline_seconds}),
            *methods_of(ARTIFACTS, ArtifactServicer(self.artifacts)),
            *methods_of(GRAPHS, GraphServicer(self.graphs)),
            *methods_of(ADMIN, AdminServicer(self.archive, self.audit, self.overview)),
            *methods_of(KEYS, KeyServicer(self.keys, authenticated=authenticated)),
            *methods_of(WEBHOOKS, WebhookServicer(self.webhooks)),
            *methods_of(NAMESPACES, NamespaceServicer(self.namespaces)),
            *methods_of(THREADS, ThreadServicer(self.threads, self.graphs, self.watch)),
            *methods_of(ASSISTANTS, AssistantServicer(self.assistants)),
            *methods_of(STORE, StoreServicer(self.items)),
            *self._of_schedules(),
            *self._of_workers(),
        )

    def _of_schedules(self) -> Sequence[Method]:
        if self.schedules is None:
            return ()
        return methods_of(SCHEDULES, ScheduleServicer(self.schedules, self.maker))

    def _of_workers(self) -> Sequence[Method]:
        if self.workers is None:
            return ()
        servicer = WorkerServicer(self.workers, self.items, unix_only=self.unix_workers_only)
        return methods_of(WORKERS, servicer, lasting={"Work"})
