"""An agent of LangGraph: tools, streamed tokens, and a person who approves."""
