"""Who calls, as handlers and graphs see them: LangGraph's `BaseUser`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

IDENTITY: Final = "identity"


class AuthUser(dict[str, Any]):
    """Whom an authentication handler has described, to be read as a dict or as an object."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
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
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the user has no {name!r}") from None
