"""What is to be done for one AirshipImage now, what does its status say, and when is it looked at again?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from airship_images.api.status import AirshipImageStatus, ImageStatus
from airship_images.plan import checking
from airship_images.plan.actions import Action, SetFinalizer, StartBuild
from airship_images.plan.desired import Withheld, desired, is_pinned
from airship_images.plan.elsewhere import elsewhere
from airship_images.plan.events import Event, events
from airship_images.plan.explain import expected, why
from airship_images.plan.fold import Link, Outcome, fold, fold_deletion
from airship_images.plan.history import history
from airship_images.plan.host_events import Standings, moved, standings
from airship_images.plan.rolling import RolledOut, RolloutState, Round, look
from airship_images.plan.state import Problem, State
from airship_images.plan.step import Done, Failed, Step, Waiting
from airship_images.plan.steps.build import build
from airship_images.plan.steps.deletion import deletion, finalizer
from airship_images.plan.steps.failures import failures
from airship_images.plan.steps.inputs import inputs
from airship_images.plan.steps.publish import artifact, publish
from airship_images.plan.steps.retention import retention
from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from airship_images.plan.steps.schedule import schedule
from airship_images.plan.steps.supersede import deletions, supersede
from airship_images.plan.steps.verify import verify
from airship_images.spec import Prepared, Sourced

CHAIN: Final = (
    ("InputsReady", inputs),
    ("Built", build),
    ("Verified", verify),
    ("Published", publish),
)
"""The first that is not Done is what the image waits for."""


@dataclass(frozen=True)
class Plan:
    """`actions` in order, then `status` if the stored one differs; then nothing until an event or `wake_after`.

    A plan that starts a Job leaves the status to the next look, at once: in a burst all Jobs come before any status.
    So does one that changes the image's finalizers, and with them the version that the status would be written on.
    """

    actions: tuple[Action, ...]
    status: AirshipImageStatus
    events: tuple[Event, ...]
    standings: Standings
    """How the hosts stand, for the next look to tell what has changed."""
    wake_after: timedelta | None

    @property
    def leaves_status(self) -> bool:
        """Is the status written after another look, at once?"""
        return any(isinstance(action, StartBuild | SetFinalizer) for action in self.actions)


def plan(state: State) -> Plan:
    """The same state gives the same plan, and a plan that was carried out gives, planned again, no action."""
    if state.deleting:
        return _deletion(state)
    links: list[Link] = []
    for condition, step in CHAIN:
        links.append(Link(condition, step(state)))
        if not isinstance(links[-1].step, Done):
            break
    stopped = supersede(state) if len(links) > 1 else ()
    last = links[-1].step
    published = artifact(state) if isinstance(last, Done) else state.status.image
    wanted = desired(state, published)
    rolled = _rolled(state, wanted)
    stays = isinstance(last, Done) or is_pinned(state)
    ahead = rolled if stays else _ahead(state, rolled)
    checks = checking.due(state, wanted) if isinstance(wanted, ImageStatus) and rolled.wants_check else ()
    of_chain = tuple(action for link in links for action in link.step.actions)
    ended = isinstance(last, Done) or (isinstance(last, Failed) and last.retry_after is None)
    scheduled = schedule(state, settled=ended)
    retained = retention(state, history(state, published), settled=isinstance(last, Done))
    surplus = failures(state)
    beside = (*scheduled.actions, *retained.actions, *surplus.actions, *finalizer(state, retained.history))
    actions = (*deletions(stopped), *of_chain, *checks, *rolled.patches, *beside)
    status = fold(state, Outcome(links, published, rolled, ahead, scheduled, retained))
    return Plan(
        actions=actions,
        status=status,
        events=(
            *events(state.status, status, stopped=[job.name for job in stopped], rebuilt=_rebuilt(state, of_chain)),
            *(moved(state.fleet.seen, rolled.assessments, wanted.digest) if isinstance(wanted, ImageStatus) else ()),
        ),
        standings=standings(rolled.assessments),
        wake_after=_earliest(
            _wait(last), rolled.wake_after, scheduled.wake_after, retained.wake_after, surplus.wake_after
        ),
    )


def standing_hosts(state: State) -> Round | RolledOut:
    """How the image's hosts stand to what is published, or why there is nothing that they could be given."""
    wanted = desired(state, state.status.image)
    rules, hosts = state.spec.rollout if state.spec else None, state.fleet.hosts
    if not isinstance(wanted, ImageStatus) or rules is None or hosts is None:
        return _rolled(state, wanted).condition
    return look(_rollout_state(state, wanted), rules, wanted, hosts)


def _rolled(state: State, wanted: ImageStatus | Withheld | None) -> RolloutOutcome:
    if isinstance(wanted, Withheld):
        return RolloutOutcome(RolledOut("False", wanted.reason, wanted.message))
    return rollout(_rollout_state(state, wanted))


def _deletion(state: State) -> Plan:
    retained = deletion(state)
    status = fold_deletion(state, retained)
    told = (*events(state.status, status, stopped=(), rebuilt=None), *retained.events)
    return Plan(retained.actions, status, told, standings=standings(()), wake_after=retained.wake_after)


def _rebuilt(state: State, actions: tuple[Action, ...]) -> str | None:
    """Why an image that was published before is built again; None when no Job starts for that."""
    starts = any(isinstance(action, StartBuild) and action.attempt == 1 for action in actions)
    if not starts or state.status.image is None or not isinstance(state.inputs, Prepared):
        return None
    return why(state, state.inputs)


def _ahead(state: State, rolled: RolloutOutcome) -> RolloutOutcome:
    """The rollout of what is being built, or of what is published if nothing can be built."""
    if not state.fleet.hosts or isinstance(state.inputs, Problem):
        return rolled
    ahead = elsewhere(state, state.inputs) if isinstance(state.inputs, Sourced) else expected(state, state.inputs)
    return rollout(_rollout_state(state, ahead))


def _rollout_state(state: State, image: ImageStatus | None) -> RolloutState:
    return RolloutState(
        namespace=state.identity.namespace,
        name=state.identity.name,
        uid=state.identity.uid,
        rollout=state.spec.rollout if state.spec else None,
        artifact=image,
        served=checking.fresh(state, image) if image else None,
        hosts=state.fleet.hosts,
        machine_templates=state.fleet.machine_templates,
        other_images=state.fleet.other_images,
        paused=state.fleet.paused,
        resumed=state.fleet.resumed,
        refusals=state.fleet.refusals,
        now=state.now,
    )


def _wait(step: Step) -> timedelta | None:
    match step:
        case Done():
            return None
        case Waiting():
            return step.wake_after
        case Failed():
            return step.retry_after


def _earliest(*waits: timedelta | None) -> timedelta | None:
    return min((wait for wait in waits if wait is not None), default=None)
