"""Who calls, as handlers and graphs see them: LangGraph's `BaseUser`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from langgraph_sdk.auth.types import StudioUser

IDENTITY: Final = "identity"
STUDIO_NAME: Final = "langgraph-studio-user"


class AuthUser(dict[str, Any]):
    """Whom an authentication handler has described, to be read as a dict or as an object."""

    def __init__(self, fields: Mapping[str, Any], *, origin: Any = None) -> None:
        identity = str(fields.get(IDENTITY, ""))
        super().__init__(
            {
                **fields,
                IDENTITY: identity,
                "is_authenticated": bool(fields.get("is_authenticated", True)),
                "display_name": str(fields.get("display_name") or identity),
                "permissions": list(fields.get("permissions") or ()),
            }
        )
        self._origin = origin

    @property
    def identity(self) -> str:
        """The name that is theirs alone."""
        return str(self[IDENTITY])

    @property
    def display_name(self) -> str:
        """The name for people."""
        return str(self["display_name"])

    @property
    def is_authenticated(self) -> bool:
        """Whether they have shown who they are."""
        return bool(self["is_authenticated"])

    @property
    def permissions(self) -> Sequence[str]:
        """What they may do, in words of the application."""
        found: Sequence[str] = self["permissions"]
        return found

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        origin = self.__dict__.get("_origin")
        if origin is None or name.startswith("_"):
            raise AttributeError(f"the user has no {name!r}")
        return getattr(origin, name)


class Studio(StudioUser):
    """LangGraph's Studio on this machine, which handlers know by its type."""

    def __init__(self) -> None:
        super().__init__(STUDIO_NAME)

    def _said(self) -> Mapping[str, Any]:
        return {
            "kind": "StudioUser",
            "is_authenticated": self.is_authenticated,
            "display_name": self.display_name,
            IDENTITY: self.identity,
            "permissions": list(self.permissions),
        }

    def __getitem__(self, key: str) -> Any:
        return self._said()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._said()

    def __iter__(self) -> Iterator[str]:
        return iter(self._said())

    def keys(self) -> Iterable[str]:
        """Return what is known of it."""
        return self._said().keys()
