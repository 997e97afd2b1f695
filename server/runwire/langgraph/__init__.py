"""Graphs of LangGraph, hosted: its library meets our engine here and nowhere else."""
