"""The HTTP edge: REST, server-sent events, WebSocket, and what only HTTP has."""
