"""Asks a person before money is spent."""
