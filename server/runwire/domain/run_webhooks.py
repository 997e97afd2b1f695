"""Where the webhook of one run may lead; LangGraph's runs name theirs when they are made.

What `destination.py` says counts, too, and each attempt looks at the addresses again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runwire.domain.destination import destination_of
from runwire.domain.errors import invalid
from runwire.domain.run import Run

WEBHOOK: Final = "webhook"
ANY_BELOW: Final = "*."

EncodeEnding = Callable[[Run, bytes | None, datetime], bytes]
"""(a run that has ended, the values it has left of its thread, when) → the body that is posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWebhookRules:
    """What an operator says of the webhooks of runs; domains may begin with ``*.``."""

    off: bool = False
    allow_private: bool = False
    require_https: bool = False
    allowed_domains: tuple[str, ...] = ()
    allowed_ports: tuple[int, ...] = ()
    max_url_characters: int = 2048

    def check(self, url: str) -> None:
        """Raise Invalid if nothing may be posted to a url."""
        if self.off:
            raise invalid(WEBHOOK, "webhooks of runs are switched off here: leave it out")
        if len(url) > self.max_url_characters:
            raise invalid(WEBHOOK, f"is longer than {self.max_url_characters} characters")
        place = destination_of(url, allow_private=self.allow_private, name=WEBHOOK)
        if self.require_https and place.scheme != "https":
            raise invalid(WEBHOOK, "must begin with https://")
        host = place.host.rstrip(".").lower()
        if self.allowed_domains and not any(_within(host, each) for each in self.allowed_domains):
            raise invalid(WEBHOOK, "leads to a domain that is not among those allowed here")
        if self.allowed_ports and place.port not in self.allowed_ports:
            raise invalid(WEBHOOK, "leads to a port that is not among those allowed here")


def _within(host: str, domain: str) -> bool:
    domain = domain.lower()
    if domain.startswith(ANY_BELOW):
        return host.endswith(domain[1:])
    return host == domain
