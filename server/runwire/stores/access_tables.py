"""The tables of who may come in, and of what they changed."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from runwire.domain.caller import Role
from runwire.stores.columns import metadata
from runwire.stores.times import Micros

_ROLES = ", ".join(f"'{role}'" for role in Role)

keys = Table(
    "keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("graphs", Text, nullable=False),
    Column("calls_per_second", Float, nullable=False),
    Column("burst_calls", Integer, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("expires_at", Micros),
    Column("revoked_at", Micros),
    Column("last_used_at", Micros),
    CheckConstraint(f"role IN ({_ROLES})", name="role"),
    CheckConstraint("length(secret_hash) = 32", name="secret"),
    Index(None, "created_at", "key_id"),
    Index(None, "namespace", "created_at", "key_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Micros, nullable=False),
    Column("caller", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("method", Text, nullable=False),
    # JSON, keys in order and nothing between the parts, so that a part can be looked for.
    Column("subject", Text, nullable=False),
    Column("code", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Index(None, "namespace", "number"),
    Index(None, "caller", "number"),
    sqlite_autoincrement=True,
)
