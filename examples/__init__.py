"""Example graphs; every one runs in CI."""
