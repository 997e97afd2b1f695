"""Reading and writing files that transfers go through; all of it blocks."""

import hashlib
from typing import IO, Final

READ_BYTES: Final = 1024 * 1024


def read_at(file: IO[bytes], offset: int, size: int) -> bytes:
    """Return at most that many bytes from an offset on."""
    file.seek(offset)
    return file.read(size)


def write_at(file: IO[bytes], offset: int, piece: bytes) -> None:
    """Write a piece at an offset."""
    file.seek(offset)
    file.write(piece)


def sha256_of(file: IO[bytes]) -> str:
    """Return the SHA-256 of a whole file, in lower-case hex."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(READ_BYTES):
        digest.update(piece)
    return digest.hexdigest()
