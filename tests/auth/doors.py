"""A server that asks who calls, and every way in: what both transports' tests share."""

import asyncio
import importlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from tests.conftest import ROOT, settings_in

from runwire.config import Settings
from runwire.operations import create_key
from runwire.server import Server, serve

ISSUER = "https://issuer.example"
AUDIENCE = "runwire"


def rpcs() -> list[MethodDescriptor]:
    """Return every method of every service of the protos."""
    found: list[MethodDescriptor] = []
    for path in sorted((ROOT / "server/runwire/v1").glob("*_service_pb2.py")):
        module = importlib.import_module(f"runwire.v1.{path.stem}")
        for service in module.DESCRIPTOR.services_by_name.values():
            found.extend(service.methods)
    return found


def path_of(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def changing(method: MethodDescriptor) -> bool:
    return method.GetOptions().idempotency_level != MethodOptions.NO_SIDE_EFFECTS


def example(method: MethodDescriptor) -> Message:
    """A request whose ids are well-formed and name nothing."""
    request = GetMessageClass(method.input_type)()
    for each in method.input_type.fields:
        text = each.type == FieldDescriptor.TYPE_STRING and not each.is_repeated
        if text and each.name.endswith("_id") and each.name != "request_id":
            setattr(request, each.name, "nothing-1")
    return request


@dataclass(frozen=True)
class Shown:
    """What a call shows, and the reason it is to be refused for."""

    name: str
    headers: tuple[tuple[str, Any], ...]
    reason: str


@dataclass
class Answer:
    """How a call ended."""

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_seconds: float | None = None


@dataclass
class Door:
    """A server that asks, keys for it, and an issuer of tokens."""

    directory: Path
    server: Server
    settings: Settings
    signer: Any
    keys: dict[str, str] = field(default_factory=dict)

    def key(self, name: str, **how: Any) -> str:
        """Make a key in the database itself, once; return its secret."""
        if name not in self.keys:
            asked = {"role": "admin", "namespace": "*", "graphs": (), "lifetime_seconds": None}
            made = create_key(self.settings, display_name=name, **{**asked, **how})
            self.keys[name] = made.secret
        return self.keys[name]

    def role_key(self, role: str) -> str:
        return self.key(role, role=role, namespace="*" if role == "worker" else "default")

    def token(self, *, headers: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A token that counts, but for what is changed; None leaves a claim out."""
        return jwt.encode(
            claims_of(**claims),
            self.signer,
            algorithm="RS256",
            headers={"kid": "one", **(headers or {})},
        )

    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(self.server.grpc_address)

    def call(
        self,
        method: MethodDescriptor,
        *headers: tuple[str, Any],
        request: Message | None = None,
        seconds: float = 5.0,
    ) -> Answer:
        """Make one call; of a stream wait for the first message."""
        with self.channel() as channel:
            return call(channel, method, headers, request, seconds)


def claims_of(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 60}
    claims |= {"runwire_role": "admin", **changes}
    return {name: value for name, value in claims.items() if value is not None}


def call(
    channel: grpc.Channel,
    method: MethodDescriptor,
    headers: tuple[tuple[str, Any], ...],
    request: Message | None = None,
    seconds: float = 5.0,
) -> Answer:
    data = (request or example(method)).SerializeToString()
    shape = f"{'stream' if method.client_streaming else 'unary'}_"
    shape += "stream" if method.server_streaming else "unary"
    ask = getattr(channel, shape)(path_of(method))
    given = iter([data]) if method.client_streaming else data
    try:
        answer = ask(given, metadata=headers, timeout=seconds)
        if method.server_streaming:
            next(answer, None)
            answer.cancel()
    except grpc.RpcError as error:
        return answer_of(error)
    return Answer(grpc.StatusCode.OK, "", "")


def answer_of(error: Any) -> Answer:
    found = Answer(error.code(), "", error.details() or "")
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        for detail in status_pb2.Status.FromString(value).details:
            info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                found.reason, found.metadata = info.reason, dict(info.metadata)
            if detail.Unpack(retry):
                found.retry_seconds = retry.retry_delay.ToNanoseconds() / 1e9
    return found


def jwks_of(**keys: Any) -> dict[str, Any]:
    """A JWKS with public keys by their ids."""
    algorithm = jwt.algorithms.RSAAlgorithm
    return {
        "keys": [
            {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, "use": "sig"}
            for name, key in keys.items()
        ]
    }


def new_rsa(bits: int = 2048) -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_pem(key: Any) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def settings_of(directory: Path, signer: Any, changes: Mapping[str, Any]) -> Settings:
    """Settings with auth on, and tokens from a JWKS in a file."""
    (directory / "jwks.json").write_text(json.dumps(jwks_of(one=signer)))
    values = {
        "graphs": {"tests": str(ROOT / "tests/graphs.py:graphs")},
        "auth": True,
        "http_address": "127.0.0.1:0",
        "jwt_jwks": str(directory / "jwks.json"),
        "jwt_issuer": ISSUER,
        "jwt_audience": (AUDIENCE,),
        "rate_failures_per_second": 1_000_000,
    }
    return settings_in(directory, **{**values, **changes})


@contextmanager
def opened(directory: Path, **changes: Any) -> Iterator[Door]:
    """Serve from a thread, with auth on and tokens from a JWKS in a file."""
    signer = new_rsa()
    settings = settings_of(directory, signer, changes)
    ready, loop, done = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    found: list[Any] = []

    async def live() -> None:
        try:
            async with serve(settings) as server:
                found.append(server)
                ready.set()
                await done.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    try:
        assert ready.wait(20)
        assert found, "the server did not start"
        yield Door(directory, found[0], settings, signer)
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)
        loop.close()
