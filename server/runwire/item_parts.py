"""The store's items, put together."""

import logging
from importlib import import_module
from typing import Any, Final

from runwire.app.items import Items
from runwire.config import Settings
from runwire.domain.assistant_ports import ItemIndex
from runwire.domain.item import ItemLife
from runwire.engine.chores import ItemSweeper
from runwire.engine.loading import named_by
from runwire.stores.database import Database
from runwire.stores.items import SqlItemRows
from runwire.stores.nearness import can_compare

SWEEP_MINUTES: Final = 5.0

logger = logging.getLogger("runwire.store")


def items_of(settings: Settings, database: Database) -> tuple[Items, ItemSweeper]:
    """Return the store's items, and what deletes those whose time is over; raise Invalid."""
    ttl = settings.langgraph_store_ttl
    life = ItemLife()
    if ttl is not None:
        life = ItemLife(default_minutes=ttl.default_ttl, refresh_on_read=ttl.refresh_on_read)
    minutes = SWEEP_MINUTES if ttl is None else ttl.sweep_interval_minutes or SWEEP_MINUTES
    rows = SqlItemRows(database)
    items = Items(rows=rows, index=index_of(settings), life=life)
    return items, ItemSweeper(rows.sweep, minutes * 60)


def index_of(settings: Settings) -> ItemIndex | None:
    """Return what finds items by their meaning, if that is asked for; raise Invalid, GraphError."""
    asked = settings.langgraph_store_index
    if asked is None:
        return None
    if not can_compare():
        logger.warning(
            "langgraph_store_index counts for nothing without numpy, and neither does the query of"
            " a search: pip install 'runwire[vectors]'"
        )
        return None
    found: Any = import_module("runwire.langgraph.embeddings")  # which brings LangGraph
    index: ItemIndex = found.index_of(asked.model_dump(), named_by, place="langgraph_store_index")
    return index
