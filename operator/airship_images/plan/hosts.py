"""What does a BareMetalHost say of itself? Its raw mapping, read into a frozen value; what cannot be read is noted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, overload

from airship_images.api.annotations import IMAGE_HEALTHY
from airship_images.plan.field_owners import Owner, moment, owners
from airship_images.plan.host_image import IMAGE_KEYS, HostImage
from airship_images.plan.memory import MEMORY, Memory

FIELD_MANAGER: Final = "airship-images"

PAUSED: Final = "baremetalhost.metal3.io/paused"
DETACHED: Final = "baremetalhost.metal3.io/detached"
STATUS: Final = "baremetalhost.metal3.io/status"
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

HOLDS_NOTHING: Final = frozenset({"available", "ready"})
PROVISIONING: Final = "provisioning"
PROVISIONED: Final = "provisioned"
EXTERNALLY_PROVISIONED: Final = "externally provisioned"


@dataclass(frozen=True)
class Host:
    """One BareMetalHost as it was at `resource_version`, with what the rollout rules ask about it."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    memory: Memory | None
    """What we put on it, if anything."""
    deleting: bool
    online: bool
    image: HostImage | None
    consumer: str | None
    """Who uses the host, by spec.consumerRef; present even when the reference names nobody."""
    custom_deploy: bool
    externally_provisioned: bool
    automated_cleaning_mode: str | None
    image_owners: tuple[Owner, ...] | None
    """Who wrote spec.image; None where managedFields is missing."""
    healthy_owners: tuple[Owner, ...] | None
    """Who said that an image works there."""
    image_in_last_applied: bool
    state: str
    operational_status: str
    error_type: str
    error_message: str
    powered_on: bool | None
    status_image: HostImage | None
    status_custom_deploy: bool
    provision_start: str | None
    """As Metal3 wrote it: another text is another start."""
    provision_began: datetime | None
    provision_ended: datetime | None
    status_updated: datetime | None
    """When Metal3 wrote the status last."""
    provisioning_fail_count: int
    oddities: tuple[str, ...]
    """Fields whose value is not of the kind that Metal3 writes, as sentences."""

    @property
    def image_managers(self) -> frozenset[str] | None:
        """Field managers of spec.image; None where managedFields is missing."""
        return None if self.image_owners is None else frozenset(owner.manager for owner in self.image_owners)

    @property
    def holds_ours(self) -> bool:
        """Is spec.image what we put there, and was its URL nobody else's in between?

        Whoever writes another value takes the field from its manager: a URL that was changed and changed back is not
        ours any more. Metal3 may then report what is not on the disk.
        """
        if self.memory is None or self.memory.image != self.image:
            return False
        return any(owner.manager == FIELD_MANAGER and "f:url" in owner.parts for owner in self.image_owners or ())

    @property
    def paused(self) -> bool:
        """Metal3 does not look at it now: its state may be an old one."""
        return PAUSED in self.annotations

    @property
    def detached(self) -> bool:
        """Metal3 gave the machine out of its hands."""
        return DETACHED in self.annotations

    @property
    def has_error(self) -> bool:
        """Metal3 reports anything but OK."""
        return bool(self.error_type) or self.operational_status != "OK"


