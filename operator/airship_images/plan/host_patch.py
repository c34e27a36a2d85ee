"""What exactly is written to a host? The image and, in the same merge patch, our memory of having put it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airship_images.plan.eligibility import Terms
from airship_images.plan.hosts import Host
from airship_images.plan.memory import MEMORY, Memory


@dataclass(frozen=True)
class PatchHost:
    """Give a host the artifact of `terms`, provided that it is still as it was at `resource_version`."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    terms: Terms
    """What the live host is judged by once more before it is patched."""
    body: Mapping[str, Any]
    """The JSON merge patch, which the API server refuses once the host is any newer."""
    erased: str | None
    """The URL of what is on its disks now; None when it holds nothing."""
    before: datetime | None
    """When the maintenance window closes: the patch is not sent later."""


def patch_host(host: Host, terms: Terms, now: datetime, before: datetime | None = None) -> PatchHost:
    """The patch of an eligible host. All five keys of the image are in it (rule 12): one that a former image left
    behind would make the host fetch wrongly.
    """
    artifact = terms.artifact
    memory = Memory(
        terms.claim.uid, artifact.digest, artifact.url, artifact.format, host.provision_start, now.isoformat()
    )
    body = {
        "metadata": {"resourceVersion": host.resource_version, "annotations": {MEMORY: memory.dump()}},
        "spec": {"image": memory.image.dump()},
    }
    erased = host.status_image.url if host.status_image else None
    return PatchHost(host.namespace, host.name, host.uid, host.resource_version, terms, body, erased, before)
