"""Pages by offset, orders and masks: what lists and updates of several services share."""

from collections.abc import Mapping, Sequence

from runwire.domain.paging import position_of, token_of
from runwire.rpc.checks import Faults


def offset_of(token: str, query: Sequence[object]) -> int:
    """Return how many a page of a list leaves out; raise Invalid for a foreign token."""
    found = position_of(token, query=query, kinds=(int,))
    return max(found[0], 0) if found else 0


def next_token(offset: int, count: int, total: int, query: Sequence[object]) -> str:
    """Return the token of the page behind one of so many of all; empty for the last."""
    more = count and offset + count < total
    return token_of((offset + count,), query=query) if more else ""


def order_of(faults: Faults, text: str, orders: Mapping[str, str]) -> tuple[str, bool]:
    """Return by what to sort and whether descending; note what is no order."""
    field, _, direction = (text.strip() or "create_time desc").partition(" ")
    if field not in orders or direction.strip() not in ("", "asc", "desc"):
        known = ", ".join(orders)
        faults.add("order_by", f'must be one of {known}, with " desc" behind it for descending')
        return next(iter(orders.values())), True
    return orders[field], direction.strip() == "desc"


def mask_of(faults: Faults, paths: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """Return what a mask names; note what is none of the fields that can be changed."""
    names = ", ".join(known)
    for index, path in enumerate(paths[: len(known) + 1]):
        if path not in known and path != "*":
            faults.add(f"update_mask.paths[{index}]", f"must be one of {names}")
    if not paths:
        faults.add("update_mask", f"is required: one or more of {names}")
    if len(paths) > len(known):
        faults.add("update_mask", f"has more than {len(known)} paths")
    return tuple(known) if "*" in paths else tuple(path for path in paths if path in known)
