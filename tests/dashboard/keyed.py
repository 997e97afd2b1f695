"""A server that asks who calls, and keys for it: what tests of roles and ways in share."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.conftest import ROOT, ServerProcess, plain_environment
from tests.dashboard.conftest import live
from tests.langgraph.serving import serving, url_of

from runwire_client import Client

MAKE_SECONDS = 60


@dataclass
class Keyed:
    """A server with `auth` on."""

    directory: Path
    server: ServerProcess
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return url_of(self.server)

    @property
    def admin(self) -> str:
        """The key of somebody who may do everything everywhere."""
        return self.secret("admin", "--role", "admin")

    def client(self, namespace: str = "") -> Client:
        return Client(self.server.grpc_address, api_key=self.admin, namespace=namespace)

    def secret(self, name: str, *options: str) -> str:
        """Make a key once, as an operator without one does; return its secret."""
        if name not in self.secrets:
            data = str(self.directory / "data")
            command = [sys.executable, "-m", "runwire", "keys", "create", name, "--local"]
            done = subprocess.run(
                [*command, "--data-dir", data, *options],
                env={**plain_environment(), "COLUMNS": "200"},
                cwd=self.directory,
                capture_output=True,
                text=True,
                timeout=MAKE_SECONDS,
                check=True,
            )
            self.secrets[name] = next(
                word for word in done.stdout.split() if word.startswith("rw_")
            )
        return self.secrets[name]

    def sign_in(self, page: Page, secret: str, path: str = "/") -> None:
        """Open a page and sign in there."""
        page.goto(f"{self.url}{path}")
        show(page, secret)
        live(page)


def show(page: Page, secret: str) -> None:
    """Type a key and send it."""
    page.get_by_label("API key or token").fill(secret)
    page.get_by_role("button", name="Sign in").click()


def expect_sign_in(page: Page) -> None:
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


@contextmanager
def keyed(directory: Path, **settings: str) -> Iterator[Keyed]:
    """Serve the examples with `auth` on while the block lasts."""
    with serving(ROOT, directory, "--auth", **settings) as server:
        yield Keyed(directory, server)
