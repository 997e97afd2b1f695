"""The settings of webhooks; a part of `Settings`."""

from pydantic import BaseModel, Field


class WebhookSettings(BaseModel):
    """How other services are told of runs."""

    webhook_allow_private: bool = Field(
        default=False,
        description="Webhooks may lead to this machine and to private networks, and to any port.",
    )
    webhook_timeout_seconds: float = Field(
        default=15, ge=0.1, le=300, description="How long one attempt of a delivery may take."
    )
    webhook_attempts: int = Field(
        default=8,
        ge=1,
        le=50,
        description="How often a delivery is attempted before it is given up; 8 take 25 hours.",
    )
    webhook_concurrency: int = Field(
        default=32,
        ge=2,
        le=256,
        description="Deliveries that each server sends at the same time, of one webhook at most 4.",
    )
    webhook_retention_seconds: float = Field(
        default=604_800, ge=60, description="How long deliveries stay to be listed and replayed."
    )
