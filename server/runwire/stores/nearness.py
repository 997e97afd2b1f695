"""How near vectors are to another: the cosine between them, exactly, by numpy."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def can_compare() -> bool:
    """Whether there is what it takes: `runwire[vectors]`."""
    return find_spec("numpy") is not None


def cosines(wanted: bytes, found: Sequence[bytes]) -> Sequence[float]:
    """Return how near each vector is; -1 to 1, and 0 for one without direction or another length.

    Vectors are float32, as they rest. It takes a while, so it is not for an event loop.
    """
    numpy = _numpy()
    length = len(wanted)
    same = [each if len(each) == length else bytes(length) for each in found]
    rows = numpy.frombuffer(b"".join(same), "<f4").reshape(len(same), -1).astype("f8")
    one = numpy.frombuffer(wanted, "<f4").astype("f8")
    sizes = numpy.linalg.norm(rows, axis=1) * numpy.linalg.norm(one)
    sizes[sizes == 0] = numpy.inf
    near: list[float] = (rows @ one / sizes).tolist()
    return near


@cache
def _numpy() -> Any:
    return import_module("numpy")  # 20 MiB that few need
