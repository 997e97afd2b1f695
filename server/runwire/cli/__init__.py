"""The command line."""

import os

from runwire.cli.app import app


def main() -> None:
    """Run `runwire`."""
    # gRPC itself prints what it meets, a port in use for example; our errors say it.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    app(prog_name="runwire")
