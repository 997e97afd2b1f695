"""What graph authors import."""

from runwire.engine.authoring import END, START, Command, Graph, Send, tool
from runwire.engine.context import Context, interrupt

__all__ = ["END", "START", "Command", "Context", "Graph", "Send", "interrupt", "tool"]
