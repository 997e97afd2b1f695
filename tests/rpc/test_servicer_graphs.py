"""GraphService, one RPC at a time, through pytest-grpc's stub."""

import grpc
import pytest
from google.protobuf.json_format import ParseDict

from runwire.v1 import graph_pb2, payload_pb2
from runwire.v1 import graph_service_pb2 as wire
from runwire.v1.graph_service_pb2_grpc import GraphServiceStub

DEFINITION = {
    "graph_id": "sum",
    "nodes": {"plus": {"tool": "rpc_add", "arguments": {"amount": 2}}},
    "edges": [],
    "start": "plus",
}


@pytest.fixture(scope="module")
def grpc_stub_cls():
    return GraphServiceStub


def definition(**changes):
    return ParseDict({"json": DEFINITION | changes}, payload_pb2.Payload())


def code_of(call, request):
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value.code().name


def test_a_definition_becomes_a_version_and_can_be_deleted(grpc_stub):
    request = wire.CreateGraphRequest(definition=definition(), validate_only=True)
    assert grpc_stub.CreateGraph(request).graph.graph_id == "sum"
    got = wire.GetGraphRequest(graph_id="sum", payload_format="PAYLOAD_FORMAT_JSON")
    assert code_of(grpc_stub.GetGraph, got) == "NOT_FOUND"
    request.validate_only = False
    assert grpc_stub.CreateGraph(request).graph.version == 1
    graph = grpc_stub.GetGraph(got).graph
    assert graph.kind == graph_pb2.GRAPH_KIND_JSON
    assert graph.definition.json.struct_value.fields["start"].string_value == "plus"
    assert [(node.name, node.tool) for node in graph.nodes] == [("plus", "rpc_add")]
    grpc_stub.DeleteGraph(wire.DeleteGraphRequest(graph_id="sum"))
    assert code_of(grpc_stub.GetGraph, got) == "NOT_FOUND"


def test_a_graph_in_python_is_described(grpc_stub):
    graph = grpc_stub.GetGraph(wire.GetGraphRequest(graph_id="echo")).graph
    assert (graph.version, graph.kind) == (0, graph_pb2.GRAPH_KIND_PYTHON)
    assert graph.nodes
    assert graph.input_schema.data
    assert not graph.HasField("create_time")
    assert not graph.HasField("definition")


def test_lists_come_without_schemas(grpc_stub):
    graphs = grpc_stub.ListGraphs(wire.ListGraphsRequest()).graphs
    (echo,) = [graph for graph in graphs if graph.graph_id == "echo"]
    assert not echo.HasField("input_schema")
    tools = grpc_stub.ListTools(wire.ListToolsRequest(payload_format="PAYLOAD_FORMAT_JSON")).tools
    (add,) = [tool for tool in tools if tool.name == "rpc_add"]
    assert add.arguments_schema.WhichOneof("body") == "json"


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("CreateGraph", wire.CreateGraphRequest()),
        ("CreateGraph", wire.CreateGraphRequest(definition=payload_pb2.Payload(data=b"{"))),
        ("CreateGraph", wire.CreateGraphRequest(definition=payload_pb2.Payload(data=b"[]"))),
        ("CreateGraph", wire.CreateGraphRequest(definition=payload_pb2.Payload(artifact_id="a"))),
        ("GetGraph", wire.GetGraphRequest()),
        ("GetGraph", wire.GetGraphRequest(graph_id="echo", version=-1)),
        ("GetGraph", wire.GetGraphRequest(graph_id="echo", payload_format=5)),
        ("ListGraphs", wire.ListGraphsRequest(page_size=-1)),
        ("ListTools", wire.ListToolsRequest(page_token="x" * 3000)),
        ("DeleteGraph", wire.DeleteGraphRequest(graph_id="x" * 129)),
    ],
)
def test_a_malformed_request_is_refused(grpc_stub, method, request_):
    assert code_of(getattr(grpc_stub, method), request_) == "INVALID_ARGUMENT"
