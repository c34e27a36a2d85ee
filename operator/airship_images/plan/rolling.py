"""What does a rollout depend on, and what is to be seen in one look at its hosts?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from airship_images.api.airshipimage import Rollout
from airship_images.api.durations import duration
from airship_images.api.reasons import Reason
from airship_images.api.status import ImageStatus
from airship_images.plan.batch import Limits, is_proven, next_hosts
from airship_images.plan.eligibility import Claim, MachineTemplate, Objection, Terms
from airship_images.plan.field_owners import moment
from airship_images.plan.fleet import Fleet
from airship_images.plan.hosts import PROVISIONED, Host
from airship_images.plan.served import Served
from airship_images.plan.standing import Standing, Trust, assess, in_flight
from airship_images.plan.window import Hours, hours


@dataclass(frozen=True)
class RolloutState:
    """Everything that a rollout depends on, frozen."""

    namespace: str
    name: str
    uid: str
    rollout: Rollout | None
    artifact: ImageStatus | None
    """What is published and verified; None until something is."""
    served: Served | None
    """What the artifact's URL answered last; None when it was not asked yet."""
    hosts: tuple[Host, ...] | None
    """The BareMetalHosts of the namespace; None when the cluster has no such kind."""
    machine_templates: tuple[MachineTemplate, ...]
    other_images: tuple[Claim, ...]
    """The claims of the other AirshipImages of the namespace that have a rollout."""
    paused: bool
    now: datetime
    refusals: Mapping[str, Objection] = field(default_factory=dict)
    """By host: why it could not be written to when that was tried last."""
    resumed: str | None = None
    """When a person let the rollout go on after failures, as the image's annotation has it."""

    @property
    def claim(self) -> Claim:
        """The hosts that this image selects."""
        selector = self.rollout.selector if self.rollout else None
        return Claim(self.name, self.uid, self.namespace, (selector and selector.match_labels) or {})


@dataclass(frozen=True)
class RolledOut:
    """The condition of that name."""

    status: Literal["True", "False"]
    reason: Reason
    message: str


@dataclass(frozen=True)
class Round:
    """One look at the selected hosts, and what the image allows."""

    state: RolloutState
    rules: Rollout
    artifact: ImageStatus
    terms: Terms
    fleet: Fleet
    limits: Limits
    hours: Hours
    """Whether anything may be started now."""
    chosen: tuple[Host, ...]
    """Hosts that may take the image now."""

    @property
    def waiting(self) -> tuple[Host, ...]:
        """Hosts that could take the image."""
        return self.fleet.standing(Standing.ELIGIBLE)

    @property
    def erased(self) -> tuple[Host, ...]:
        """Provisioned hosts that strategy Replace erases, once their owner agrees."""
        agreed = (host for host in self.waiting if host.state == PROVISIONED)
        return (*agreed, *self.fleet.standing(Standing.AWAITING_APPROVAL))

    @property
    def is_proven(self) -> bool:
        """Has the canary shown that the image works?"""
        return is_proven(self.fleet, self.limits)


def look(state: RolloutState, rules: Rollout, artifact: ImageStatus, hosts: tuple[Host, ...]) -> Round:
    """One round of the rollout of `artifact` to `hosts`."""
    terms = Terms(
        state.claim,
        artifact,
        rules.allow_disabled_cleaning is True,
        state.machine_templates,
        state.other_images,
        may_erase=rules.strategy != "Available",  # Manual tells what Replace would do
    )
    fleet = _fleet(hosts, terms, _trust(state, rules))
    limits = Limits.of(rules.max_unavailable, rules.canary, len(fleet))
    chosen = next_hosts(fleet, limits, state.refusals)
    return Round(state, rules, artifact, terms, fleet, limits, hours(rules.window, state.now), chosen)


def _trust(state: RolloutState, rules: Rollout) -> Trust:
    soak = duration(rules.soak) if rules.soak else None
    return Trust(state.now, rules.health or "Provisioned", soak, moment(state.resumed))


def _fleet(hosts: tuple[Host, ...], terms: Terms, trust: Trust) -> Fleet:
    selected = sorted((host for host in hosts if terms.claim.selects(host)), key=lambda host: host.name)
    left = [host for host in hosts if not terms.claim.selects(host) and in_flight(host, terms.claim.uid)]
    return Fleet(tuple(assess(host, terms, trust) for host in selected), len(left))
