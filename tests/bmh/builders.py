"""Hosts and artifacts with good defaults, for tests that say only what matters to them."""

from datetime import UTC, datetime
from typing import Any, Final

from airship_images.api.airshipimage import LabelSelector, Rollout
from airship_images.api.annotations import APPROVED_IMAGE
from airship_images.api.status import ImageStatus
from airship_images.plan.eligibility import Terms
from airship_images.plan.hosts import FIELD_MANAGER, read
from airship_images.plan.memory import MEMORY, Memory
from airship_images.plan.rolling import RolloutState, look
from airship_images.plan.served import Served
from tests.bmh.api import OTHERS, image_fields

NAMESPACE: Final = "metal"
ROLE: Final = {"role": "worker"}
UID: Final = "image-uid"
NOW: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
BEFORE: Final = "2026-04-01T00:00:00Z"
LATER: Final = "2026-05-01T12:00:05Z"

Json = dict[str, Any]


def an_artifact(number: int = 1, **changes: Any) -> ImageStatus:
    """A published qcow2 whose checksum is made of `number`."""
    checksum = f"{number:064x}"
    fields = {
        "url": f"http://images.example/{checksum}/worker.qcow2", "checksum": checksum, "checksum_type": "sha256",
        "format": "qcow2", "size": 1 << 20, "digest": f"sha256:{checksum}", "short_digest": checksum[:12],
        "build_hash": "b", "spec_hash": "s",
    }  # fmt: skip
    return ImageStatus(**{**fields, **changes})


def image_block(artifact: ImageStatus, **changes: Any) -> Json:
    """spec.image as we write it for the artifact."""
    block = {"url": artifact.url, "checksum": artifact.checksum, "checksumType": "sha256", "format": artifact.format}
    return {**block, **changes}


def a_host(
    name: str = "host-0",
    state: str = "available",
    *,
    metadata: Json | None = None,
    spec: Json | None = None,
    status: Json | None = None,
    image: Json | None = None,
    status_image: Json | None = None,
) -> Json:
    """An online host that holds nothing, with labels of the selector, changed as the arguments say.

    An image beside our memory was written by us, another one by nobody that is known.
    """
    ours = image is not None and MEMORY in ((metadata or {}).get("annotations") or {})
    wrote = [image_fields(FIELD_MANAGER, image, NOW)] if ours and image else []
    provisioning = {"ID": name, "state": state, **({"image": status_image} if status_image else {})}
    return {
        "apiVersion": "metal3.io/v1alpha1",
        "kind": "BareMetalHost",
        "metadata": {
            "name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "resourceVersion": "1", "labels": dict(ROLE),
            "managedFields": [OTHERS, *wrote],
            **(metadata or {}),
        },
        "spec": {"online": True, **({"image": image} if image else {}), **(spec or {})},
        "status": {
            "operationalStatus": "OK", "errorMessage": "", "errorCount": 0, "poweredOn": True,
            "provisioningFailCount": 0, "provisioning": provisioning, **(status or {}),
        },
    }  # fmt: skip


def a_state(
    *hosts: Json, artifact: ImageStatus | None = None, rollout: Json | None = None, **changes: Any
) -> RolloutState:
    """An image that may be rolled out to `hosts`: published, served, strategy Available."""
    artifact = artifact or an_artifact()
    rules = {"strategy": "Available", "selector": LabelSelector(match_labels=ROLE), **(rollout or {})}
    fields = {
        "namespace": NAMESPACE, "name": "worker", "uid": UID, "rollout": Rollout(**rules), "artifact": artifact,
        "served": Served(artifact.url, artifact.digest), "hosts": tuple(read(host) for host in hosts),
        "machine_templates": (), "other_images": (), "paused": False, "now": NOW,
    }  # fmt: skip
    return RolloutState(**{**fields, **changes})


def terms_of(state: RolloutState) -> Terms:
    """What the rollout holds its hosts against."""
    assert state.rollout
    assert state.artifact
    return look(state, state.rollout, state.artifact, ()).terms


def remember(artifact: ImageStatus, *, previous_start: str | None = None, image_uid: str = UID, **more: str) -> Json:
    """metadata.annotations of a host that we gave the artifact, and more of them."""
    memory = Memory(image_uid, artifact.digest, artifact.url, artifact.format, previous_start, NOW.isoformat())
    return {MEMORY: memory.dump(), **more}


def approved(artifact: ImageStatus) -> Json:
    """The annotation by which a host's owner agrees that its disks are erased for the artifact."""
    return {APPROVED_IMAGE: artifact.digest}


def runs(artifact: ImageStatus, name: str = "host-0", **annotations: str) -> Json:
    """A host that we gave the artifact, and that has been provisioned with it."""
    image, history = image_block(artifact), started(BEFORE, BEFORE)
    metadata = {"annotations": remember(artifact, **annotations)}
    status = {"operationHistory": history, "lastUpdated": BEFORE}
    return a_host(name, "provisioned", image=image, status_image=image, metadata=metadata, status=status)


def started(at: str = LATER, end: str | None = None) -> Json:
    """status.operationHistory of a host that began provisioning, and ended at `end`."""
    return {"provision": {"start": at, "end": end}}
