"""Is a host well, does somebody say that the image works there, and since when? What is unwell uses a slot (rule 5)."""

from datetime import datetime, timedelta
from typing import Final, Literal

from airship_images.api.annotations import IMAGE_HEALTHY
from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Objection
from airship_images.plan.hosts import EXTERNALLY_PROVISIONED, HOLDS_NOTHING, PROVISIONED, Host

AT_REST: Final = HOLDS_NOTHING | {PROVISIONED, EXTERNALLY_PROVISIONED}

Health = Literal["Provisioned", "Annotation"]


def ill(host: Host) -> Objection | None:
    """Why the host counts as unavailable, or cannot be known to be well."""
    if host.deleting or host.paused or host.detached:
        return Objection(Reason.HOST_UNHEALTHY, "being deleted, paused or detached: its state may be an old one")
    if host.has_error:
        return error(host)
    if host.state not in AT_REST:
        return Objection(Reason.HOST_UNHEALTHY, f"is {host.state or 'not registered yet'}")
    if host.state == PROVISIONED and (not host.online or host.powered_on is False):
        return Objection(Reason.HOST_UNHEALTHY, "is provisioned and switched off")
    return None


def unconfirmed(host: Host, digest: str, health: Health) -> Objection | None:
    """Does the host still lack the word of people or monitoring, where the image asks for it?"""
    if health == "Provisioned" or host.annotations.get(IMAGE_HEALTHY) == digest:
        return None
    return Objection(Reason.HOST_UNHEALTHY, f"waits for annotation {IMAGE_HEALTHY}: {digest}")


def soaked_at(host: Host, soak: timedelta, health: Health) -> datetime | None:
    """When a host that is well will have been so for `soak`; None when Metal3 does not say since when.

    Anything that Metal3 changed in its status since, an error that is over too, starts the time anew.
    """
    if host.provision_ended is None:
        return None
    said = [owner.since for owner in host.healthy_owners or ()] if health == "Annotation" else []
    return max(filter(None, (host.provision_ended, host.status_updated, *said))) + soak


def error(host: Host) -> Objection | None:
    """What Metal3 says is wrong with the host."""
    if not host.has_error:
        return None
    status = f"operational status {host.operational_status or 'unknown'}"
    return Objection(Reason.HOST_ERROR, f"{status}: {details(host)}".removesuffix(": "))


def details(host: Host) -> str:
    """Metal3's own words."""
    return ", ".join(filter(None, (host.error_type, host.error_message)))
