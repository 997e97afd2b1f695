"""Wrong requests about threads, assistants and the store's items, and runs of threads."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc import StatusCode
from tests.rpc.wrong_input_rows import (
    Row,
    World,
    bad_token,
    create,
    faulty,
    not_json,
    other,
    undecodable,
    unknown,
)

from runwire.v1 import assistant_service_pb2 as assistants
from runwire.v1 import run_service_pb2 as runs
from runwire.v1 import store_service_pb2 as store
from runwire.v1 import thread_service_pb2 as threads
from runwire.v1.payload_pb2 import Payload
from runwire.v1.run_options_pb2 import ThreadRunOptions
from runwire.v1.run_pb2 import RUN_STATUS_FAILED, RUN_STATUS_QUEUED

METHODS: Final[Mapping[str, MethodDescriptor]] = {
    method.name: method
    for module in (threads, assistants, store)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
WRONG_IDS: Final = {"no id": "", "a malformed id": "a b", "a long id": "x" * 129}
TOKEN: Final = "x"  # noqa: S105 - none
OF_THREAD: Final[Mapping[str, Mapping[str, Any]]] = {
    "GetThread": {},
    "UpdateThread": {"update_mask": {"paths": ["metadata"]}},
    "DeleteThread": {},
    "CopyThread": {},
    "GetThreadState": {},
    "ListThreadStates": {},
    "UpdateThreadState": {},
    "WatchThread": {},
}
OF_ASSISTANT: Final[Mapping[str, Mapping[str, Any]]] = {
    "GetAssistant": {},
    "UpdateAssistant": {"update_mask": {"paths": ["description"]}},
    "DeleteAssistant": {},
    "ListAssistantVersions": {},
    "SetAssistantVersion": {"version": 1},
    "GetAssistantGraph": {},
    "GetAssistantSchemas": {},
    "ListAssistantSubgraphs": {},
}


def thread_rows() -> Iterator[Row]:
    """Rows of every RPC of these services, and what is new of RunService."""
    for rpc in METHODS:
        yield undecodable(rpc)
    yield from _named(threads, OF_THREAD, "thread_id", "THREAD_NOT_FOUND")
    yield from _named(assistants, OF_ASSISTANT, "assistant_id", "ASSISTANT_NOT_FOUND")
    yield from _pages()
    yield from _threads()
    yield from _changes()
    yield from _states()
    yield from _assistants()
    yield from _items()
    yield from _options()
    yield from _cancels()


def _sent(message: Message) -> Callable[[World], Message]:
    return lambda _: message


def _named(
    module: Any, methods: Mapping[str, Mapping[str, Any]], field: str, reason: str
) -> Iterator[Row]:
    for rpc, others in methods.items():
        ask = getattr(module, f"{rpc}Request")
        for name, value in WRONG_IDS.items():
            yield faulty(rpc, name, _sent(ask(**others, **{field: value})), field)
        request = _sent(ask(**others, **{field: "nothing"}))
        yield unknown(rpc, f"an unknown {field}", request, reason, field)


def _pages() -> Iterator[Row]:
    lists: Mapping[str, Callable[..., Message]] = {
        "ListThreads": threads.ListThreadsRequest,
        "ListAssistants": assistants.ListAssistantsRequest,
        "SearchItems": store.SearchItemsRequest,
        "ListItemPaths": store.ListItemPathsRequest,
    }
    for rpc, ask in lists.items():
        yield faulty(rpc, "a negative page", _sent(ask(page_size=-1)), "page_size")
        yield bad_token(rpc, "a made-up token", _sent(ask(page_token=TOKEN)))


def _threads() -> Iterator[Row]:
    ask = threads.CreateThreadRequest
    rpc = "CreateThread"
    no_object = Payload(data=b"[1]")
    yield faulty(rpc, "a malformed id", _sent(ask(thread_id="a b")), "thread_id")
    yield faulty(rpc, "metadata that are a list", _sent(ask(metadata=no_object)), "metadata")
    broken = ask(metadata=Payload(data=b"{"))
    yield not_json(rpc, "metadata that are no JSON", _sent(broken), "metadata")
    elsewhere = ask(metadata=Payload(artifact_id="a"))
    yield faulty(rpc, "metadata in an artifact", _sent(elsewhere), "metadata")
    yield faulty(rpc, "no time to live", _sent(ask(ttl={})), "ttl.duration")
    negative = ask(ttl={"duration": {"seconds": -1}})
    yield faulty(rpc, "a negative time to live", _sent(negative), "ttl.duration")
    alone = ask(supersteps=[{"updates": [{}]}])
    yield faulty(rpc, "supersteps of no graph", _sent(alone), "graph_id")
    hollow = ask(graph_id="g", supersteps=[{}])
    yield faulty(rpc, "a superstep of nothing", _sent(hollow), "supersteps[0].updates")
    two = ask(graph_id="a", metadata=Payload(data=b'{"graph_id":"b"}'))
    yield faulty(rpc, "two graphs", _sent(two), "metadata.graph_id")
    yield unknown(rpc, "no such graph", _sent(ask(graph_id="gone")), "GRAPH_NOT_FOUND", "graph_id")


def _changes() -> Iterator[Row]:
    update = threads.UpdateThreadRequest
    nothing = update(thread_id="t")
    yield faulty("UpdateThread", "no mask", _sent(nothing), "update_mask")
    strange = update(thread_id="t", update_mask={"paths": ["status"]})
    yield faulty("UpdateThread", "a strange path", _sent(strange), "update_mask.paths[0]")
    unset = update(thread_id="t", update_mask={"paths": ["ttl"]})
    yield faulty("UpdateThread", "a mask of what is not there", _sent(unset), "ttl")
    listed = threads.ListThreadsRequest
    yield faulty("ListThreads", "no order", _sent(listed(order_by="colour")), "order_by")
    yield faulty("ListThreads", "a wrong id", _sent(listed(thread_ids=["a b"])), "thread_ids[0]")
    yield faulty("ListThreads", "too many", _sent(listed(thread_ids=["a"] * 1001)), "thread_ids")
    pruned = threads.PruneThreadsRequest
    yield faulty("PruneThreads", "none", _sent(pruned()), "thread_ids")
    gone = _sent(pruned(thread_ids=["nothing"]))
    yield unknown("PruneThreads", "one that is not there", gone, "THREAD_NOT_FOUND", "thread_id")


def _states() -> Iterator[Row]:
    long = {"checkpoint_ns": "x" * 4097}
    ask = threads.GetThreadStateRequest(thread_id="t", checkpoint=long)
    yield faulty("GetThreadState", "an endless place", _sent(ask), "checkpoint.checkpoint_ns")
    many = {"checkpoint_map": {str(number): "c" for number in range(65)}}
    ask = threads.GetThreadStateRequest(thread_id="t", checkpoint=many)
    yield faulty("GetThreadState", "a large map", _sent(ask), "checkpoint.checkpoint_map")
    change = threads.UpdateThreadStateRequest(thread_id="t", as_node="x" * 129)
    yield faulty("UpdateThreadState", "a long node", _sent(change), "as_node")
    broken = threads.UpdateThreadStateRequest(thread_id="t", values=Payload(data=b"nope"))
    yield not_json("UpdateThreadState", "values that are no JSON", _sent(broken), "values")
    page = threads.ListThreadStatesRequest(thread_id="t", page_size=-1)
    yield faulty("ListThreadStates", "a negative page", _sent(page), "page_size")


def _assistants() -> Iterator[Row]:
    ask = assistants.CreateAssistantRequest
    yield faulty("CreateAssistant", "no graph", _sent(ask()), "graph_id")
    yield unknown(
        *("CreateAssistant", "a graph of another kind", _sent(ask(graph_id="three_nodes"))),
        *("GRAPH_NOT_FOUND", "graph_id"),
    )
    config = ask(graph_id="g", config=Payload(data=b'"x"'))
    yield faulty("CreateAssistant", "a config that is a text", _sent(config), "config")
    update = assistants.UpdateAssistantRequest(assistant_id="a")
    yield faulty("UpdateAssistant", "no mask", _sent(update), "update_mask")
    version = assistants.SetAssistantVersionRequest(assistant_id="a")
    yield faulty("SetAssistantVersion", "no version", _sent(version), "version")
    depth = assistants.GetAssistantGraphRequest(assistant_id="a", depth=-2)
    yield faulty("GetAssistantGraph", "a depth below all", _sent(depth), "depth")
    order = assistants.ListAssistantsRequest(order_by="create_time sideways")
    yield faulty("ListAssistants", "no order", _sent(order), "order_by")


def _items() -> Iterator[Row]:
    put = store.PutItemRequest
    value = Payload(data=b"{}")
    yield faulty("PutItem", "nothing at all", _sent(put()), "path", "key", "value")
    dotted = put(path=["a.b"], key="k", value=value)
    yield faulty("PutItem", "a dot", _sent(dotted), "path[0]")
    listed = put(path=["a"], key="k", value=Payload(data=b"[]"))
    yield faulty("PutItem", "a list", _sent(listed), "value")
    short = put(path=["a"], key="k", value=value, ttl={})
    yield faulty("PutItem", "no time to live", _sent(short), "ttl")
    both = put(path=["a"], key="k", value=value, indexing={"disabled": True, "fields": ["a"]})
    yield faulty("PutItem", "an index of nothing", _sent(both), "indexing.fields")
    yield faulty("GetItem", "nothing at all", _sent(store.GetItemRequest()), "path", "key")
    missing = store.GetItemRequest(path=["no"], key="such")
    yield unknown("GetItem", "no such item", _sent(missing), "ITEM_NOT_FOUND", "path", "key")
    yield faulty("DeleteItem", "no key", _sent(store.DeleteItemRequest(path=["a"])), "key")
    deep = store.ListItemPathsRequest(max_depth=-1)
    yield faulty("ListItemPaths", "a negative depth", _sent(deep), "max_depth")
    wanted = store.SearchItemsRequest(filter=Payload(data=b'{"n":{"$near":1}}'))
    yield faulty("SearchItems", "no such operator", _sent(wanted), "filter.n")


def _options() -> Iterator[Row]:
    def asked(**options: Any) -> Callable[[World], Message]:
        return lambda _: create(spec={"options": ThreadRunOptions(**options)})

    yield faulty("CreateRun", "options for a graph of another kind", asked(), "spec.options")
    modes = asked(stream_modes=["values", "colours"])
    yield faulty("CreateRun", "a mode that is none", modes, "spec.options.stream_modes[1]")
    config = asked(config=Payload(data=b"1"))
    yield faulty("CreateRun", "a config that is a number", config, "spec.options.config")
    shapes = asked(config=Payload(data=b'{"tags":[1],"recursion_limit":0,"configurable":[1]}'))
    places = [f"spec.options.config.{key}" for key in ("tags", "recursion_limit", "configurable")]
    yield faulty("CreateRun", "a config of wrong shapes", shapes, *places)
    twice = asked(
        config=Payload(data=b'{"configurable":{"a":1}}'), context=Payload(data=b'{"a":2}')
    )
    yield faulty("CreateRun", "one thing by two names", twice, "spec.options.context")
    update = asked(command={"update": Payload(data=b"1")})
    yield faulty("CreateRun", "an update that is a number", update, "spec.options.command.update")
    before = asked(interrupt_before=[""])
    yield faulty("CreateRun", "a node without a name", before, "spec.options.interrupt_before[0]")
    key = create(spec={"concurrency": {"key": "thread:t"}})
    yield faulty("CreateRun", "the key of a thread", _sent(key), "spec.concurrency.key")
    nobody = create(spec={"assistant_id": "nobody"})
    yield unknown(
        *("CreateRun", "no such assistant", _sent(nobody), "ASSISTANT_NOT_FOUND", "assistant_id")
    )


def _cancels() -> Iterator[Row]:
    ask = runs.CancelRunsRequest
    yield undecodable("CancelRuns")
    yield faulty("CancelRuns", "nothing at all", _sent(ask()), "thread_id")
    both = ask(thread_id="t", statuses=[RUN_STATUS_QUEUED])
    yield faulty("CancelRuns", "both ways", _sent(both), "thread_id")
    ended = ask(statuses=[RUN_STATUS_FAILED])
    yield faulty("CancelRuns", "runs that have ended", _sent(ended), "statuses")
    gone = _sent(ask(thread_id="nothing"))
    yield unknown("CancelRuns", "no such thread", gone, "THREAD_NOT_FOUND", "thread_id")
    yield other(
        *("CancelRun", "a rollback of no thread's run"),
        lambda world: runs.CancelRunRequest(run_id=world.live, action=runs.CANCEL_ACTION_ROLLBACK),
        *(StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "field"),
        fields=["action"],
    )
