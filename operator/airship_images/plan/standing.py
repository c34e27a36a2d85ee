"""How does one host stand to the artifact: runs it, gets it, failed to take it, could take it, or is out of bounds?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Objection, Terms, began, drift, objection, occupied, rival
from airship_images.plan.field_owners import moment
from airship_images.plan.health import Health, details, error, ill, soaked_at, unconfirmed
from airship_images.plan.hosts import FIELD_MANAGER, PROVISIONED, PROVISIONING, Host
from airship_images.plan.memory import Memory

_DOUBTED: Final = Objection(
    Reason.HOST_STATUS_DOUBTED,
    "its image was changed while it was provisioned: Metal3 names the new one, and the old one may be on its disk",
)


class Standing(Enum):
    """Where a host is on its way to the artifact."""

    UPDATED = auto()
    UPDATING = auto()
    FAILED = auto()
    ELIGIBLE = auto()
    AWAITING_APPROVAL = auto()
    """Its owner's word is all that is missing for its disks to be erased."""
    UNTOUCHABLE = auto()


@dataclass(frozen=True)
class Trust:
    """What an image asks of an updated host before the next one is taken."""

    now: datetime
    health: Health = "Provisioned"
    soak: timedelta | None = None
    """How long it must have been well."""
    resumed_at: datetime | None = None
    """When a person accepted the failures that there were."""


@dataclass(frozen=True)
class Assessment:
    """A host, where it stands, and what a person should know of it."""

    host: Host
    standing: Standing
    uses_slot: bool
    """Whether it is unavailable, for whatever reason: as many hosts as maxUnavailable may be (rule 5)."""
    note: Objection | None = None
    """What a person should look at; None when all goes as it should."""
    trusted_at: datetime | None = None
    """When it will have been well for long enough; None when it has been, or is not well."""
    accepted: bool = False
    """Did a person let the rollout go on in spite of its failure?"""
    may_have_it: bool = False
    """Nobody can read it, yet its spec names the image: the canary may be on its way there."""


def assess(host: Host, terms: Terms, trust: Trust) -> Assessment:
    """Where `host` stands; only an ELIGIBLE one is ever patched."""
    if host.oddities:
        named = host.image is not None and host.image.digest == terms.artifact.digest
        return Assessment(host, Standing.UNTOUCHABLE, True, objection(host, terms), may_have_it=named)
    if _runs(host, terms):
        return _running(host, terms, trust)
    if host.holds_ours and host.memory and host.memory.digest == terms.artifact.digest:
        return _on_its_way(host, terms, trust, host.memory)
    if host.memory is None and _reports(host, terms):
        return Assessment(host, Standing.UNTOUCHABLE, ill(host) is not None, _DOUBTED)
    return _without_it(host, terms)


def _without_it(host: Host, terms: Terms) -> Assessment:
    """The host has not got the image, nor been given it."""
    found = objection(host, terms)
    former = in_flight(host, terms.claim.uid)  # latched perhaps, until somebody switches the host on
    if found is None:
        return Assessment(host, Standing.ELIGIBLE, former)
    if found.reason is Reason.AWAITING_APPROVAL:
        return Assessment(host, Standing.AWAITING_APPROVAL, ill(host) is not None, found)
    if found.reason is Reason.NOT_AVAILABLE and host.memory and not host.holds_ours:
        found = drift(host)
    return Assessment(host, Standing.UNTOUCHABLE, former or ill(host) is not None, found)


def in_flight(host: Host, image_uid: str) -> bool:
    """Whether the host is on its way to an image of ours, be it selected still or not."""
    memory = host.memory
    if memory is None or memory.image_uid != image_uid or memory.image != host.image:
        return False
    return host.state != PROVISIONED or not began(host, memory)


def _runs(host: Host, terms: Terms) -> bool:
    """Whether the desired bytes are on the host's disk, by rule 9, whatever the URL they came from (rule 3).

    After a change in the middle of provisioning Metal3 reports the new image while the old one was deployed: it is not
    believed where somebody wrote the image then, nor where another digest of ours was on its way.
    """
    if not _reports(host, terms):
        return False
    if host.memory is None:
        return not _changed_meanwhile(host)
    return host.memory.digest == terms.artifact.digest and host.holds_ours and began(host, host.memory)


def _reports(host: Host, terms: Terms) -> bool:
    """Whether its spec and its status both name the desired bytes."""
    digest = terms.artifact.digest
    provisioned_with = [image.digest for image in (host.image, host.status_image) if image]
    return host.state == PROVISIONED and provisioned_with == [digest, digest]


def _changed_meanwhile(host: Host) -> bool:
    """Did anybody write the image after its provisioning began and, as far as we know, before it ended?"""
    start, end = host.provision_began, host.provision_ended
    others = [owner.since for owner in host.image_owners or () if owner.manager != FIELD_MANAGER]
    return start is not None and any(since and start < since and (end is None or since <= end) for since in others)


def _running(host: Host, terms: Terms, trust: Trust) -> Assessment:
    """The desired bytes are there; whether the host is well, and has been for long enough, is another question."""
    found = ill(host) or unconfirmed(host, terms.artifact.digest, trust.health)
    trusted_at = None
    if found is None and trust.soak:
        trusted_at = soaked_at(host, trust.soak, trust.health)
        if trusted_at is None:
            found = Objection(Reason.HOST_UNHEALTHY, "Metal3 does not say since when it is provisioned")
        elif trusted_at <= trust.now:
            trusted_at = None
    uses_slot = found is not None or trusted_at is not None
    return Assessment(host, Standing.UPDATED, uses_slot, rival(host, terms) or found, trusted_at)


def _on_its_way(host: Host, terms: Terms, trust: Trust, memory: Memory) -> Assessment:
    """The desired image is set and not there yet. Failed = left provisioning, or tries it again (rule 9)."""
    note = occupied(host, terms) or rival(host, terms)
    failing = host.has_error or host.provisioning_fail_count > 0
    if not began(host, memory) or (host.state == PROVISIONING and not failing):
        return Assessment(host, Standing.UPDATING, True, note or error(host))
    if host.state == PROVISIONED and not failing:
        late = Objection(Reason.HOST_UPDATING, "provisioned, but its status does not show this image yet")
        return Assessment(host, Standing.UPDATING, True, note or late)
    why = details(host) or f"it is {host.state or 'in no known state'} again"
    failed = Objection(Reason.HOST_FAILED, f"did not take {terms.artifact.digest} and is not given it again: {why}")
    given = moment(memory.time)
    accepted = trust.resumed_at is not None and given is not None and given < trust.resumed_at
    return Assessment(host, Standing.FAILED, True, failed, accepted=accepted)
