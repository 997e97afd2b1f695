"""How workers introduce themselves, domain ↔ wire."""

from collections.abc import Sequence
from typing import Final

from runwire.domain.errors import NotAllowed
from runwire.domain.graph import EdgeInfo, GraphInfo, GraphKind, NodeInfo, ToolInfo
from runwire.domain.payload import decode
from runwire.domain.work import Lease, Verdict
from runwire.domain.worker import Hello
from runwire.rpc.checks import Faults, seconds_of
from runwire.rpc.convert_claims import lease_from_wire, verdict_to_wire
from runwire.rpc.convert_graphs import graph_to_wire, tool_to_wire
from runwire.rpc.convert_steps import lease_fields
from runwire.rpc.convert_times import fill_duration
from runwire.v1 import graph_pb2
from runwire.v1 import work_pb2 as wire

PROTOCOL_VERSION: Final = 1
_LANGGRAPH: Final = graph_pb2.GRAPH_KIND_LANGGRAPH
MAX_GRAPHS: Final = 1_000
MAX_TOOLS: Final = 1_000
MAX_QUEUES: Final = 64
MAX_LEASES: Final = 10_000
MAX_PIECES: Final = 10_000  # nodes, and edges, of a graph


def hello_to_wire(hello: Hello) -> wire.WorkHello:
    """Return a hello."""
    return wire.WorkHello(
        protocol_version=PROTOCOL_VERSION,
        worker_id=hello.worker_id,
        graphs=map(graph_to_wire, hello.graphs),
        tools=[
            wire.WorkTool(
                tool=tool_to_wire(tool), roams=tool.roams, takes_context=tool.takes_context
            )
            for tool in hello.tools
        ],
        queues=hello.queues,
        held=[wire.WorkLease(**lease_fields(lease)) for lease in hello.held],
    )


def hello_from_wire(message: wire.WorkHello) -> Hello:
    """Return a hello; raise Invalid naming every malformed field, NotAllowed for a version."""
    if message.protocol_version < 1:
        raise NotAllowed(
            f"this server speaks version {PROTOCOL_VERSION} of the worker protocol, the worker"
            f" {message.protocol_version}: send protocol_version 1 in the hello",
            reason="PROTOCOL_VERSION",
        )
    faults = Faults()
    faults.id("hello.worker_id", message.worker_id)
    for name, found, most in (
        ("graphs", message.graphs, MAX_GRAPHS),
        ("tools", message.tools, MAX_TOOLS),
        ("queues", message.queues, MAX_QUEUES),
        ("held", message.held, MAX_LEASES),
    ):
        if len(found) > most:
            faults.add(f"hello.{name}", f"are {len(found)}, more than {most}")
    faults.done()
    for index, graph in enumerate(message.graphs):
        _check_graph(faults, f"hello.graphs[{index}]", graph)
    for index, tool in enumerate(message.tools):
        place = f"hello.tools[{index}].tool"
        faults.text(f"{place}.name", tool.tool.name, required=True)
        _check_schema(faults, f"{place}.arguments_schema", tool.tool.arguments_schema.data)
    for index, queue in enumerate(message.queues):
        faults.queue(f"hello.queues[{index}]", queue)
    for index, lease in enumerate(message.held):
        faults.whole_id(f"hello.held[{index}].run_id", lease.run_id)
    faults.done()
    return Hello(
        worker_id=message.worker_id,
        graphs=tuple(map(graph_from_wire, message.graphs)),
        tools=tuple(map(tool_from_wire, message.tools)),
        queues=tuple(dict.fromkeys(message.queues)),
        held=tuple(lease_from_wire(lease, message.worker_id) for lease in message.held),
    )


def welcome_to_wire(
    *,
    lease_seconds: float,
    renew_seconds: float,
    verdicts: Sequence[tuple[Lease, Verdict]],
    max_message_bytes: int,
) -> wire.WorkWelcome:
    """Return the answer to a hello."""
    message = wire.WorkWelcome(
        protocol_version=PROTOCOL_VERSION, max_message_bytes=max_message_bytes
    )
    fill_duration(message.lease, lease_seconds)
    fill_duration(message.renew_interval, renew_seconds)
    message.held.extend(verdict_to_wire(lease, verdict) for lease, verdict in verdicts)
    return message


def graph_from_wire(message: graph_pb2.Graph) -> GraphInfo:
    """Return a graph that a worker has in code."""
    return GraphInfo(
        graph_id=message.graph_id,
        kind=GraphKind.LANGGRAPH if message.kind == _LANGGRAPH else GraphKind.PYTHON,
        description=message.description,
        nodes=tuple(
            NodeInfo(
                name=node.name,
                tool=node.tool,
                description=node.description,
                retries=node.retries,
                timeout_seconds=seconds_of(node.timeout) if node.HasField("timeout") else None,
            )
            for node in message.nodes
        ),
        edges=tuple(
            EdgeInfo(
                source=edge.source,
                target=edge.target,
                conditional=edge.conditional,
                label=edge.label,
            )
            for edge in message.edges
        ),
        input_schema=message.input_schema.data or b"{}",
        state_schema=message.state_schema.data or b"{}",
    )


def tool_from_wire(message: wire.WorkTool) -> ToolInfo:
    """Return a tool that a worker has."""
    return ToolInfo(
        name=message.tool.name,
        description=message.tool.description,
        arguments_schema=message.tool.arguments_schema.data or b"{}",
        roams=message.roams,
        takes_context=message.takes_context,
    )


def _check_graph(faults: Faults, place: str, graph: graph_pb2.Graph) -> None:
    faults.text(f"{place}.graph_id", graph.graph_id, required=True)
    if max(len(graph.nodes), len(graph.edges)) > MAX_PIECES:
        faults.add(place, f"has more than {MAX_PIECES} nodes or edges")
    _check_schema(faults, f"{place}.input_schema", graph.input_schema.data)
    _check_schema(faults, f"{place}.state_schema", graph.state_schema.data)


def _check_schema(faults: Faults, place: str, data: bytes) -> None:
    if data and not isinstance(decode(data, name=place), dict | bool):
        faults.add(place, "must be a JSON Schema")
