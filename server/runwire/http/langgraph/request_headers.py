"""Which headers of a request its run finds in `config.configurable`.

None do, unless the settings name some, and credentials never: what a run is configured with is
stored with it, and shown to whoever reads it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

USUAL: Final[tuple[str, ...]] = ()
NEVER: Final = frozenset(
    {
        *("authorization", "cookie", "proxy-authorization", "x-api-key", "x-service-key"),
        *("x-tenant-id", "x-auth-scheme", "x-forwarded-client-cert"),
    }
)
MAX_CHARACTERS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderChoice:
    """Names, with ``*`` as a wildcard; what is excluded counts first."""

    includes: tuple[str, ...] = USUAL
    excludes: tuple[str, ...] = ()

    def of(self, headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
        """Return those headers that are chosen, names in lower case."""
        return {
            name: value[:MAX_CHARACTERS]
            for name, value in ((name.lower(), value) for name, value in headers)
            if name not in NEVER
            and any(fnmatchcase(name, each.lower()) for each in self.includes)
            and not any(fnmatchcase(name, each.lower()) for each in self.excludes)
        }
