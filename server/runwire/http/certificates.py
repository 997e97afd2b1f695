"""Who a caller's certificate says they are, in the words that gRPC has for it."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from httprule.backend import Certificate

COMMON_NAME: Final = "x509_common_name"
ALTERNATIVE_NAME: Final = "x509_subject_alternative_name"


def certificate_in(transport: asyncio.BaseTransport) -> Certificate:
    """Return the names in the certificate that TLS has checked; nothing if there is none."""
    tls: Any = transport.get_extra_info("ssl_object")
    # Empty where nobody asked for a certificate: one that was not checked proves nothing.
    shown: Any = tls.getpeercert() if tls is not None else None
    if not shown:
        return {}
    names = tuple(value.encode() for value in _common_names(shown))
    others = tuple(value.encode() for _, value in shown.get("subjectAltName", ()))
    return {COMMON_NAME: names, ALTERNATIVE_NAME: others}


def _common_names(shown: Any) -> Iterator[str]:
    for part in shown.get("subject", ()):
        yield from (value for name, value in part if name == "commonName")
