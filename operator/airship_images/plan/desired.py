"""Which artifact are hosts given: the one published last, or an earlier one that rollout.digest names?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.api.status import HistoryEntry, ImageStatus
from airship_images.plan.state import State
from airship_images.plan.texts import sentence

SHORT_DIGEST: Final = 12


@dataclass(frozen=True)
class Withheld:
    """Why no host is given anything."""

    reason: Reason
    message: str


def desired(state: State, published: ImageStatus | None) -> ImageStatus | Withheld | None:
    """The artifact that the image's hosts should run; None until something is published."""
    if state.spec is None or state.spec.rollout is None:
        return published
    digest = state.spec.rollout.digest
    found = chosen(digest, published, state.status.history)
    if found is None and digest is not None:
        known = ", ".join(entry.digest for entry in state.status.history) or "nothing yet"
        wrong = f"spec.rollout.digest {digest} was not published by this image; status.history has {known}"
        return Withheld(Reason.DIGEST_UNKNOWN, sentence(wrong))
    if found is not None and state.verifies_boot and not found.verified:
        untested = f"{found.digest} was published without the boot test that spec.verify asks for now"
        return Withheld(Reason.NOT_VERIFIED, f"{untested}: hosts wait for an image that has booted")
    return found


def is_pinned(state: State) -> bool:
    """Do hosts keep one artifact, whatever is built meanwhile?"""
    return state.spec is not None and state.spec.rollout is not None and state.spec.rollout.digest is not None


def chosen(digest: str | None, published: ImageStatus | None, history: Sequence[HistoryEntry]) -> ImageStatus | None:
    """The artifact of this digest, as it was published; without a digest the one published last."""
    if digest is None or (published is not None and published.digest == digest):
        return published
    return next((_artifact(entry) for entry in history if entry.digest == digest and entry.size is not None), None)


def _artifact(entry: HistoryEntry) -> ImageStatus:
    checksum = entry.digest.removeprefix("sha256:")
    return ImageStatus(
        url=entry.url,
        checksum=checksum,
        checksum_type="sha256",
        format=entry.format or "",
        size=entry.size or 0,
        digest=entry.digest,
        short_digest=checksum[:SHORT_DIGEST],
        build_hash=entry.build_hash or "",
        spec_hash=entry.spec_hash or "",
        verified=entry.verified,
        built_elsewhere=entry.built_elsewhere,
    )
