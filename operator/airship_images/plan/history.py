"""What was published before? As much as is told of it, the newest first and each artifact once."""

from datetime import datetime, timedelta
from typing import Final

from airship_images.api.status import HistoryEntry, ImageStatus
from airship_images.plan.state import State
from airship_images.plan.texts import timestamp

SHOWN: Final = 10
"""Artifacts that status tells of where none of them is ever removed."""
KNOWN: Final = 32
"""The same where they are: what is not known any more stays in the store."""


def history(state: State, published: ImageStatus | None) -> list[HistoryEntry]:
    """With what is published now at its head: it may be verified only since, and is not withdrawn any more."""
    former = state.status.history
    if published is None:
        return former
    is_known = bool(former) and (former[0].digest, former[0].url) == (published.digest, published.url)
    newest = HistoryEntry(
        digest=published.digest,
        url=published.url,
        published_at=former[0].published_at if is_known else timestamp(state.now),
        format=published.format,
        size=published.size,
        verified=published.verified,
        built_elsewhere=published.built_elsewhere,
        build_hash=published.build_hash,
        spec_hash=published.spec_hash,
    )
    if is_known:
        return [newest, *former[1:]]
    others = [each for each in former if each.digest != published.digest]
    return [newest, *others][: KNOWN if may_remove(state) else SHOWN]


def may_remove(state: State) -> bool:
    """Is any of its artifacts ever removed by us?"""
    return state.spec is not None and (state.spec.retention is not None or state.spec.deletion_policy == "Delete")


def digest_of(entry: HistoryEntry) -> str:
    """64 hex digits: the name of the artifact's folder in the store."""
    return entry.digest.removeprefix("sha256:")


def since(moment: str | None, state: State) -> timedelta:
    """How long ago that was; nothing for a time that is not known."""
    return timedelta() if moment is None else state.now - datetime.fromisoformat(moment)
