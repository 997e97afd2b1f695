"""Whether traces are asked for, and whoever makes them then."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, Final

from runwire.config import Settings
from runwire.domain.errors import invalid
from runwire.spans import Tracer

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The standard variables that say where spans go."""

logger = logging.getLogger("runwire.tracing")


@asynccontextmanager
async def tracing(settings: Settings, given: Tracer | None = None) -> AsyncIterator[Tracer | None]:
    """Give what traces until the block ends, then send what is left; None if nobody asks for it.

    One that is `given` is passed on. Raises Invalid for a setting that cannot be followed.
    """
    otel = None if given is not None else _otel(settings)
    if otel is None:
        yield given
        return
    tracer = otel.OtelTracer.sending(settings.otel_endpoint)
    try:
        yield tracer
    finally:
        await asyncio.to_thread(tracer.close)


def _otel(settings: Settings) -> Any:
    """Return the module that traces, None if nobody asks for traces or it is not installed."""
    asked = settings.otel_endpoint or any(os.environ.get(name) for name in ENDPOINTS)
    off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if not asked or off or os.environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return None
    try:
        return import_module("runwire.otel")
    except ModuleNotFoundError as error:
        if settings.otel_endpoint:
            raise invalid(
                "otel_endpoint", "needs OpenTelemetry: pip install 'runwire[otel]', or leave it out"
            ) from error
        logger.warning("no traces: OTEL_… variables ask for them, but runwire[otel] is missing")
        return None
