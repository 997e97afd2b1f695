"""The event loop that servers and nodes run on."""

import asyncio
from collections.abc import Callable

try:
    import uvloop
except ImportError:  # it has no wheel for this platform
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    new_event_loop = uvloop.new_event_loop
