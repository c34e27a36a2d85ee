"""What can a person ask of an image once? Each request is an annotation, which the operator answers."""

from datetime import UTC, datetime

from airship_images.api.annotations import REBUILD_REQUESTED, REFRESH_REQUESTED
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason
from airship_images.cluster.client import IMAGES, Client


async def request_rebuild(client: Client, namespace: str, name: str, now: datetime) -> None:
    """Ask for another build of the image's present spec; raises InputError when there is no such image."""
    await _ask(client, namespace, name, REBUILD_REQUESTED, now)


async def request_refresh(client: Client, namespace: str, name: str, now: datetime) -> None:
    """Ask for a build with the newest packages, if there are newer ones; raises InputError as above."""
    await _ask(client, namespace, name, REFRESH_REQUESTED, now)


async def _ask(client: Client, namespace: str, name: str, annotation: str, now: datetime) -> None:
    time = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    patch = {"metadata": {"annotations": {annotation: time}}}
    if await client.merge(IMAGES, namespace, name, patch) is None:
        expected = f"an AirshipImage of namespace {namespace}"
        raise InputError("IMAGE", name, expected, reason=Reason.IMAGE_NOT_FOUND)
