"""The settings of who may come in, and of what is recorded of them; a part of `Settings`."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from runwire.spelling import HostName, Jwks, TlsIdentity, Words

Algorithm = Literal[
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
]
_OF_AUTH: Final = ("jwt_jwks", "tls_identities", "rate_calls_per_second", "rate_burst_calls")


class AccessSettings(BaseModel):
    """Who may come in."""

    http_hosts: Annotated[tuple[HostName, ...], Words] = Field(
        default=(),
        max_length=64,
        description="Names that HTTP callers may know this server by, beside `localhost` and IP "
        "addresses; `*` is any. Default: none where `auth` is off and only this machine can call, "
        "else any.",
    )
    http_max_connections: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="HTTP connections at the same time; at most three quarters of the files that "
        "the process may open.",
    )
    metrics_public: bool = Field(
        default=False,
        description="Whoever reaches HTTP may read `/metrics`, also where `auth` is on.",
    )
    auth: bool = Field(
        default=False,
        description="Every call must show an API key, a token or a certificate that is known here.",
    )
    jwt_jwks: Jwks = Field(
        default="",
        description="Tokens (JWT) count, too, if keys of this JWKS signed them: `https://…`, or a "
        "file.",
    )
    jwt_issuer: str = Field(default="", description="What the claim `iss` of tokens must be.")
    jwt_audience: Annotated[tuple[str, ...], Words] = Field(
        default=(), description="What the claim `aud` of tokens must hold one of."
    )
    jwt_algorithms: Annotated[tuple[Algorithm, ...], Words] = Field(
        default=("RS256", "ES256", "EdDSA"),
        min_length=1,
        description="How tokens may be signed: of `RS…`, `PS…`, `ES…` and `EdDSA`.",
    )
    jwt_clock_skew_seconds: float = Field(
        default=30, ge=0, le=600, description="How far the issuer's clock may be off."
    )
    jwt_role_claim: str = Field(
        default="runwire_role",
        min_length=1,
        description="The claim of tokens with a role, or a list of them: reader, runner, admin or "
        "worker.",
    )
    jwt_namespace_claim: str = Field(
        default="",
        description="The claim of tokens with the namespace, `*` for all; if empty, all are in "
        "`default`.",
    )
    jwt_graphs_claim: str = Field(
        default="",
        description="The claim of tokens with the graphs they may see; if empty, they see all.",
    )
    tls_identities: Annotated[dict[str, TlsIdentity], Words] = Field(
        default={},
        description="Table of names in callers' certificates → `role`, `namespace` (`*` for all) "
        "and `graphs`; with `tls_client_ca`.",
    )
    rate_calls_per_second: float = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="Calls a second of one key, subject or certificate on average, unless its key "
        "says otherwise; 0 is no limit.",
    )
    rate_burst_calls: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="How many of them at once after a pause; 0 is those of one second.",
    )
    rate_failures_per_second: float = Field(
        default=10,
        gt=0,
        le=1_000_000,
        description="Failed authentications a second from one address on average; ten times as "
        "many at once.",
    )
    audit: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether changes are recorded in the audit log; `auto` is whenever `auth` is.",
    )
    audit_retention_seconds: float = Field(
        default=7_776_000, ge=60, description="How long entries of the audit log stay."
    )

    @property
    def audited(self) -> bool:
        """Whether changes are recorded."""
        return self.auth if self.audit == "auto" else self.audit == "on"

    def access_faults(self) -> Iterator[tuple[str, str]]:
        """Yield settings that contradict others, and how to mend it."""
        for name in _OF_AUTH:
            if getattr(self, name) and not self.auth:
                yield name, "has no effect without auth: set auth = true, too"
        if self.jwt_jwks and not (self.jwt_issuer and self.jwt_audience):
            yield "jwt_jwks", "needs jwt_issuer and jwt_audience: tokens for others would count"
