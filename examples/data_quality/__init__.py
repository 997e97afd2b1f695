"""Finds and mends what is wrong with a CSV table, and reports on it."""
