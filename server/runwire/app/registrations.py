"""What workers can execute, known to every server, also to one without code of graphs."""

from runwire.domain.worker import Hello


class Registrations:
    """Takes what workers say they have."""

    async def register(self, hello: Hello) -> None:
        """Note a worker's graphs and tools."""
