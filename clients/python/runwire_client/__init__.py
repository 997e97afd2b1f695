"""The Python client of Runwire: `AsyncClient`, and `Client` with the same verbs for threads."""

from runwire_client._async import AsyncClient
from runwire_client._channel import Tls
from runwire_client._payloads import ArtifactReference
from runwire_client._recovery import Backoff
from runwire_client._sync import Client
from runwire_client._watch_all_async import AsyncWatchAll
from runwire_client._watch_all_sync import WatchAll
from runwire_client._watch_async import AsyncWatch
from runwire_client._watch_sync import Watch
from runwire_client._watch_thread_async import AsyncWatchThread
from runwire_client._watch_thread_sync import WatchThread
from runwire_client.artifacts import Artifact
from runwire_client.assistants import (
    Assistant,
    AssistantGraph,
    AssistantSchemas,
    DrawnEdge,
    DrawnNode,
)
from runwire_client.errors import (
    AlreadyExists,
    Cancelled,
    Conflict,
    DataLoss,
    DeadlineExceeded,
    Denied,
    Error,
    EventsCompacted,
    Exhausted,
    Internal,
    Invalid,
    NotAllowed,
    NotFound,
    OutOfRange,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
    Violation,
)
from runwire_client.events import Compacted, Event
from runwire_client.explanations import Explanation, WaitReason
from runwire_client.graphs import Graph, GraphEdge, GraphKind, GraphNode, Tool
from runwire_client.items import Item
from runwire_client.keys import AuditEntry, Identity, Key, NewKey, Role
from runwire_client.namespaces import Namespace, Quotas, Usage
from runwire_client.options import (
    Command,
    Durability,
    MultitaskStrategy,
    OnCompletion,
    RunOptions,
    ThreadCheckpoint,
)
from runwire_client.overview import (
    HeldRun,
    QueuedGraph,
    QueueState,
    RunBucket,
    RunCounts,
    ServerState,
    WorkerState,
)
from runwire_client.runs import Interrupt, Run, RunError, RunStatus
from runwire_client.schedules import (
    CatchUpPolicy,
    OverlapPolicy,
    RunTemplate,
    Schedule,
    ScheduledRun,
)
from runwire_client.states import Checkpoint, State, Step
from runwire_client.storage import GraphStorage, Pruned, StatusStorage, Storage
from runwire_client.threads import (
    StateUpdate,
    Thread,
    ThreadError,
    ThreadInterrupt,
    ThreadState,
    ThreadStatus,
    ThreadTask,
    Ttl,
    TtlStrategy,
)
from runwire_client.webhooks import Delivery, DeliveryStatus, Webhook, WebhookEvent

__all__ = [
    "AlreadyExists",
    "Artifact",
    "ArtifactReference",
    "Assistant",
    "AssistantGraph",
    "AssistantSchemas",
    "AsyncClient",
    "AsyncWatch",
    "AsyncWatchAll",
    "AsyncWatchThread",
    "AuditEntry",
    "Backoff",
    "Cancelled",
    "CatchUpPolicy",
    "Checkpoint",
    "Client",
    "Command",
    "Compacted",
    "Conflict",
    "DataLoss",
    "DeadlineExceeded",
    "Delivery",
    "DeliveryStatus",
    "Denied",
    "DrawnEdge",
    "DrawnNode",
    "Durability",
    "Error",
    "Event",
    "EventsCompacted",
    "Exhausted",
    "Explanation",
    "Graph",
    "GraphEdge",
    "GraphKind",
    "GraphNode",
    "GraphStorage",
    "HeldRun",
    "Identity",
    "Internal",
    "Interrupt",
    "Invalid",
    "Item",
    "Key",
    "MultitaskStrategy",
    "Namespace",
    "NewKey",
    "NotAllowed",
    "NotFound",
    "OnCompletion",
    "OutOfRange",
    "OverlapPolicy",
    "Pruned",
    "QueueState",
    "QueuedGraph",
    "Quotas",
    "Role",
    "Run",
    "RunBucket",
    "RunCounts",
    "RunError",
    "RunOptions",
    "RunStatus",
    "RunTemplate",
    "Schedule",
    "ScheduledRun",
    "ServerState",
    "State",
    "StateUpdate",
    "StatusStorage",
    "Step",
    "Storage",
    "Thread",
    "ThreadCheckpoint",
    "ThreadError",
    "ThreadInterrupt",
    "ThreadState",
    "ThreadStatus",
    "ThreadTask",
    "Tls",
    "Tool",
    "Ttl",
    "TtlStrategy",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Unknown",
    "Usage",
    "Violation",
    "WaitReason",
    "Watch",
    "WatchAll",
    "WatchThread",
    "Webhook",
    "WebhookEvent",
    "WorkerState",
]
