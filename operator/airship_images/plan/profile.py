"""What does a NodeProfile's status say: is it right by itself, and who uses it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.api.status import Condition, NodeProfileStatus, UsedBy
from airship_images.plan.texts import sentence, timestamp

LISTED: Final = 20
"""Images that status names at most."""


@dataclass(frozen=True)
class ProfileState:
    """A profile, and who uses it."""

    now: datetime
    generation: int
    findings: Sequence[Finding]
    images: Sequence[str]
    """The AirshipImages of its namespace that name it, sorted."""
    status: NodeProfileStatus
    """As we wrote it last."""


def profile_status(state: ProfileState) -> NodeProfileStatus:
    """The whole status; timestamps move only where a condition's status did."""
    used_by = UsedBy(count=len(state.images), images=list(state.images[:LISTED]))
    if not state.findings:
        conditions = [_condition(state, "Ready", is_true=True, reason=Reason.VALID, message="valid by itself")]
    else:
        first = state.findings[0].reason
        message = "; ".join(str(finding) for finding in state.findings)
        conditions = [
            _condition(state, kind, is_true=kind == "Stalled", reason=first, message=message)
            for kind in ("Ready", "Stalled")
        ]
    return NodeProfileStatus(observed_generation=state.generation, conditions=conditions, used_by=used_by)


def _condition(state: ProfileState, kind: str, *, is_true: bool, reason: Reason, message: str) -> Condition:
    status = "True" if is_true else "False"
    former = next((each for each in state.status.conditions if each.type == kind), None)
    same = former is not None and former.status == status
    return Condition(
        type=kind,
        status="True" if is_true else "False",
        reason=reason,
        message=sentence(message),
        last_transition_time=former.last_transition_time if former is not None and same else timestamp(state.now),
        observed_generation=state.generation,
    )
