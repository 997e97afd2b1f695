"""Identities that others vouch for: signed tokens, and the keys to check them with."""
