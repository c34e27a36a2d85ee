"""For which hosts may their owners agree to have the disks erased, and why not for another one?"""

from collections.abc import Sequence

from airship_images.api.errors import InputError
from airship_images.plan.fleet import Fleet
from airship_images.plan.hosts import Host
from airship_images.plan.rolling import Round
from airship_images.plan.standing import Standing


def awaiting_consent(image: str, found: Round, names: Sequence[str]) -> tuple[Host, ...]:
    """Those of `names` once each, or all that wait for it; raises InputError for a host, or a strategy, that does not.

    `image` is what the error calls it.
    """
    if found.rules.strategy == "Available":
        expected = "Replace, which asks for consent, or Manual to give it ahead"
        raise InputError(f"AirshipImage {image}: spec.rollout.strategy", "Available, which erases no host", expected)
    waiting = {host.name: host for host in found.fleet.standing(Standing.AWAITING_APPROVAL)}
    for name in names:
        if name not in waiting:
            expected = "a host that waits for its owner's consent"
            raise InputError(f"HOST {name}", _why_not(found.fleet, name), expected)
    return tuple(waiting[name] for name in dict.fromkeys(names or waiting))


def _why_not(fleet: Fleet, name: str) -> str:
    found = next((each for each in fleet.assessments if each.host.name == name), None)
    if found is None:
        return "no host that the image selects"
    return found.note.message if found.note else f"a host that is {found.standing.name.lower().replace('_', ' ')}"
