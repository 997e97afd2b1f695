from tests.workers.test_langgraph_fleet import PROJECT, BRIEF, WorkerProcess, url_of, signal, get_client
from tests.conftest import ServerProcess
import httpx
async def test_x(tmp_path, capsys):
    server = ServerProcess(tmp_path, ("tests.nothing", "--no-worker"), http_address="127.0.0.1:0", settings=BRIEF)
    server.start()
    worker = WorkerProcess((server.grpc_address,), (), place=PROJECT)
    worker.start()
    out=[]
    try:
        async with httpx.AsyncClient(base_url=url_of(server), timeout=20) as http:
            async def do(m, path, **k):
                r = await http.request(m, path, **k)
                out.append(f"{m} {path} {k.get('json')} -> {r.status_code} {r.text[:700]}")
                return r
            await do("GET","/info")
            await do("POST","/assistants/search", json={})
            t=(await do("POST","/threads", json={})).json()["thread_id"]
            await do("GET",f"/threads/{t}/state")
            await do("POST",f"/threads/{t}/runs/stream", json={"assistant_id":"asks","input":{"trail":[]},"stream_mode":["values"]})
            await do("GET",f"/threads/{t}")
            await do("GET",f"/threads/{t}/state")
            await do("POST",f"/threads/{t}/history", json={})
            await do("POST",f"/threads/{t}/state", json={"values":{"trail":["x"]}})
            await do("GET","/assistants/asks/schemas")
            await do("GET","/assistants/asks/graph")
            await do("POST",f"/threads/{t}/runs/wait", json={"assistant_id":"asks","command":{"resume":"a"}})
            await do("GET",f"/threads/{t}/state")
            r=(await do("POST",f"/threads/{t}/runs", json={"assistant_id":"walks","input":{"trail":[],"pause":0.2}})).json()["run_id"]
            await do("POST",f"/threads/{t}/runs/{r}/cancel?wait=1")
            await do("GET",f"/threads/{t}/runs/{r}/join")
            await do("GET",f"/threads/{t}")
            await do("POST",f"/threads/{t}/runs/wait", json={"assistant_id":"nosuch","input":{}})
            t2=(await do("POST",f"/threads", json={"metadata":{"graph_id":"asks"},"supersteps":[{"updates":[{"values":{"trail":["x"]},"as_node":"before"}]}]}))
            await do("POST",f"/threads/{t}/copy")
    finally:
        server.kill(); worker.end(signal.SIGKILL)
    with capsys.disabled(): print("\n".join(out))
