"""Counts words of several texts in parallel."""
