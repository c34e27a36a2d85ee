"""What do the steps' answers mean for status? The only place that writes conditions, by kstatus' rules.

Ready tells of the artifact of the current spec; Reconciling and Stalled are there only while they are true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from airship_images.api.phases import PHASE_VERSIONS
from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, Condition, ImageStatus, PlanStatus
from airship_images.plan.catalogue import UNNAMED
from airship_images.plan.explain import explain
from airship_images.plan.progress import build_status
from airship_images.plan.removal import BLOCKED, Retained
from airship_images.plan.retry import known
from airship_images.plan.state import Problem, State
from airship_images.plan.step import Done, Failed, Step, Waiting
from airship_images.plan.steps.rollout import RolloutOutcome
from airship_images.plan.steps.schedule import Scheduled
from airship_images.plan.texts import sentence, timestamp
from airship_images.spec import Prepared

STAGES: Final = ("InputsReady", "Built", "Verified", "Published")
_BUSY: Final = {"InputsReady": "Pending", "Built": "Building", "Verified": "Verifying", "Published": "Publishing"}


@dataclass(frozen=True)
class Link:
    """The answer of one step of the chain, and the condition that tells of it."""

    condition: str
    step: Step


@dataclass(frozen=True)
class _Finding:
    type: str
    status: Literal["True", "False", "Unknown"]
    reason: Reason
    message: str


@dataclass(frozen=True)
class Outcome:
    """What the whole plan came to."""

    links: Sequence[Link]
    published: ImageStatus | None
    rolled: RolloutOutcome
    ahead: RolloutOutcome
    """The rollout of the image that is being built, if there is one."""
    scheduled: Scheduled
    retained: Retained


def fold(state: State, outcome: Outcome) -> AirshipImageStatus:
    """The whole status; timestamps move only where a condition's status did."""
    links, published, rolled = outcome.links, outcome.published, outcome.rolled
    last = links[-1]
    hashes = None if isinstance(state.inputs, Problem) else state.inputs.identities
    is_current = published is None or (hashes is not None and published.build_hash == hashes.build_hash)
    return AirshipImageStatus(
        observed_generation=state.identity.generation,
        phase=_phase(last),
        spec_hash=hashes.spec_hash if hashes else state.status.spec_hash,
        build_hash=hashes.build_hash if hashes else state.status.build_hash,
        trigger=(state.inputs.trigger or None) if isinstance(state.inputs, Prepared) else state.status.trigger,
        phases=dict(state.inputs.versions) if isinstance(state.inputs, Prepared) else state.status.phases,
        packages=outcome.scheduled.packages,
        schedule=outcome.scheduled.status,
        areas=_areas(state) if is_current else state.status.areas,
        profiles=dict(state.profiles) if hashes and is_current else state.status.profiles,
        image=published,
        build=build_status(state, last.condition, last.step),
        plan=_ahead(state, last, outcome.ahead),
        hosts=rolled.hosts,
        history=list(outcome.retained.history),
        conditions=[
            _condition(state, finding)
            for finding in (
                *_findings(links, rolled),
                *_outdated(state),
                *_pruned(state),
                *_unnamed(state),
                *_blocked(outcome.retained),
            )
        ],
    )


def _areas(state: State) -> dict[str, str] | None:
    """What the published build was made of; nothing of what was built elsewhere."""
    if isinstance(state.inputs, Problem):
        return state.status.areas
    return dict(state.inputs.identities.areas) if isinstance(state.inputs, Prepared) else None


def fold_deletion(state: State, retained: Retained) -> AirshipImageStatus:
    """The status of an image that goes: it offers nothing any more."""
    gone = _Finding("Ready", "False", Reason.WITHDRAWN, "it is deleted, and its artifacts with it")
    findings = (gone, *_blocked(retained))
    return state.status.model_copy(
        update={
            "phase": "Deleting",
            "image": None,
            "history": list(retained.history),
            "conditions": [_condition(state, finding) for finding in findings],
        }
    )


def _blocked(retained: Retained) -> list[_Finding]:
    return [_Finding(BLOCKED, "True", *retained.trouble)] if retained.trouble else []