def read(raw: Mapping[str, Any]) -> Host:
    """The value of a BareMetalHost as the API server returned it; never raises: odd data ends in `oddities`."""
    reader = _Reader(raw)
    annotations = reader.strings("metadata", "annotations")
    return Host(
        namespace=reader.needed("metadata", "namespace"),
        name=reader.needed("metadata", "name"),
        uid=reader.needed("metadata", "uid"),
        resource_version=reader.needed("metadata", "resourceVersion"),
        labels=reader.strings("metadata", "labels"),
        annotations=annotations,
        memory=reader.memory(annotations.get(MEMORY)),
        deleting=reader.at("metadata", "deletionTimestamp") is not None,
        online=reader.of(bool, "spec", "online") is True,
        image=reader.image("spec", "image"),
        consumer=_consumer(reader.at("spec", "consumerRef")),
        custom_deploy=reader.at("spec", "customDeploy") is not None,
        externally_provisioned=reader.of(bool, "spec", "externallyProvisioned") is True,
        automated_cleaning_mode=reader.of(str, "spec", "automatedCleaningMode"),
        image_owners=owners(reader.at("metadata", "managedFields"), "f:spec", "f:image"),
        healthy_owners=owners(
            reader.at("metadata", "managedFields"), "f:metadata", "f:annotations", f"f:{IMAGE_HEALTHY}"
        ),
        image_in_last_applied=_declares_image(annotations.get(LAST_APPLIED)),
        state=reader.of(str, "status", "provisioning", "state") or "",
        operational_status=reader.of(str, "status", "operationalStatus") or "",
        error_type=reader.of(str, "status", "errorType") or "",
        error_message=reader.of(str, "status", "errorMessage") or "",
        powered_on=reader.of(bool, "status", "poweredOn"),
        status_image=reader.image("status", "provisioning", "image"),
        status_custom_deploy=bool(reader.at("status", "provisioning", "customDeploy")),
        provision_start=reader.of(str, "status", "operationHistory", "provision", "start"),
        provision_began=reader.moment("status", "operationHistory", "provision", "start"),
        provision_ended=reader.moment("status", "operationHistory", "provision", "end"),
        status_updated=reader.moment("status", "lastUpdated"),
        provisioning_fail_count=reader.of(int, "status", "provisioningFailCount") or 0,
        oddities=tuple(reader.oddities),
    )


class _Reader:
    """Walks a raw object and notes each value that is not of the expected kind."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self.oddities: list[str] = []

    def at(self, *path: str) -> Any:
        here: Any = self._raw
        for depth, key in enumerate(path):
            if here is None:
                return None
            if not isinstance(here, dict):  # as JSON is read: asked a million times, Mapping is slow to answer
                self._odd(path[:depth], here, "a mapping")
                return None
            here = here.get(key)
        return here

    @overload
    def of(self, kind: type[bool], *path: str) -> bool | None: ...
    @overload
    def of(self, kind: type[int], *path: str) -> int | None: ...
    @overload
    def of(self, kind: type[str], *path: str) -> str | None: ...
    def of(self, kind: type, *path: str) -> Any:
        value = self.at(*path)
        if value is None or type(value) is kind:
            return value
        self._odd(path, value, kind.__name__)
        return None

    def needed(self, *path: str) -> str:
        value = self.of(str, *path)
        if not value:
            self._odd(path, value, "a text")
        return value or ""

    def moment(self, *path: str) -> datetime | None:
        value = self.at(*path)
        found = moment(value)
        if value is not None and found is None:
            self._odd(path, value, "a time")
        return found

    def strings(self, *path: str) -> dict[str, str]:
        found = self.at(*path)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            self._odd(path, found, "a mapping")
            return {}
        return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in found.items()}

    def image(self, *path: str) -> HostImage | None:
        found = self.at(*path)
        if not found:
            return None
        url, checksum, checksum_type, image_format, secret = (self.of(str, *path, key) for key in IMAGE_KEYS)
        image = HostImage(url, checksum, checksum_type, image_format, secret)
        in_status = path[0] == "status"
        return None if in_status and not image.url else image

    def memory(self, text: str | None) -> Memory | None:
        memory = None if text is None else Memory.load(text)
        if text is not None and memory is None:
            self._odd(("metadata", "annotations", MEMORY), text, "what we write; remove it to hand the host back")
        return memory

    def _odd(self, path: Sequence[str], found: object, expected: str) -> None:
        self.oddities.append(f"{'.'.join(path)}: found {found!r:.60}, expected {expected}")


def _consumer(reference: object) -> str | None:
    if reference is None:
        return None
    if not isinstance(reference, Mapping):
        return "an unreadable reference"
    return f"{reference.get('kind') or 'object'} {reference.get('name') or 'without a name'}"


def _declares_image(last_applied: str | None) -> bool:
    """Whether the manifest that `kubectl apply` keeps on the object sets an image: the next apply would put it back."""
    if last_applied is None:
        return False
    try:
        manifest = json.loads(last_applied)
    except ValueError:
        return True
    spec = manifest.get("spec") if isinstance(manifest, dict) else None
    return isinstance(spec, dict) and spec.get("image") is not None
