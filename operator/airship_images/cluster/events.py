"""How does an event of a plan reach Kubernetes? Once: its name is its hash, and a name that is taken was told."""

import hashlib
import logging
from datetime import UTC, datetime
from typing import Final

import aiohttp
from kubernetes.aio.client.exceptions import ApiException

from airship_images.cluster.client import FIELD_MANAGER, HOSTS, IMAGES, Client, Object, Resource
from airship_images.cluster.refusals import message
from airship_images.plan.events import Event, HostReference
from airship_images.plan.state import Identity

log = logging.getLogger(__name__)

EVENTS: Final = Resource("events.k8s.io", "v1", "events", "Event")
LONGEST: Final = 1024
"""Bytes of a note, which Kubernetes counts where it counts the characters of a status."""


async def tell(client: Client, image: Identity, event: Event, now: datetime) -> None:
    """Write the event; that it cannot be written changes nothing else."""
    try:
        await client.create(EVENTS, image.namespace, body(image, event, now))
    except (ApiException, aiohttp.ClientError, TimeoutError) as error:
        log.warning("event %s is not told: %s", event.reason, message(error))


def body(image: Identity, event: Event, now: datetime) -> Object:
    """The object, named by what it says: the API server keeps it for an hour and takes it once."""
    about = _image(image) if event.host is None else _host(image.namespace, event.host)
    said = "\n".join((str(about["uid"]), event.type, event.reason, event.message))
    moment = now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        "apiVersion": EVENTS.api_version,
        "kind": EVENTS.kind,
        "metadata": {"name": f"{about['name']}.{hashlib.sha256(said.encode()).hexdigest()[:16]}"},
        "eventTime": moment,
        "reportingController": FIELD_MANAGER,
        "reportingInstance": FIELD_MANAGER,
        "action": "Reconcile",
        "type": event.type,
        "reason": event.reason,
        "note": _note(event.message),
        "regarding": about,
    }


def _note(message: str) -> str:
    written = message.encode()
    return message if len(written) <= LONGEST else written[: LONGEST - len("…".encode())].decode(errors="ignore") + "…"


def _image(image: Identity) -> Object:
    return {
        "apiVersion": IMAGES.api_version,
        "kind": IMAGES.kind,
        "namespace": image.namespace,
        "name": image.name,
        "uid": image.uid,
    }


def _host(namespace: str, host: HostReference) -> Object:
    return {
        "apiVersion": HOSTS.api_version,
        "kind": HOSTS.kind,
        "namespace": namespace,
        "name": host.name,
        "uid": host.uid,
    }
