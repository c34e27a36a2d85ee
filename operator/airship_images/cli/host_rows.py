"""How is each host of a namespace told of, for each image that selects it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from airship_images.cluster.onlooker import Rollout, View
from airship_images.plan.hosts import Host
from airship_images.plan.standing import Assessment

NONE: Final = "-"


@dataclass(frozen=True)
class Row:
    """One host, for one image that selects it; without an image for one that none selects."""

    host: str
    state: str
    has: str
    image: str = NONE
    wants: str = NONE
    standing: str = NONE
    reason: str = ""
    why: str = ""


def rows(view: View, *, all_hosts: bool) -> Iterator[Row]:
    """A row for each image and host that it selects; with `all_hosts` also those that none selects."""
    selected: set[str] = set()
    for each in view.rollouts:
        for assessment in each.round.fleet.assessments if each.round else ():
            selected.add(assessment.host.name)
            yield _row(each, assessment)
    if all_hosts:
        yield from (Row(host.name, host.state or NONE, has(host)) for host in view.hosts if host.name not in selected)


def _row(rollout: Rollout, found: Assessment) -> Row:
    return Row(
        found.host.name,
        found.host.state or NONE,
        has(found.host),
        rollout.state.identity.name,
        rollout.round.artifact.short_digest if rollout.round else NONE,
        found.standing.name.capitalize().replace("_", " "),
        str(found.note.reason) if found.note else "",
        found.note.message if found.note else "",
    )


def has(host: Host) -> str:
    """What the host says that it was provisioned with: the start of its digest, or else its URL."""
    image = host.status_image
    if image is None:
        return NONE
    return image.digest.removeprefix("sha256:")[:12] if image.digest else image.url or NONE


def document(row: Row) -> JsonValue:
    """The row for a program."""
    return {
        "host": row.host,
        "state": row.state,
        "has": row.has,
        "image": row.image,
        "wants": row.wants,
        "standing": row.standing,
        "reason": row.reason,
        "message": row.why,
    }
