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
from runwire_client.artifacts import Artifact
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
from runwire_client.keys import AuditEntry, Identity, Key, NewKey, Role
from runwire_client.namespaces import Namespace, Quotas, Usage
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
from runwire_client.webhooks import Delivery, DeliveryStatus, Webhook, WebhookEvent

__all__ = [
    "AlreadyExists",
    "Artifact",
    "ArtifactReference",
    "AsyncClient",
    "AsyncWatch",
    "AsyncWatchAll",
    "AuditEntry",
    "Backoff",
    "Cancelled",
    "CatchUpPolicy",
    "Checkpoint",
    "Client",
    "Compacted",
    "Conflict",
    "DataLoss",
    "DeadlineExceeded",
    "Delivery",
    "DeliveryStatus",
    "Denied",
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
    "Identity",
    "Internal",
    "Interrupt",
    "Invalid",
    "Key",
    "Namespace",
    "NewKey",
    "NotAllowed",
    "NotFound",
    "OutOfRange",
    "OverlapPolicy",
    "Pruned",
    "Quotas",
    "Role",
    "Run",
    "RunError",
    "RunStatus",
    "RunTemplate",
    "Schedule",
    "ScheduledRun",
    "State",
    "StatusStorage",
    "Step",
    "Storage",
    "Tls",
    "Tool",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Unknown",
    "Usage",
    "Violation",
    "WaitReason",
    "Watch",
    "WatchAll",
    "Webhook",
    "WebhookEvent",
]
