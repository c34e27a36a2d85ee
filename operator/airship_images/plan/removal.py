"""How does an artifact leave the store? Looked for once more by who names it, then by a Job that looks itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from airship_images.api.airshipimage import Builder
from airship_images.api.build import REMOVED_AT_ONCE, BuildFailure
from airship_images.api.reasons import Reason
from airship_images.api.status import HistoryEntry
from airship_images.plan.actions import Action, DeleteJob, FindReferences, RemoveArtifacts, WatchRoom
from airship_images.plan.backoff import backoff
from airship_images.plan.events import Event
from airship_images.plan.history import digest_of, since
from airship_images.plan.jobs import Job, removal_job_name
from airship_images.plan.obstacles import HELD_BACK, obstacle
from airship_images.plan.retry import known as known_reason
from airship_images.plan.state import State

FRESH: Final = timedelta(minutes=1)
"""Age up to which a look at who names artifacts is good enough to act on it."""
LOOK_AGAIN: Final = timedelta(hours=1)
"""After how long it is looked again whether what is named still is."""
_CATALOGUE: Final = "ConfigMap "
"""The kind of a catalogue, which names what was published before for another moment."""
ASK_AGAIN: Final = timedelta(minutes=5)
"""After how long what could not be listed is asked for again."""
BLOCKED: Final = "RetentionBlocked"
"""The condition that tells of what should go and does not."""
LATE_TRY: Final = 8
"""Failed removals wait as long as builds do after this many tries: nobody is in a hurry."""


@dataclass(frozen=True)
class Retained:
    """What was published before, as it stands after this look, and what is to be done."""

    history: Sequence[HistoryEntry]
    actions: tuple[Action, ...] = ()
    trouble: tuple[Reason, str] | None = None
    """Why something that should go does not."""
    wake_after: timedelta | None = None
    events: tuple[Event, ...] = ()


def is_ours(state: State, entry: HistoryEntry) -> bool:
    """Was it built by us, and published to where the image is published now? Only there can it be removed."""
    return not entry.built_elsewhere and entry.url.startswith(f"{state.base_url}{digest_of(entry)}/")


def is_pinned(state: State, entry: HistoryEntry) -> bool:
    """Did somebody say that it stays, by an annotation or anywhere in the image's own spec?"""
    digest = digest_of(entry)
    return any(digest.startswith(pin) for pin in state.pins) or (
        state.spec is not None and digest in state.spec.model_dump_json()
    )


def named_by(state: State, entry: HistoryEntry) -> frozenset[str]:
    """Who else names it, as far as the last look tells."""
    own = f"AirshipImage {state.identity.namespace}/{state.identity.name}"
    return state.references.to(digest_of(entry), own=own) if state.references else frozenset()


def look_due(state: State, wanted: Sequence[HistoryEntry], grace: timedelta) -> Retained | None:
    """The look that must be made before anything is done to `wanted`; None when the last one says enough.

    Of what was withdrawn for `grace` it must tell what was named when that had passed.
    """
    known = state.references
    if known is None:
        return Retained(state.status.history, (FindReferences(),), _told_trouble(state))
    if known.unknown is not None:
        left = ASK_AGAIN - state.age(known.at)
        again = (FindReferences(),) if left <= timedelta() else ()
        trouble = (Reason.REFERENCES_UNKNOWN, f"nothing is removed: {known.unknown}")
        return Retained(state.status.history, again, trouble, None if again else left)
    enough = good_for(state, wanted)
    ends = [datetime.fromisoformat(each.withdrawn_at) + grace for each in wanted if each.withdrawn_at]
    if state.age(known.at) > enough or any(known.at < end <= state.now for end in ends):
        return Retained(state.status.history, (FindReferences(),))
    return None


def good_for(state: State, entries: Sequence[HistoryEntry]) -> timedelta:
    """How long the last look says enough of `entries`: not for long where no more than a catalogue names one."""
    names = (named_by(state, each) for each in entries)
    return FRESH if any(all(who.startswith(_CATALOGUE) for who in each) for each in names) else LOOK_AGAIN


def _told_trouble(state: State) -> tuple[Reason, str] | None:
    """What status says while nobody has looked yet, after a restart."""
    told = next((each for each in state.status.conditions if each.type == BLOCKED), None)
    return None if told is None else (known_reason(told.reason), told.message)


def remove(state: State, history: Sequence[HistoryEntry], due: Sequence[HistoryEntry]) -> Retained:
    """Start the Job for the oldest of `due`, to which nothing refers, unless something is in its way."""
    chosen = sorted(due, key=lambda each: each.published_at)[:REMOVED_AT_ONCE]
    builder = (state.spec and state.spec.builder) or Builder()
    job = RemoveArtifacts(
        name=removal_job_name(state.identity.uid),
        image=state.identity.name,
        digests=tuple(digest_of(each) for each in chosen),
        before=max(each.withdrawn_at or "" for each in chosen),
        builder_image=state.policy.builder_image,
        output_claim=state.output_claim,
        resources=builder.resources,
        node_selector=builder.node_selector or {},
    )
    found = obstacle(state, job, told_by=BLOCKED)
    if found is None:
        return Retained(history, (job,))
    trouble = (found.reason, found.message) if found.reason in HELD_BACK else _told_trouble(state)
    return Retained(history, (WatchRoom(found.room),), trouble)


def after_removal(state: State, history: Sequence[HistoryEntry]) -> Retained | None:
    """While the Job is there: what it has come to; None without one. It goes once status tells of that."""
    job = state.removal_job
    if job is None:
        return None
    if job.failure is not None:
        return _failed(state, job, job.failure, history)
    if job.removal is None:
        return Retained(history)
    left = [each for each in history if digest_of(each) not in job.removal.removed or each.withdrawn_at is None]
    told = [_refused(each, job.removal.refused.get(digest_of(each))) for each in left]
    done = (DeleteJob(job.name, job.uid),) if told == state.status.history else ()
    return Retained(told, done, refusal(told), None if done else timedelta())


def refusal(history: Sequence[HistoryEntry]) -> tuple[Reason, str] | None:
    """What the store would not give up."""
    refused = [f"{each.digest[:19]} ({each.refused})" for each in history if each.refused]
    if not refused:
        return None
    return Reason.REMOVAL_REFUSED, f"not what was published, and left alone: {', '.join(refused[:REMOVED_AT_ONCE])}"


def _refused(entry: HistoryEntry, why: str | None) -> HistoryEntry:
    if why is None or entry.withdrawn_at is None:
        return entry
    return entry.model_copy(update={"refused": why, "withdrawn_at": None})


def _failed(state: State, job: Job, failure: BuildFailure, history: Sequence[HistoryEntry]) -> Retained:
    left = max((job.finished or state.now) + backoff(LATE_TRY, job.uid) - state.now, timedelta())
    trouble = (Reason.REMOVAL_FAILED, f"Job {job.name}: {failure.message}")
    waits = Retained(history, trouble=trouble, wake_after=left)
    return waits if left > timedelta() else replace(waits, actions=(DeleteJob(job.name, job.uid),), wake_after=None)


def withdrawn_for(state: State, entry: HistoryEntry) -> timedelta:
    """How long nobody has been offered it."""
    return since(entry.withdrawn_at, state)
