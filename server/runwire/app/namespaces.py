"""What operators do with namespaces, and who may look at one."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from runwire.domain.caller import Caller, Role
from runwire.domain.errors import Denied, NotAllowed, invalid
from runwire.domain.missing import no_namespace
from runwire.domain.namespace import DEFAULT_NAMESPACE, check_namespace
from runwire.domain.paging import Page, page_size_of
from runwire.domain.quotas import Namespace, NamespaceStore, Quotas

FIELDS: Final = ("stored_bytes", "running_runs", "queued_runs")


class Namespaces:
    """Namespaces and their quotas."""

    def __init__(self, store: NamespaceStore) -> None:
        self._store = store

    async def check(self, name: str) -> None:
        """Raise NotFound unless there is a namespace of this name; asked for every call."""
        await self._store.check(name)

    async def create(
        self, caller: Caller, name: str, *, display_name: str, quotas: Quotas
    ) -> Namespace:
        """Make a namespace; raise Denied, Invalid or AlreadyExists."""
        _administers(caller)
        check_namespace(name)
        return await self._store.add(name, display_name, quotas)

    async def get(self, caller: Caller, name: str) -> Namespace:
        """Return a namespace, with what it holds now; raise NotFound.

        Who is not everywhere sees only their own: any other is as one that never was.
        """
        check_namespace(name)
        if not caller.everywhere and name != caller.namespace:
            raise no_namespace(name)
        return await self._store.get(name)

    async def find(self, caller: Caller, *, page_size: int, page_token: str) -> Page[Namespace]:
        """Return one page, by name; raise Denied."""
        _administers(caller)
        return await self._store.find(page_size_of(page_size), page_token)

    async def update(self, caller: Caller, new: Namespace, mask: Collection[str]) -> Namespace:
        """Change what a mask names: display_name, quotas, or quotas.NAME for one of them."""
        _administers(caller)
        check_namespace(new.name, name="namespace.namespace")
        known = {"display_name", "quotas", *(f"quotas.{name}" for name in FIELDS)}
        for path in mask:
            if path not in known:
                raise invalid("update_mask", f"must be of {', '.join(sorted(known))}")
        if not mask:
            raise invalid("update_mask", "is required: display_name, or quotas")
        quotas = (await self._store.get(new.name)).quotas
        for name in FIELDS:
            if "quotas" in mask or f"quotas.{name}" in mask:
                quotas = replace(quotas, **{name: getattr(new.quotas, name)})
        display_name = new.display_name if "display_name" in mask else None
        return await self._store.update(new.name, display_name=display_name, quotas=quotas)

    async def delete(self, caller: Caller, name: str) -> None:
        """Delete a namespace that holds nothing; raise Denied, NotFound or NotAllowed."""
        _administers(caller)
        check_namespace(name)
        if name == DEFAULT_NAMESPACE:
            raise NotAllowed(
                "there is always a default namespace: it cannot be deleted",
                reason="NAMESPACE_IS_DEFAULT",
                namespace=name,
            )
        await self._store.delete(name)


def _administers(caller: Caller) -> None:
    if not caller.everywhere or not caller.role.includes(Role.ADMIN):
        raise Denied(
            "namespaces are kept by admins of the whole server: use a key of all namespaces",
            reason="ACCESS_DENIED",
        )
