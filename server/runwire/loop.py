"""The event loop that servers and workers run on; nodes have another."""

import asyncio
from collections.abc import Callable

try:
    import uvloop
except ImportError:  # it has no wheel for this platform
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    new_event_loop = uvloop.new_event_loop
