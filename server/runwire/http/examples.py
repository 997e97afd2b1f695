"""Bodies of requests, as the documentation shows them and /docs offers them to be sent.

They fit the graph `data_quality` of the examples.
"""

from collections.abc import Mapping
from typing import Any, Final

_SPEC: Final = {
    "graphId": "data_quality",
    "input": {"json": {"dataset": "seattle-weather", "max_rounds": 3}},
    "labels": {"team": "risk"},
}
_RUNS: Final = {
    "CreateRun": {"spec": _SPEC},
    "CreateAndWatchRun": {"spec": _SPEC},
    "CancelRun": {"reason": "not needed any more"},
    "ResumeRun": {"answer": {"json": "approved"}},
    "UpdateRun": {"labels": {"team": "fraud"}, "updateMask": "labels.team"},
    "ForkRun": {"update": {"json": {"threshold": 5}}},
}

BODIES: Final[Mapping[str, Any]] = {
    **{f"runwire.v1.RunService.{method}": body for method, body in _RUNS.items()},
    "runwire.v1.AdminService.Prune": {"graphId": "data_quality", "validateOnly": True},
}
"""By the method's full name."""
