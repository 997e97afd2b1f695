"""Explanations, domain → wire."""

from collections.abc import Mapping
from typing import Final

from runwire.domain.explanation import Explanation, WaitReason
from runwire.rpc.convert_times import time_to_wire
from runwire.v1 import explanation_pb2 as wire

REASON_TO_WIRE: Final[Mapping[WaitReason, wire.WaitReason.ValueType]] = {
    reason: wire.WaitReason.Value(f"WAIT_REASON_{reason.name}") for reason in WaitReason
}


def explanation_to_wire(explanation: Explanation) -> wire.Explanation:
    """Return why a run is where it is."""
    return wire.Explanation(
        reason=REASON_TO_WIRE[explanation.reason],
        summary=explanation.summary,
        remedies=explanation.remedies,
        since_time=time_to_wire(explanation.since),
        until_time=time_to_wire(explanation.until),
        facts=explanation.facts,
    )
