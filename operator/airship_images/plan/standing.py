"""How does one host stand to the artifact: runs it, gets it, failed to take it, could take it, or is out of bounds?"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Literal

from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Objection, Terms, drift, objection, occupied, rival
from airship_images.plan.hosts import EXTERNALLY_PROVISIONED, HOLDS_NOTHING, PROVISIONED, PROVISIONING, Host
from airship_images.plan.memory import Memory

HEALTHY: Final = "airshipit.org/image-healthy"
"""Annotation that people or monitoring set on a host: sha256:<digest> of the image that works there."""

AT_REST: Final = HOLDS_NOTHING | {PROVISIONED, EXTERNALLY_PROVISIONED}

Health = Literal["Provisioned", "Annotation"]


class Standing(Enum):
    """Where a host is on its way to the artifact."""

    UPDATED = auto()
    UPDATING = auto()
    FAILED = auto()
    ELIGIBLE = auto()
    UNTOUCHABLE = auto()


@dataclass(frozen=True)
class Assessment:
    """A host, where it stands, and what a person should know of it."""

    host: Host
    standing: Standing
    uses_slot: bool
    """Whether it is unavailable, for whatever reason: as many hosts as maxUnavailable may be (rule 5)."""
    note: Objection | None
    """What a person should look at; None when all goes as it should."""


def assess(host: Host, terms: Terms, health: Health = "Provisioned") -> Assessment:
    """Where `host` stands; only an ELIGIBLE one is ever patched."""
    if host.oddities:
        return Assessment(host, Standing.UNTOUCHABLE, True, objection(host, terms))
    if _runs(host, terms):
        ill = _ill(host) or _unconfirmed(host, terms, health)
        return Assessment(host, Standing.UPDATED, ill is not None, rival(host, terms) or ill)
    if host.memory and host.memory.digest == terms.artifact.digest and host.memory.image == host.image:
        return _on_its_way(host, terms, host.memory)
    found = objection(host, terms)
    former = in_flight(host, terms.claim.uid)  # latched perhaps, until somebody switches the host on
    if found is None:
        return Assessment(host, Standing.ELIGIBLE, former, None)
    if found.reason is Reason.NOT_AVAILABLE and host.memory and host.memory.image != host.image:
        found = drift(host)
    return Assessment(host, Standing.UNTOUCHABLE, former or _ill(host) is not None, found)


def in_flight(host: Host, image_uid: str) -> bool:
    """Whether the host is on its way to an image of ours, be it selected still or not."""
    memory = host.memory
    if memory is None or memory.image_uid != image_uid or memory.image != host.image:
        return False
    return host.state != PROVISIONED or not _began(host, memory)


def _runs(host: Host, terms: Terms) -> bool:
    """Whether the desired bytes are on the host's disk, by rule 9, whatever the URL they came from (rule 3).

    After a change in the middle of provisioning Metal3 reports the new image while the old one was deployed: a host
    that remembers another digest of ours is not believed.
    """
    digest, memory = terms.artifact.digest, host.memory
    provisioned_with = [image.digest for image in (host.image, host.status_image) if image]
    if host.state != PROVISIONED or provisioned_with != [digest, digest]:
        return False
    return memory is None or (memory.digest == digest and _began(host, memory))


def _on_its_way(host: Host, terms: Terms, memory: Memory) -> Assessment:
    """The desired image is set and not there yet. Failed = left provisioning, or tries it again (rule 9)."""
    note = occupied(host, terms) or rival(host, terms)
    failing = host.has_error or host.provisioning_fail_count > 0
    if not _began(host, memory) or (host.state == PROVISIONING and not failing):
        return Assessment(host, Standing.UPDATING, True, note or _error(host))
    if host.state == PROVISIONED and not failing:
        late = Objection(Reason.HOST_UPDATING, "provisioned, but its status does not show this image yet")
        return Assessment(host, Standing.UPDATING, True, note or late)
    why = _details(host) or f"it is {host.state or 'in no known state'} again"
    failed = Objection(Reason.HOST_FAILED, f"did not take {terms.artifact.digest} and is not given it again: {why}")
    return Assessment(host, Standing.FAILED, True, failed)


def _began(host: Host, memory: Memory) -> bool:
    return host.provision_start is not None and host.provision_start != memory.previous_start


def _unconfirmed(host: Host, terms: Terms, health: Health) -> Objection | None:
    if health == "Provisioned" or host.annotations.get(HEALTHY) == terms.artifact.digest:
        return None
    return Objection(Reason.HOST_UNHEALTHY, f"waits for annotation {HEALTHY}: {terms.artifact.digest}")


def _ill(host: Host) -> Objection | None:
    """Why the host counts as unavailable, or cannot be known to be well."""
    if host.deleting or host.paused or host.detached:
        return Objection(Reason.HOST_UNHEALTHY, "being deleted, paused or detached: its state may be an old one")
    if host.has_error:
        return _error(host)
    if host.state not in AT_REST:
        return Objection(Reason.HOST_UNHEALTHY, f"is {host.state or 'not registered yet'}")
    if host.state == PROVISIONED and (not host.online or host.powered_on is False):
        return Objection(Reason.HOST_UNHEALTHY, "is provisioned and switched off")
    return None


def _error(host: Host) -> Objection | None:
    if not host.has_error:
        return None
    status = f"operational status {host.operational_status or 'unknown'}"
    return Objection(Reason.HOST_ERROR, f"{status}: {_details(host)}".removesuffix(": "))


def _details(host: Host) -> str:
    return ", ".join(filter(None, (host.error_type, host.error_message)))
