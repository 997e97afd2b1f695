"""Spans of the nodes of LangGraph graphs."""

from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.langgraph import graphs
from tests.langgraph.served import serving

from runwire.otel import OtelTracer


async def test_each_node_is_a_span_and_one_that_fails_says_what_it_raised(tmp_path: Path) -> None:
    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = OtelTracer(provider)
    async with serving(tmp_path, {"failing": graphs.failing}, tracer=tracer) as served:
        run = await served.run("failing", {"n": 1})
    found = {
        str((each.attributes or {})["runwire.node"]): each for each in spans.get_finished_spans()
    }
    assert set(found) == {"fine", "boom"}
    assert found["fine"].status.is_ok or found["fine"].status.is_unset
    assert not found["boom"].status.is_ok
    about = found["boom"].attributes or {}
    assert about["runwire.run_id"] == run.run.run_id
    assert about["error.type"] == "ValueError"
    assert found["fine"].context.trace_id == found["boom"].context.trace_id
