"""What becomes of the artifacts of an image that is deleted? With policy Delete they go, but for those in use."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.api.status import HistoryEntry
from airship_images.plan.actions import DeleteJob, SetFinalizer
from airship_images.plan.events import Event
from airship_images.plan.history import history as history_of
from airship_images.plan.removal import (
    Retained,
    after_removal,
    is_ours,
    is_pinned,
    look_due,
    named_by,
    remove,
    withdrawn_for,
)
from airship_images.plan.state import State
from airship_images.plan.texts import timestamp

GRACE: Final = timedelta(seconds=10)
"""From being withdrawn to being deleted: whoever deletes an image has said that it is not wanted."""
NAMED: Final = 3
"""Of those who keep an artifact, as many are named."""


def finalizer(state: State, history: Sequence[HistoryEntry]) -> tuple[SetFinalizer, ...]:
    """Ours is there from the first artifact on, for as long as they are to go with the image.

    It comes before the status that tells of that artifact: who finds it without one was killed in between, and goes on.
    """
    goes = state.spec is not None and state.spec.deletion_policy == "Delete"
    needed = goes and (bool(history) or state.has_finalizer)
    return () if needed == state.has_finalizer else (SetFinalizer(present=needed),)


def deletion(state: State) -> Retained:
    """Withdraw all, look who names them, remove the others, and let the image go; what is named or pinned stays.

    A namespace that is deleted as a whole takes the volume with it: nothing can be started there any more.
    """
    history = history_of(state, state.status.image)
    stopped = tuple(DeleteJob(job.name, job.uid) for job in state.former_jobs if job.outcome == "active")
    deletes = state.spec is not None and state.spec.deletion_policy == "Delete"
    if not deletes or state.namespace_ends:
        return Retained(history, (SetFinalizer(present=False),))
    if (ended := after_removal(state, history)) is not None:
        return ended
    going = list(_going(state, history))
    withdrawn = [_withdrawn(each, timestamp(state.now)) if each in going else each for each in history]
    left = max((GRACE - withdrawn_for(state, each) for each in withdrawn if each.withdrawn_at), default=timedelta())
    if withdrawn != state.status.history or state.status.image is not None or left > timedelta():
        return Retained(withdrawn, stopped, wake_after=max(left, timedelta()))
    return _remove(state, history, going)


def _remove(state: State, history: Sequence[HistoryEntry], going: Sequence[HistoryEntry]) -> Retained:
    if going and (look := look_due(state, going, GRACE)) is not None:
        return look
    unnamed = [each for each in going if not named_by(state, each)]
    if unnamed:
        return remove(state, history, unnamed)
    return Retained(history, (SetFinalizer(present=False),), events=tuple(_kept(state, each) for each in going))


def _going(state: State, history: Sequence[HistoryEntry]) -> Iterator[HistoryEntry]:
    for entry in history:
        if is_ours(state, entry) and not is_pinned(state, entry) and not entry.refused:
            yield entry


def _kept(state: State, entry: HistoryEntry) -> Event:
    who = ", ".join(sorted(named_by(state, entry))[:NAMED])
    return Event("Warning", Reason.KEPT, f"{entry.digest} stays at {entry.url}: {who} still names it")


def _withdrawn(entry: HistoryEntry, now: str) -> HistoryEntry:
    return entry if entry.withdrawn_at else entry.model_copy(update={"withdrawn_at": now})
