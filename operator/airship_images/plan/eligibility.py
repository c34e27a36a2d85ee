"""Why may a host not be given an image now? A list of small checks; the first one that objects is the reason.

The rules are those of Metal3's state machine: an available host that nothing else looks after starts to provision from
the image that it is given, and a provisioned one is erased as soon as its URL changes. In doubt a check objects.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from airship_images.api.annotations import APPROVED_IMAGE
from airship_images.api.reasons import Reason
from airship_images.api.status import ImageStatus
from airship_images.plan.host_image import MACHINES_V1BETA1, image_of, machine_image
from airship_images.plan.hosts import DETACHED, FIELD_MANAGER, HOLDS_NOTHING, PAUSED, PROVISIONED, STATUS, Host
from airship_images.plan.memory import MEMORY, Memory
from airship_images.plan.selectors import has_labels, matches


@dataclass(frozen=True)
class Claim:
    """An AirshipImage and the hosts that its rollout selects in its own namespace."""

    name: str
    uid: str
    namespace: str
    match_labels: Mapping[str, str]

    def selects(self, host: Host) -> bool:
        """Whether the host is in the namespace and has all of the labels, of which there must be one (rule 1)."""
        return host.namespace == self.namespace and has_labels(self.match_labels, host.labels)


@dataclass(frozen=True)
class MachineTemplate:
    """A Metal3MachineTemplate, from whose hostSelector Cluster API takes hosts; without one it may take any."""

    namespace: str
    name: str
    host_selector: Mapping[str, Any]
    api_version: str = MACHINES_V1BETA1
    created: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=dict)
    """Its spec.template, of which a new template is made for another image."""

    def may_claim(self, host: Host) -> bool:
        """Whether its machines may take the host; a selector that we cannot read may."""
        return host.namespace == self.namespace and matches(self.host_selector, host.labels) is not False


@dataclass(frozen=True)
class Terms:
    """What a host is judged by: the image and its artifact, and who else has plans for hosts."""

    claim: Claim
    artifact: ImageStatus
    allow_disabled_cleaning: bool = False
    machine_templates: tuple[MachineTemplate, ...] = ()
    rivals: tuple[Claim, ...] = ()
    may_erase: bool = False
    """May a provisioned host be taken, if its owner agrees?"""


@dataclass(frozen=True)
class Objection:
    """Why a host is left alone."""

    reason: Reason
    message: str


Check = Callable[[Host, Terms], Objection | None]

HANDS_OFF: Final = {PAUSED: Reason.HOST_PAUSED, DETACHED: Reason.HOST_DETACHED, STATUS: Reason.HOST_MOVING}
"""Annotations by which others tell Metal3 to leave a host alone, or to restore its status from elsewhere."""


def objection(host: Host, terms: Terms) -> Objection | None:
    """The first objection to giving `terms.artifact` to `host` as it is now; None when it is eligible."""
    return next((found for check in CHECKS if (found := check(host, terms))), None)


def rivals(host: Host, terms: Terms) -> list[str]:
    """The other images that select the host."""
    return sorted(claim.name for claim in terms.rivals if claim.uid != terms.claim.uid and claim.selects(host))


def rival(host: Host, terms: Terms) -> Objection | None:
    """Two images that select one host: neither touches it."""
    names = rivals(host, terms)
    if not names:
        return None
    return Objection(Reason.CONFLICT, f"AirshipImage {', '.join(names)} selects this host too: change a selector")


def occupied(host: Host, terms: Terms) -> Objection | None:
    """A host that a consumer uses, or that is being taken away or looked after by hand, is not ours (rules 2 and 4)."""
    if host.consumer is not None:
        return Objection(
            Reason.HOST_OWNED,
            f"used by {host.consumer}: make a new Metal3MachineTemplate with spec.template.spec.image {_image(terms)}",
        )
    if host.deleting:
        return Objection(Reason.HOST_DELETING, "being deleted")
    for annotation, reason in HANDS_OFF.items():
        if annotation in host.annotations:
            return Objection(reason, f"annotated {annotation}: whoever set it has to remove it")
    return None


def _unreadable(host: Host, terms: Terms) -> Objection | None:
    if not host.oddities:
        return None
    return Objection(Reason.HOST_UNREADABLE, f"not what Metal3 writes: {'; '.join(host.oddities)}")


def _not_selected(host: Host, terms: Terms) -> Objection | None:
    if terms.claim.selects(host):
        return None
    return Objection(Reason.HOST_NOT_SELECTED, f"not selected by AirshipImage {terms.claim.name}")


def _deployed_otherwise(host: Host, terms: Terms) -> Objection | None:
    if host.custom_deploy or host.status_custom_deploy:
        return Objection(Reason.CUSTOM_DEPLOY, "has spec.customDeploy, which deploys it without an image")
    if host.externally_provisioned:
        return Objection(Reason.EXTERNALLY_PROVISIONED, "externally provisioned: Metal3 ignores its image")
    return None


def began(host: Host, memory: Memory) -> bool:
    """Has Metal3 begun to provision the host since it was given what it remembers?"""
    return host.provision_start is not None and host.provision_start != memory.previous_start


def _not_available(host: Host, terms: Terms) -> Objection | None:
    if host.state == PROVISIONED and terms.may_erase:
        return None  # its owner is asked last, when nothing else is in the way
    if host.state not in HOLDS_NOTHING:
        return Objection(
            Reason.NOT_AVAILABLE, f"{host.state or 'not registered yet'}, and only an available host is taken"
        )
    if host.status_image is not None:
        return Objection(Reason.NOT_AVAILABLE, f"available, yet its status says that it holds {host.status_image.url}")
    return None


def _unwell(host: Host, terms: Terms) -> Objection | None:
    if not host.has_error:
        return None
    details = " ".join(filter(None, (host.error_type, host.error_message)))
    status = f"operational status {host.operational_status or 'unknown'}"
    return Objection(Reason.HOST_ERROR, f"{status}: {details}" if details else status)


def _offline(host: Host, terms: Terms) -> Objection | None:
    """An offline host latches the image, and Cluster API may claim and boot it without its own user data."""
    if not host.online:
        return Objection(Reason.HOST_OFFLINE, "spec.online is not true: Metal3 would only keep the image for later")
    if host.state == PROVISIONED and host.powered_on is False:
        return Objection(Reason.HOST_OFFLINE, "switched off, although spec.online is true")
    return None


def _may_be_claimed(host: Host, terms: Terms) -> Objection | None:
    names = sorted(template.name for template in terms.machine_templates if template.may_claim(host))
    if not names:
        return None
    return Objection(
        Reason.HOST_MAY_BE_CLAIMED,
        f"Metal3MachineTemplate {', '.join(names)} may claim it: give its hostSelector a label that this host does not "
        f"have, or make a new template with spec.template.spec.image {_image(terms)}",
    )


def _not_ours(host: Host, terms: Terms) -> Objection | None:
    """spec.image has to be empty, or to the letter what we put there (rules 2 and 7)."""
    memory = host.memory
    if memory is None:
        return Objection(Reason.IMAGE_SET, f"somebody else set spec.image to {host.image.url}") if host.image else None
    if not host.holds_ours:
        return drift(host)
    if memory.image_uid != terms.claim.uid:
        return Objection(Reason.IMAGE_SET, f"another AirshipImage put {memory.url} there")
    if memory.digest == terms.artifact.digest:
        return Objection(Reason.HOST_FAILED, f"was given {memory.digest} before, and no image is given twice")
    return None


def drift(host: Host) -> Objection:
    """The host's image was changed or cleared after us: it belongs to whoever did so."""
    now = f"changed to {host.image.url}" if host.image else "cleared"
    if host.memory and host.memory.image == host.image:
        now = "changed and changed back"
    return Objection(
        Reason.HOST_DRIFTED,
        f"its image was {now} after us and is left so; remove annotation {MEMORY} to hand the host back",
    )


