"""What has happened to a host that one would want to read in `kubectl describe baremetalhost`? Told on it, once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.plan.events import Event, HostReference
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.standing import Assessment, Standing
from airship_images.plan.texts import sentence

Standings = Mapping[str, Standing]
"""How each host of an image stood when we looked last."""
LOST: Final = frozenset({Reason.HOST_DRIFTED, Reason.HOST_STATUS_DOUBTED})


def patched(action: PatchHost) -> Event:
    """The host was given an image; where it held something, its disks are erased for it."""
    claim, artifact = action.terms.claim, action.terms.artifact
    given = f"AirshipImage {claim.name} gave it {artifact.digest} from {artifact.url}"
    erased = f": its disks, which hold {action.erased}, are erased as its owner agreed" if action.erased else ""
    return Event("Normal", Reason.HOST_PATCHED, sentence(given + erased), HostReference(action.name, action.uid))


def standings(assessments: Sequence[Assessment]) -> Standings:
    """How each host stands."""
    return {each.host.name: each.standing for each in assessments}


def moved(seen: Standings | None, assessments: Sequence[Assessment], digest: str) -> tuple[Event, ...]:
    """Hosts that have taken the image, failed to, or were taken from us since the last look; none at the first one."""
    if seen is None:
        return ()
    changed = (each for each in assessments if seen.get(each.host.name, each.standing) is not each.standing)
    return tuple(event for each in changed for event in _told(each, digest))


def _told(each: Assessment, digest: str) -> Iterator[Event]:
    host = HostReference(each.host.name, each.host.uid)
    if each.standing is Standing.UPDATED:
        yield Event("Normal", Reason.HOST_UPDATED, f"runs {digest}, since {each.host.provision_start}", host)
    elif each.note and (each.standing is Standing.FAILED or each.note.reason in LOST):
        yield Event("Warning", each.note.reason, sentence(each.note.message), host)
