"""Every setting, in one frozen value.

`Settings(…)` reads nothing but its arguments, so a test says everything it needs. Where the
settings of a program come from is the command line's (`runwire.cli.settings`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ByteSize, Field, FilePath, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from runwire.access import AccessSettings
from runwire.domain.ids import DEFAULT_QUEUE
from runwire.domain.retention import Limits, RetentionPolicy
from runwire.langgraph_settings import LangGraphSettings, apart
from runwire.spelling import (
    Address,
    ArtifactsUrl,
    DatabaseUrl,
    GraphRetention,
    HttpAddress,
    HttpUrl,
    Limit,
    Pairs,
    Queue,
    Words,
    is_loopback,
    kind_of,
    masked,
)
from runwire.webhook_settings import WebhookSettings

MAX_QUEUES: Final = 64
PREFIX: Final = "runwire_"


class Settings(AccessSettings, WebhookSettings, LangGraphSettings, BaseSettings):
    """How this program is to run."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, enable_decoding=False, env_ignore_empty=True
    )

    grpc_address: Address = Field(
        default="127.0.0.1:50051", description="Where gRPC listens: `host:port` or `unix:/path`."
    )
    http_address: HttpAddress = Field(
        default="127.0.0.1:8080",
        description="Where HTTP listens: `host:port`, `unix:/path`, or `off`.",
    )
    http_cors_origins: Annotated[tuple[str, ...], Words] = Field(
        default=(),
        max_length=64,
        description="Origins of web pages that may call over HTTP, such as "
        "`https://console.example.com`; `*` is all.",
    )
    http_max_body_bytes: ByteSize = Field(
        default=ByteSize(8 * 1024 * 1024),
        ge=1024,
        le=64 * 1024 * 1024,
        description="The largest body of a request over HTTP, such as `8MiB`; uploads of artifacts "
        "are streamed and have no such limit.",
    )
    dashboard: bool = Field(
        default=True,
        description="Whether the dashboard is served over HTTP, at `/` and below `/ui`; "
        "`--no-dashboard` says no.",
    )
    data_dir: Path = Field(default=Path(".runwire"), description="Where everything durable rests.")
    database_url: DatabaseUrl = Field(
        default="",
        description="`sqlite:///path` or `postgresql://user:password@host/name`. "
        "Default: `runwire.db` in `data_dir`.",
    )
    database_notify: bool = Field(
        default=True,
        description="On PostgreSQL, servers wake each other with NOTIFY. Off: they look by "
        "themselves, up to two seconds later.",
    )
    artifacts_url: ArtifactsUrl = Field(
        default="",
        description="Directory, or bucket (`s3://`, `gs://`, `az://`) of artifacts' content. "
        "Default: `artifacts` in `data_dir`.",
    )
    graphs: Annotated[dict[str, str], Pairs] = Field(
        default={},
        description="Table of name → reference: `module:variable`, `path.py:variable`, or a "
        "`path.json` with a JSON definition.",
    )
    tools: Annotated[tuple[str, ...], Words] = Field(
        default=(), description="Modules or `path.py` whose `@tool` functions JSON graphs can call."
    )
    max_runs: int = Field(
        default=64, ge=1, le=10_000, description="Runs executed at the same time."
    )
    worker: bool = Field(
        default=True, description="Whether the server executes runs; `--no-worker` says no."
    )
    workers: int = Field(
        default=0,
        ge=0,
        le=256,
        description="So many worker processes execute runs in place of the server's own process.",
    )
    worker_service: Literal["auto", "on", "unix", "off"] = Field(
        default="auto",
        description="Who may connect as a worker: `on` everybody who reaches the server, `unix` "
        "processes on Unix sockets, `off` nobody; `auto` is `on` unless other machines can call "
        "without a certificate, else `unix`.",
    )
    queues: Annotated[tuple[Queue, ...], Words] = Field(
        default=(DEFAULT_QUEUE,),
        min_length=1,
        max_length=MAX_QUEUES,
        description="The queues whose runs are executed here; runs without one are in `default`.",
    )
    graph_limits: Annotated[dict[str, Limit], Pairs] = Field(
        default={},
        description="Table of graph → how many of its runs may be executed at the same time, by all"
        " workers together.",
    )
    max_crashes: int = Field(
        default=3,
        ge=1,
        le=100,
        description="After how many different workers that ended while they held it a run is "
        "parked as INTERRUPTED.",
    )
    lease_seconds: float = Field(
        default=10, ge=1, le=3600, description="How long a silent worker keeps its runs."
    )
    renew_seconds: float = Field(
        default=3,
        gt=0,
        description="How often leases are renewed; less than half of `lease_seconds`.",
    )
    cancel_grace_seconds: float = Field(
        default=10, ge=0, le=3600, description="How long a cancelled node may clean up."
    )
    drain_seconds: float = Field(
        default=10, ge=0, le=3600, description="How long running nodes get at shutdown."
    )
    delta_retention_seconds: float = Field(
        default=600,
        ge=0,
        description="How long output chunks and progress stay after a run has ended.",
    )
    retention_seconds: float = Field(
        default=0, ge=0, description="How long runs stay after their end; 0 is for ever."
    )
    retention_bytes: ByteSize = Field(
        default=ByteSize(0),
        ge=0,
        description="What all runs and artifacts may fill before the oldest ended runs go, such as "
        "`20GiB`; 0 is no limit.",
    )
    retention: Annotated[dict[str, GraphRetention], Words] = Field(
        default={},
        description="Table of graph → `seconds` and `bytes`: limits for the runs of one graph.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe logs to show."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="Lines to read, or JSON lines."
    )
    otel_endpoint: HttpUrl = Field(
        default="",
        description="Where traces go: an OTLP receiver, such as `http://127.0.0.1:4318`; needs "
        "`runwire[otel]`. Default: nowhere, unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set.",
    )
    tls_certificate: FilePath | None = Field(
        default=None, description="The server's certificate, PEM."
    )
    tls_key: FilePath | None = Field(default=None, description="The key of `tls_certificate`, PEM.")
    tls_client_ca: FilePath | None = Field(
        default=None, description="Callers must show a certificate signed by this one, PEM."
    )
    allow_remote: bool = Field(
        default=False,
        description="Listen beyond this machine although not every caller is known by TLS.",
    )

    @classmethod
    def settings_customise_sources(
        cls, *_classes: Any, **places: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what is passed."""
        return (places["init_settings"],)

    @property
    def python_graphs(self) -> Mapping[str, str]:
        """The graphs defined in Python; one given without a name has its reference as name."""
        return {name: each for name, each in self.graphs.items() if ":" in each}

    @property
    def json_graphs(self) -> tuple[Path, ...]:
        """The files with JSON definitions to register at start."""
        return tuple(Path(each) for each in self.graphs.values() if each.endswith(".json"))

    @property
    def tool_modules(self) -> tuple[str, ...]:
        """The modules to import for their tools: a graph reference without a variable, too."""
        plain = (each for each in self.graphs.values() if kind_of(each) == "tools")
        return (*self.tools, *plain)

    @property
    def retention_policy(self) -> RetentionPolicy:
        """What is kept how long."""
        return RetentionPolicy(
            seconds=self.retention_seconds,
            bytes=self.retention_bytes,
            graphs={
                graph_id: Limits(seconds=each.seconds, bytes=each.bytes)
                for graph_id, each in self.retention.items()
            },
        )

    @property
    def tls(self) -> bool:
        """Whether callers must speak TLS."""
        return self.tls_certificate is not None

    @property
    def worker_callers(self) -> Literal["on", "unix", "off"]:
        """Who may connect as a worker, `auto` decided."""
        if self.worker_service != "auto":
            return self.worker_service
        known = self.auth or self.tls_client_ca is not None or is_loopback(self.grpc_address)
        return "on" if known else "unix"

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: dict[str, Any]) -> dict[str, Any]:
        directory = Path(values.get("data_dir") or ".runwire").absolute()
        return {
            "database_url": f"sqlite:///{directory / 'runwire.db'}",
            "artifacts_url": (directory / "artifacts").as_uri(),
        } | apart(values)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.renew_seconds >= self.lease_seconds / 2:
            _refuse(
                "renew_seconds", f"should be less than half of lease_seconds {self.lease_seconds:g}"
            )
        if (self.tls_certificate is None) != (self.tls_key is None):
            _refuse("tls_key", "goes with tls_certificate: set both or none")
        if self.tls_client_ca and not self.tls:
            _refuse("tls_client_ca", "needs tls_certificate and tls_key")
        if self.workers and not self.worker:
            _refuse("workers", "cannot be had without worker: they execute runs; say one of both")
        if self.workers and self.worker_service == "off":
            _refuse("worker_service", "must not be off with workers: they connect by it; say unix")
        self._agree_on_callers()
        return self

    def _agree_on_callers(self) -> None:
        for name, problem in self.access_faults():
            _refuse(name, problem)
        if self.tls_identities and not self.tls_client_ca:
            _refuse("tls_identities", "needs tls_client_ca, or nobody shows a certificate")
        known = self.tls_client_ca or (self.auth and self.tls)
        if not (known or self.allow_remote):
            _check_near("grpc_address", self.grpc_address)
            _check_near("http_address", self.http_address)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, masked(value) if isinstance(value, str) else value


def _check_near(name: str, address: str) -> None:
    if not is_loopback(address):
        _refuse(
            name,
            "can be reached from other machines by anybody: set tls_certificate and tls_key, and "
            "auth or tls_client_ca, or allow it with --allow-remote (RUNWIRE_ALLOW_REMOTE=true)",
        )


def _refuse(name: str, problem: str) -> None:
    raise PydanticCustomError(name, "{problem}", {"problem": problem})
