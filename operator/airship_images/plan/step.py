"""What can a step of the chain answer?"""

from dataclasses import dataclass
from datetime import timedelta

from airship_images.api.reasons import Reason
from airship_images.plan.actions import Action


@dataclass(frozen=True)
class Done:
    """The stage is reached; `actions` prepare the next one."""

    reason: Reason
    message: str
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """The stage will be reached by itself; an event, or at the latest `wake_after`, says when to look again."""

    reason: Reason
    message: str
    actions: tuple[Action, ...] = ()
    wake_after: timedelta | None = None


@dataclass(frozen=True)
class Failed:
    """The stage was missed; without `retry_after` only a change of the input helps."""

    reason: Reason
    message: str
    retry_after: timedelta | None = None
    actions: tuple[Action, ...] = ()


Step = Done | Waiting | Failed
