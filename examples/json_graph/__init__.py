"""A graph written as JSON over tools written in Python."""
