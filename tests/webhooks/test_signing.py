"""Signatures that others verify: a library that is not ours, and what the documentation shows."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from runwire.domain.signing import new_secret, signed_headers

PAGE = Path(__file__).resolve().parents[2] / "docs/webhooks.md"


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def shown() -> Any:
    """Return the function that the documentation shows."""
    [sample] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    found: dict[str, Any] = {}
    exec(compile(sample, str(PAGE), "exec"), found)  # noqa: S102 - ours
    return found["verified"]


@given(st.binary(min_size=32, max_size=32), st.dictionaries(st.text(), st.integers()))
def test_two_others_verify_what_we_sign(key: bytes, value: dict[str, int]) -> None:
    body = json.dumps(value).encode()
    secret = new_secret(lambda size: key[:size])
    headers = signed_headers(secret=secret, delivery_id="msg_1", timestamp=now(), body=body)
    assert Webhook(secret).verify(body, headers) == value
    assert shown()(secret, headers, body)


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "body", "secret", "old"])
def test_whatever_is_changed_both_notice(change: str) -> None:
    body, secret = b'{"n":1}', new_secret(bytes)
    at = now() - 3600 if change == "old" else now()
    headers = signed_headers(secret=secret, delivery_id="msg_1", timestamp=at, body=body)
    if change in headers:
        headers[change] = f"{headers[change]}1" if change == "webhook-id" else str(at + 1)
    body = b'{"n":2}' if change == "body" else body
    secret = new_secret(lambda size: b"x" * size) if change == "secret" else secret
    assert not shown()(secret, headers, body)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_the_signature_is_the_one_of_the_specification() -> None:
    # The example of the specification's reference implementations.
    headers = signed_headers(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # noqa: S106 - public
        delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
