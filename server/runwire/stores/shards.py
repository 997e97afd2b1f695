"""Where a process writes its share of what servers add up together.

Servers write to rows of their own, or their commits would wait for each other.
"""

import secrets
from typing import Final

SHARDS: Final = 64
_SHARD: Final = secrets.randbelow(SHARDS)  # not by process id: in containers that is always 1


def own_shard(*, alone: bool) -> int:
    """Return the shard that this process writes to; one that is alone needs no more than one."""
    return 0 if alone else _SHARD