def _ahead(state: State, last: Link, ahead: RolloutOutcome) -> PlanStatus | None:
    """What is still to come; None when there is nothing."""
    is_ahead = not isinstance(last.step, Done)
    build = explain(state, state.inputs) if is_ahead and isinstance(state.inputs, Prepared) else None
    if not (build or ahead.would_change or ahead.erased):
        return None
    return PlanStatus(build=build, hosts=list(ahead.would_change), erased=list(ahead.erased))


def _findings(links: Sequence[Link], rolled: RolloutOutcome) -> list[_Finding]:
    reached = [_stage(link) for link in links]
    last = links[-1].condition
    ahead = [_Finding(stage, "Unknown", Reason.PROGRESSING, f"comes after {last}") for stage in STAGES[len(links) :]]
    rollout = _Finding("RolledOut", rolled.condition.status, rolled.condition.reason, rolled.condition.message)
    return [*_summary(links[-1].step), *reached, *ahead, rollout]


def _outdated(state: State) -> list[_Finding]:
    """What an upgrade of the operator alone leaves as it is, and says."""
    former = state.inputs.versions if isinstance(state.inputs, Prepared) else PHASE_VERSIONS
    newer = [f"{name} {former.get(name, 0)} → {now}" for name, now in PHASE_VERSIONS.items() if former.get(name) != now]
    if not newer:
        return []
    message = f"the builder has become another since: {', '.join(newer)}; the next change or a rebuild takes it"
    return [_Finding("BuilderOutdated", "True", Reason.BUILDER_OUTDATED, message)]


def _pruned(state: State) -> list[_Finding]:
    """What Helm's upgrade of the operator leaves as it is: its CRDs."""
    told = "; ".join(state.outdated_crds)
    return [_Finding("CRDOutdated", "True", Reason.CRD_OUTDATED, told)] if told else []


def _unnamed(state: State) -> list[_Finding]:
    """Where the catalogue does not name what is published; until somebody has looked, as it was told."""
    unnamed = state.unnamed
    if unnamed is None:
        told = [each for each in state.status.conditions if each.type == UNNAMED]
        return [_Finding(UNNAMED, "True", known(each.reason), each.message) for each in told]
    is_one = state.identity.name in unnamed.images
    return [_Finding(UNNAMED, "True", unnamed.reason, unnamed.message)] if is_one else []


def _stage(link: Link) -> _Finding:
    status: Literal["True", "False"] = "True" if isinstance(link.step, Done) else "False"
    return _Finding(link.condition, status, link.step.reason, link.step.message)


def _summary(step: Step) -> list[_Finding]:
    """Ready, and what kstatus derives progress and failure from."""
    match step:
        case Done():
            return [_Finding("Ready", "True", Reason.READY, step.message)]
        case Waiting(reason=Reason.SUSPENDED):
            return [_Finding("Ready", "False", step.reason, step.message)]
        case Failed(retry_after=None):
            stalled = _Finding("Stalled", "True", step.reason, step.message)
            return [_Finding("Ready", "False", step.reason, step.message), stalled]
        case Failed():
            return [_Finding("Ready", "False", step.reason, step.message), _reconciling(Reason.RETRYING, step)]
        case Waiting():
            return [_Finding("Ready", "False", step.reason, step.message), _reconciling(Reason.PROGRESSING, step)]


def _reconciling(reason: Reason, step: Step) -> _Finding:
    return _Finding("Reconciling", "True", reason, step.message)


def _phase(last: Link) -> str:
    match last.step:
        case Done():
            return "Ready"
        case Waiting(reason=Reason.SUSPENDED):
            return "Suspended"
        case Waiting():
            return _BUSY[last.condition]
        case Failed(retry_after=None):
            return "Failed"
        case Failed():
            return "Retrying"


def _condition(state: State, finding: _Finding) -> Condition:
    before = next((each for each in state.status.conditions if each.type == finding.type), None)
    moved = before is None or before.status != finding.status
    return Condition(
        type=finding.type,
        status=finding.status,
        reason=finding.reason,
        message=sentence(finding.message),
        last_transition_time=timestamp(state.now) if moved or before is None else before.last_transition_time,
        observed_generation=state.identity.generation,
    )
