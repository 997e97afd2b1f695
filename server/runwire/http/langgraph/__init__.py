"""The LangGraph-compatible API: the words and forms of LangGraph over what the app layer does."""
