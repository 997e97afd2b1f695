"""Where a database is, as its URL says."""

from typing import Final

from sqlalchemy import URL, make_url

_REACH: Final = {
    "application_name": "runwire",
    "connect_timeout": "5",
    # A peer that is gone is noticed within about ten seconds.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "target_session_attrs": "read-write",
}


def is_postgres(url: str) -> bool:
    """Return whether a URL leads to PostgreSQL."""
    return make_url(url).get_backend_name() == "postgresql"


def reached(url: str, driver: str) -> URL:
    """Return a URL of PostgreSQL for a driver of SQLAlchemy; what it says itself holds."""
    parsed = make_url(url).set(drivername=driver)
    return parsed.set(query={**_REACH, **parsed.query})


def conninfo_of(url: str) -> str:
    """Return the URL as libpq takes it."""
    return reached(url, "postgresql").render_as_string(hide_password=False)
