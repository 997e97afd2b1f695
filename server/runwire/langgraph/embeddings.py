"""The index of the store: what texts of items mean, as the `embed` of langgraph.json says it.

1. `embed` is the name of a model, ``openai:text-embedding-3-small``, for LangChain to find; or a
   function or an `Embeddings` of the user's own, ``path.py:variable`` or ``module:variable``.
2. It never runs on the server's loop: what is synchronous has a thread, what is not a loop there.
3. Without numpy, or without an index in langgraph.json, searching by a text is as good as without.
"""

import logging
import struct
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any, Final

from langchain_core.embeddings import Embeddings
from langgraph.store.base import ensure_embeddings, get_text_at_path, tokenize_path

from runwire.domain.errors import Unavailable, invalid
from runwire.langgraph.aside import Aside

MAX_TEXTS: Final = 256
MAX_DIMS: Final = 65_536
WAIT_SECONDS: Final = 60.0
AT_ONCE: Final = 256
ANYTHING: Final = "$"

_logger = logging.getLogger("runwire.langgraph")


class EmbeddedIndex:
    """Implements ItemIndex."""

    def __init__(self, embeddings: Embeddings, *, dims: int, fields: Sequence[str] = ()) -> None:
        self._embeddings = embeddings
        self._dims = dims
        self._fields = tuple(fields) or (ANYTHING,)

    def texts(self, value: Mapping[str, Any], fields: Sequence[str] | None) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for field in self._fields if fields is None else fields:
            texts = _texts_at(value, field)
            several = len(texts) > 1
            found |= {f"{field}.{n}" if several else field: text for n, text in enumerate(texts)}
        if len(found) > MAX_TEXTS:
            raise invalid("index", f"{len(found)} texts to be found by, more than {MAX_TEXTS}")
        return found

    async def vectors(self, texts: Sequence[str]) -> Sequence[bytes]:
        found: list[bytes] = []
        for start in range(0, len(texts), AT_ONCE):
            some = list(texts[start : start + AT_ONCE])
            said = await self._said(self._embeddings.aembed_documents(some))
            if len(said) != len(some):
                raise _wrong(f"{len(said)} vectors for {len(some)} texts")
            found += map(self._packed, said)
        return found

    async def near(self, query: str) -> bytes:
        return self._packed(await self._said(self._embeddings.aembed_query(query)))

    async def _said(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await self._aside.do(work, seconds=WAIT_SECONDS)
        except TimeoutError:
            raise Unavailable(
                f"the embeddings of the store's index took more than {WAIT_SECONDS:g} s",
                reason="EMBEDDING_FAILED",
            ) from None
        except Exception as error:  # of the user's own code, or of whoever serves the model
            _logger.exception("the embeddings of the store's index failed")
            raise Unavailable(
                f"the embeddings of the store's index failed with {type(error).__name__}:"
                " the log says how",
                reason="EMBEDDING_FAILED",
            ) from error

    @cached_property
    def _aside(self) -> Aside:
        return Aside("runwire-embeddings")

    def _packed(self, vector: Sequence[float]) -> bytes:
        if len(vector) != self._dims:
            raise _wrong(
                f"{len(vector)} numbers in place of {self._dims}, as store.index.dims says"
            )
        return struct.pack(f"<{self._dims}f", *vector)


def index_of(
    config: Mapping[str, Any], load: Callable[[str], Any], *, place: str = "store.index"
) -> EmbeddedIndex:
    """Return the index that the ``store.index`` of a langgraph.json describes.

    `load` brings what ``path.py:variable`` names. Raises Invalid, naming what is wrong.
    """
    dims, fields = config.get("dims"), config.get("fields") or ()
    if isinstance(dims, bool) or not isinstance(dims, int) or not 1 <= dims <= MAX_DIMS:
        raise invalid(f"{place}.dims", f"must be the length of the vectors, 1 to {MAX_DIMS}")
    if not isinstance(fields, list | tuple) or not all(isinstance(each, str) for each in fields):
        raise invalid(
            f"{place}.fields", "must be a list of paths, such as title or chapters[*].text"
        )
    embed = config.get("embed")
    if not embed:
        raise invalid(f"{place}.embed", "must name a model, or a function such as path.py:embed")
    found = _embeddings(embed, load, place) if isinstance(embed, str) else embed
    return EmbeddedIndex(ensure_embeddings(found), dims=dims, fields=fields)


def _embeddings(name: str, load: Callable[[str], Any], place: str) -> Any:
    module, _, variable = name.partition(":")
    if module.endswith(".py") or "/" in module or ("." in module and variable.isidentifier()):
        return load(name)
    try:
        found: Any = import_module("langchain.embeddings")
    except ImportError:
        raise invalid(
            f"{place}.embed", f"{name} needs LangChain: pip install langchain, and its provider"
        ) from None
    try:
        return found.init_embeddings(name)
    except (ImportError, ValueError) as error:
        raise invalid(f"{place}.embed", f"{name} cannot be had: {error}") from error


def _texts_at(value: Mapping[str, Any], field: str) -> Sequence[str]:
    try:
        path = field if field == ANYTHING else tokenize_path(field)
        return [text for text in get_text_at_path(dict(value), path) if text]
    except (TypeError, ValueError, RecursionError):
        raise invalid("index", f"{field[:64]!r} is no path") from None


def _wrong(what: str) -> Unavailable:
    return Unavailable(
        f"the embeddings of the store's index gave {what}", reason="EMBEDDING_FAILED"
    )
