"""What can a person ask of an image or a host once? Each request is an annotation, which the operator answers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from airship_images.api.annotations import (
    APPROVED_IMAGE,
    REBUILD_REQUESTED,
    REFRESH_REQUESTED,
    ROLLOUT_PAUSED,
    ROLLOUT_RESUMED,
)
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason
from airship_images.cluster.client import HOSTS, IMAGES, Client
from airship_images.plan.hosts import Host

PERSON: Final = "airship-images-cli"
"""The field manager of what a person asks for: it is not the operator who says so."""


async def request_rebuild(client: Client, namespace: str, name: str, now: datetime) -> None:
    """Ask for another build of the image's present spec; raises InputError when there is none, or nothing to build."""
    await _expect_built_here(client, namespace, name)
    await _annotate(client, namespace, name, {REBUILD_REQUESTED: _time(now)})


async def request_refresh(client: Client, namespace: str, name: str, now: datetime) -> None:
    """Ask for a build with the newest packages, if there are newer ones; raises InputError as above."""
    await _expect_built_here(client, namespace, name)
    await _annotate(client, namespace, name, {REFRESH_REQUESTED: _time(now)})


async def pause(client: Client, namespace: str, name: str) -> None:
    """Have no host patched for the image; raises InputError when there is no such image."""
    await _annotate(client, namespace, name, {ROLLOUT_PAUSED: "true"})


async def resume(client: Client, namespace: str, name: str, accepted: datetime | None) -> None:
    """Let its rollout go on, with the failures up to the time `accepted`; raises InputError when there is no image."""
    failures = {} if accepted is None else {ROLLOUT_RESUMED: _time(accepted)}
    await _annotate(client, namespace, name, {ROLLOUT_PAUSED: None, **failures})


async def approve(client: Client, host: Host, digest: str) -> None:
    """Agree to the host's disks being erased for the image of `digest`, as the host was looked at.

    Raises OutsideError when the host is gone, and ApiException when it has changed since or the right is missing.
    """
    metadata = {"resourceVersion": host.resource_version, "annotations": {APPROVED_IMAGE: digest}}
    if await client.merge(HOSTS, host.namespace, host.name, {"metadata": metadata}, manager=PERSON) is None:
        raise OutsideError(f"BareMetalHost {host.name} is not there any more", reason=Reason.HOST_CHANGED)


async def _expect_built_here(client: Client, namespace: str, name: str) -> None:
    found = await client.get(IMAGES, namespace, name)
    if found is not None and found["spec"]["image"].get("source") is not None:
        where = f"AirshipImage {namespace}/{name}: spec.image.source"
        raise InputError(
            where, "an image that is built elsewhere", "one that is built here: name a newer source instead"
        )


async def _annotate(client: Client, namespace: str, name: str, annotations: Mapping[str, str | None]) -> None:
    patch = {"metadata": {"annotations": dict(annotations)}}
    if await client.merge(IMAGES, namespace, name, patch, manager=PERSON) is None:
        expected = f"an AirshipImage of namespace {namespace}"
        raise InputError("IMAGE", name, expected, reason=Reason.IMAGE_NOT_FOUND)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
