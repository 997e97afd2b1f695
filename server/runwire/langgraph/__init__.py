"""Graphs of LangGraph, loaded, executed, their state read; needs `runwire[langgraph]`."""
