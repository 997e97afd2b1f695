"""Graphs of LangGraph, hosted: loaded, executed, and their state read; needs `runwire[langgraph]`."""
