"""ThreadService: decode, call the app, encode."""

from collections.abc import AsyncIterator

from runwire.app.graphs import GraphCatalog
from runwire.app.threads import Threads
from runwire.app.watch import Feed, Watch
from runwire.domain.caller import Caller
from runwire.domain.filter import Comparison
from runwire.domain.missing import no_graph
from runwire.domain.namespace import local_id
from runwire.domain.paging import page_size_of, position_of, token_of
from runwire.domain.taken import thread_exists
from runwire.domain.thread import Thread
from runwire.rpc import thread_requests as asked
from runwire.rpc.convert_options import fill_checkpoint
from runwire.rpc.convert_payloads import spelled
from runwire.rpc.convert_threads import state_to_wire, thread_to_wire
from runwire.rpc.convert_times import fill_time
from runwire.rpc.framing import thread_batch
from runwire.rpc.pages import next_token, offset_of
from runwire.rpc.scopes import sees_thread
from runwire.rpc.streams import closing
from runwire.rpc.watch import spelled_batch
from runwire.v1 import thread_pb2
from runwire.v1 import thread_service_pb2 as wire
from runwire.v1 import thread_service_pb2_grpc as service


class ThreadServicer(service.ThreadServiceServicer):
    """Threads of the caller's namespace."""

    def __init__(self, threads: Threads, graphs: GraphCatalog, watch: Watch) -> None:
        self._threads = threads
        self._graphs = graphs
        self._watch = watch

    async def CreateThread(
        self, request: wire.CreateThreadRequest, caller: Caller
    ) -> wire.CreateThreadResponse:
        new = asked.created(request)
        await self._check_graph(new.graph_id, caller)
        thread = await self._threads.create(
            caller,
            thread_id=new.thread_id,
            metadata=new.metadata,
            if_exists="do_nothing" if request.allow_existing else "raise",
            supersteps=new.supersteps,
            ttl=new.ttl,
        )
        if not sees_thread(caller.reach, thread):
            raise thread_exists(thread.thread_id)
        return spelled(
            wire.CreateThreadResponse(thread=thread_to_wire(thread)), request.payload_format
        )

    async def GetThread(
        self, request: wire.GetThreadRequest, caller: Caller
    ) -> wire.GetThreadResponse:
        thread = await self._threads.get(asked.thread_alone(request, caller))
        full = request.view != wire.THREAD_VIEW_BASIC
        return spelled(
            wire.GetThreadResponse(thread=thread_to_wire(thread, full=full)),
            request.payload_format,
        )

    async def ListThreads(
        self, request: wire.ListThreadsRequest, caller: Caller
    ) -> wire.ListThreadsResponse:
        where = asked.listed(request)
        size = page_size_of(request.page_size)
        query = (caller.namespace, caller.graphs, *where.query)
        offset = offset_of(request.page_token, query)
        found = await self._threads.find(
            caller,
            ids=where.ids,
            metadata=where.metadata,
            values=where.values,
            status=where.status,
            sort_by=where.sort_by,
            descending=where.descending,
            limit=size,
            offset=offset,
        )
        full = request.view == wire.THREAD_VIEW_FULL
        response = wire.ListThreadsResponse(
            threads=[thread_to_wire(each, full=full) for each in found.items],
            next_page_token=next_token(offset, len(found.items), found.total, query),
            total_size=found.total,
        )
        return spelled(response, request.payload_format)

    async def UpdateThread(
        self, request: wire.UpdateThreadRequest, caller: Caller
    ) -> wire.UpdateThreadResponse:
        thread_id, metadata, ttl = asked.updated(request, caller)
        await self._check_graph(str((metadata or {}).get("graph_id") or ""), caller)
        thread = await self._threads.update(thread_id, metadata=metadata, ttl=ttl)
        return spelled(
            wire.UpdateThreadResponse(thread=thread_to_wire(thread)), request.payload_format
        )

    async def DeleteThread(
        self, request: wire.DeleteThreadRequest, caller: Caller
    ) -> wire.DeleteThreadResponse:
        await self._threads.delete(asked.thread_alone(request, caller))
        return wire.DeleteThreadResponse()

    async def CopyThread(
        self, request: wire.CopyThreadRequest, caller: Caller
    ) -> wire.CopyThreadResponse:
        thread = await self._threads.copy(asked.thread_alone(request, caller), caller)
        return spelled(
            wire.CopyThreadResponse(thread=thread_to_wire(thread)), request.payload_format
        )

    async def PruneThreads(
        self, request: wire.PruneThreadsRequest, caller: Caller
    ) -> wire.PruneThreadsResponse:
        ids = asked.pruned(request, caller)
        for thread_id in ids:
            await self._threads.get(thread_id)
        keep_latest = request.strategy == thread_pb2.TTL_STRATEGY_KEEP_LATEST
        count = await self._threads.prune(ids, keep_latest=keep_latest)
        return wire.PruneThreadsResponse(pruned_count=count)

    async def GetThreadState(
        self, request: wire.GetThreadStateRequest, caller: Caller
    ) -> wire.GetThreadStateResponse:
        thread_id, checkpoint = asked.state_of(request, caller)
        state = await self._threads.state(
            thread_id, checkpoint=checkpoint, subgraphs=request.subgraphs
        )
        return spelled(
            wire.GetThreadStateResponse(state=state_to_wire(state)), request.payload_format
        )

    async def ListThreadStates(
        self, request: wire.ListThreadStatesRequest, caller: Caller
    ) -> wire.ListThreadStatesResponse:
        thread_id, metadata, query = asked.states_of(request, caller)
        size = page_size_of(request.page_size)
        after = position_of(request.page_token, query=query, kinds=(str,))
        before = after[0] if after else request.before_checkpoint_id
        namespace = {"checkpoint_ns": request.checkpoint_ns}
        found = await self._threads.history(
            thread_id,
            limit=size + 1,
            before={**namespace, "checkpoint_id": before} if before else None,
            metadata=metadata,
            checkpoint=namespace if request.checkpoint_ns else None,
        )
        page = found[:size]
        response = wire.ListThreadStatesResponse(states=map(state_to_wire, page))
        if len(found) > size:
            last = page[-1]["checkpoint"]["checkpoint_id"]
            response.next_page_token = token_of((last,), query=query)
        return spelled(response, request.payload_format)

    async def UpdateThreadState(
        self, request: wire.UpdateThreadStateRequest, caller: Caller
    ) -> wire.UpdateThreadStateResponse:
        thread_id, values, checkpoint = asked.state_update(request, caller)
        made = await self._threads.update_state(
            thread_id, values=values, as_node=request.as_node or None, checkpoint=checkpoint
        )
        response = wire.UpdateThreadStateResponse()
        fill_checkpoint(response.checkpoint, made)
        return response

    async def WatchThread(
        self, request: wire.WatchThreadRequest, caller: Caller
    ) -> AsyncIterator[bytes]:
        thread_id, seconds = asked.watched(request, caller)
        thread = await self._threads.get(thread_id)
        feed = self._watch.feed(
            caller.reach.within(Comparison("thread_id", "=", local_id(thread_id))),
            resume_token=request.resume_token,
            heartbeat_seconds=seconds,
            namespace=caller.namespace,
            deltas=True,
            from_start=request.from_start,
        )
        how, started = request.payload_format, False
        async with closing(feed) as stream:
            async for found in stream:
                if started and not found.body:
                    await self._threads.get(thread_id)  # it may be gone by now
                yield self._watched(found, how, None if started else thread)
                started = True
                del found

    def _watched(self, found: Feed, how: int, thread: Thread | None) -> bytes:
        """Return one message of a watch; the first one shows the thread."""
        if found.body:
            return thread_batch(spelled_batch(found.body, how), found.resume_token)
        response = wire.WatchThreadResponse(resume_token=found.resume_token)
        if thread is None:
            fill_time(response.heartbeat.server_time, self._watch.now())
        else:
            response.started.thread.CopyFrom(thread_to_wire(thread, full=False))
        return spelled(response, how).SerializeToString()

    async def _check_graph(self, graph_id: str, caller: Caller) -> None:
        """Raise NotFound for a graph that is not there, or that the caller may not see."""
        if graph_id and not caller.sees(graph_id):
            raise no_graph(graph_id)
        if graph_id:
            await self._graphs.get(graph_id, 0, caller.reach)
