"""Which artifacts may go? Withdrawn first, deleted after a grace time; never what is current, pinned or named."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from airship_images.api.airshipimage import Retention
from airship_images.api.durations import duration
from airship_images.api.status import HistoryEntry
from airship_images.plan.history import since
from airship_images.plan.removal import (
    Retained,
    after_removal,
    good_for,
    is_ours,
    is_pinned,
    look_due,
    named_by,
    refusal,
    remove,
    withdrawn_for,
)
from airship_images.plan.state import State
from airship_images.plan.texts import timestamp

GRACE: Final = timedelta(hours=24)


def retention(state: State, history: Sequence[HistoryEntry], *, settled: bool) -> Retained:
    """`settled`: what the spec asks for is published. Only then, and while nothing is suspended, anything goes.

    What was withdrawn and is wanted again by then, or named by somebody, is offered again.
    """
    if (ended := after_removal(state, history)) is not None:
        return ended
    asked = state.spec.retention if state.spec else None
    wanted = list(_surplus(state, asked, history)) if asked is not None else []
    offered = [each if each in wanted else each.model_copy(update={"withdrawn_at": None}) for each in history]
    calm = Retained(offered, trouble=refusal(offered), wake_after=_until(state, asked, history))
    if asked is None or not wanted or not settled or state.suspended:
        return calm
    due = [each for each in wanted if each.withdrawn_at and withdrawn_for(state, each) >= _grace(asked)]
    fresh = [each for each in wanted if each.withdrawn_at is None]
    if not due and not fresh:
        return calm
    if (look := look_due(state, [*due, *fresh], _grace(asked))) is not None:
        return replace(look, history=offered, trouble=look.trouble or calm.trouble)
    return _act(state, offered, due, fresh, calm)


def _act(
    state: State,
    offered: Sequence[HistoryEntry],
    due: Sequence[HistoryEntry],
    fresh: Sequence[HistoryEntry],
    calm: Retained,
) -> Retained:
    named = [each for each in (*due, *fresh) if named_by(state, each)]
    now = timestamp(state.now)
    told = [_stands(each, now, withdrawn=each in fresh and each not in named, named=each in named) for each in offered]
    going = [each for each in due if each not in named]
    if going and told == state.status.history:  # which must tell of it first
        removing = remove(state, told, going)
        return replace(removing, trouble=removing.trouble or calm.trouble)
    waits = [good_for(state, named), *([calm.wake_after] if calm.wake_after is not None else [])]
    return replace(calm, history=told, wake_after=timedelta() if told != state.status.history else min(waits))


def _stands(entry: HistoryEntry, now: str, *, withdrawn: bool, named: bool) -> HistoryEntry:
    if named:
        return entry.model_copy(update={"withdrawn_at": None})
    return entry.model_copy(update={"withdrawn_at": now}) if withdrawn else entry


def _surplus(state: State, asked: Retention, history: Sequence[HistoryEntry]) -> Iterator[HistoryEntry]:
    """Those that nothing but who names them could keep: the first one is what is published now."""
    for place, entry in enumerate(history):
        beyond = place >= (asked.keep or 1)
        old = asked.max_age is None or since(entry.published_at, state) >= duration(asked.max_age)
        limited = asked.keep is not None or asked.max_age is not None
        if limited and beyond and old and not (entry.refused or is_pinned(state, entry)) and is_ours(state, entry):
            yield entry


def _grace(asked: Retention) -> timedelta:
    return duration(asked.grace) if asked.grace else GRACE


def _until(state: State, asked: Retention | None, history: Sequence[HistoryEntry]) -> timedelta | None:
    """How long until time alone makes a difference."""
    moments: list[datetime] = []
    for entry in history[1:] if asked is not None else ():
        if asked is not None and asked.max_age is not None:
            moments.append(datetime.fromisoformat(entry.published_at) + duration(asked.max_age))
        if asked is not None and entry.withdrawn_at is not None:
            moments.append(datetime.fromisoformat(entry.withdrawn_at) + _grace(asked))
    return min((moment - state.now for moment in moments if moment > state.now), default=None)