def _reused_url(host: Host, terms: Terms) -> Objection | None:
    """Metal3 compares URLs alone: the same URL with other bytes is never deployed (rule 8)."""
    for image in (host.image, host.status_image):
        if image and image.url == terms.artifact.url and image.digest != terms.artifact.digest:
            return Objection(
                Reason.URL_REUSED, f"has {image.url} with checksum {image.checksum}, not {terms.artifact.checksum}"
            )
    return None


def _managed_elsewhere(host: Host, terms: Terms) -> Objection | None:
    """A GitOps tool that owns the image puts the old URL back, and Metal3 then wipes the host."""
    if host.image_managers is None:
        return Objection(Reason.IMAGE_MANAGED, "metadata.managedFields is missing: spec.image may be managed by anyone")
    others = sorted(host.image_managers - {FIELD_MANAGER})
    if others:
        return Objection(Reason.IMAGE_MANAGED, f"spec.image is managed by {', '.join(others)}")
    if host.image_in_last_applied:
        return Objection(Reason.IMAGE_MANAGED, "the manifest that kubectl applied sets spec.image, and would again")
    return None


def _cleaning_disabled(host: Host, terms: Terms) -> Objection | None:
    mode = host.automated_cleaning_mode
    if mode in {None, "metadata"} or (mode == "disabled" and terms.allow_disabled_cleaning):
        return None
    return Objection(
        Reason.CLEANING_DISABLED,
        f"automatedCleaningMode is {mode}, its disks may hold data: see rollout.allowDisabledCleaning",
    )


def _unsettled(host: Host, terms: Terms) -> Objection | None:
    """What is erased has to be what we put there, and all of it: never in the middle of a change."""
    if host.state != PROVISIONED:
        return None
    memory, holds = host.memory, host.status_image
    if memory and holds and began(host, memory) and (holds.url, holds.digest) == (memory.url, memory.digest):
        return None
    return Objection(Reason.NOT_AVAILABLE, "provisioned, but its status does not show the image that we gave it")


def _unapproved(host: Host, terms: Terms) -> Objection | None:
    """Only the owner of a provisioned host says that its disks may be erased, and for which image (rule 3)."""
    digest = terms.artifact.digest
    if host.state != PROVISIONED or host.annotations.get(APPROVED_IMAGE) == digest:
        return None
    return Objection(
        Reason.AWAITING_APPROVAL,
        f"its disks will be erased: its owner agrees by annotation {APPROVED_IMAGE}={digest} on the host, once it is "
        "drained",
    )


CHECKS: Final[tuple[Check, ...]] = (
    _unreadable,
    _not_selected,
    rival,
    _reused_url,
    occupied,
    _deployed_otherwise,
    _not_available,
    _unwell,
    _offline,
    _not_ours,
    _managed_elsewhere,
    _may_be_claimed,
    _cleaning_disabled,
    _unsettled,
    _unapproved,
)


def _image(terms: Terms) -> str:
    """As the newest template of the namespace would have it."""
    artifact = terms.artifact
    newest = max(terms.machine_templates, key=lambda each: each.created, default=None)
    image = image_of(artifact.url, artifact.digest, artifact.format)
    known = machine_image(image, newest.api_version if newest else MACHINES_V1BETA1)
    quoted = ", ".join(f"{key}: {json.dumps(value)}" for key, value in known.items())  # a checksum may be all digits
    return f"{{{quoted}}}, as `{_command(terms)}` writes it"


def _command(terms: Terms) -> str:
    return f"airship-images hosts {terms.claim.namespace}/{terms.claim.name} --templates"
