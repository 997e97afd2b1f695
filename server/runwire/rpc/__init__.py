"""The gRPC edge: decode, call the app, encode."""
