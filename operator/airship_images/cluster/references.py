"""Who names which artifacts now? All that may name one is listed live; if any of it cannot be, nothing is known."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

import aiohttp
from kubernetes.aio.client.exceptions import ApiException

from airship_images.api.annotations import PINNED
from airship_images.api.errors import OutsideError
from airship_images.cluster import labels
from airship_images.cluster.catalogue import read
from airship_images.cluster.claimants import machine_templates
from airship_images.cluster.client import CONFIGMAPS, HOSTS, Client, Object, Resource
from airship_images.cluster.refusals import message
from airship_images.cluster.resync import EVERYWHERE
from airship_images.cluster.store import Store
from airship_images.plan.catalogue import named_digests
from airship_images.plan.references import References

DATA_IMAGES: Final = Resource("metal3.io", "v1alpha1", "dataimages", "DataImage")
_DIGEST: Final = re.compile(r"(?:\\u[0-9a-f]{4}|\\[bf]|%[0-9a-f]{2}|(?<![0-9a-f]))([0-9a-f]{64})(?![0-9a-f])")
"""Also right behind a character that JSON, or JSON in JSON, or a URL writes in hex digits."""


class Referrers:
    """Looks at hosts, templates of hosts, data images, catalogues and images.

    Whoever else names artifacts belongs here, as one more kind whose objects are listed.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        clock: Callable[[], datetime],
        *,
        namespaces: tuple[str, ...],
        host_namespaces: tuple[str, ...],
    ) -> None:
        """Catalogues are where images are built, in `namespaces`; hosts there and in `host_namespaces`.

        None, or "*" for hosts, is everywhere.
        """
        self._client = client
        self._store = store
        self._clock = clock
        self._images: tuple[str | None, ...] = namespaces or EVERYWHERE
        everywhere = not namespaces or "*" in host_namespaces
        self._hosts = EVERYWHERE if everywhere else tuple(sorted({*namespaces, *host_namespaces}))

    async def look(self) -> References:
        """As of now. Any digest that an object names anywhere counts, whatever the field."""
        at = self._clock()
        found: dict[str, set[str]] = defaultdict(set)
        kind = "the kinds of Cluster API"
        try:
            for resource in filter(None, (HOSTS, DATA_IMAGES, await machine_templates(self._client), CONFIGMAPS)):
                kind = resource.plural
                for raw in await self._list(resource):
                    _note(found, resource.kind, raw, _named_by(resource, raw))
        except (ApiException, aiohttp.ClientError, TimeoutError, OutsideError) as error:
            return References(at, unknown=f"{kind} cannot be listed, which may name artifacts: {message(error)}")
        for key in self._store.images:
            image = self._store.images.get(key)
            if image is not None:
                _note(found, "AirshipImage", image, _offered(image))
        return References(at, {digest: frozenset(who) for digest, who in found.items()})

    async def _list(self, resource: Resource) -> list[Object]:
        """None of a kind that the cluster does not have; raises ApiException where it may not be asked."""
        selector, where = (labels.CATALOGUE, self._images) if resource is CONFIGMAPS else (None, self._hosts)
        objects: list[Object] = []
        for namespace in where:
            listed = await self._client.list(resource, namespace, labels=selector)
            objects += listed[0] if listed is not None else ()
        return objects


def _note(found: dict[str, set[str]], kind: str, raw: Object, digests: Iterable[str]) -> None:
    who = f"{kind} {raw['metadata'].get('namespace', '')}/{raw['metadata']['name']}"
    for digest in digests:
        found[digest].add(who)


def _named_by(resource: Resource, raw: Object) -> Iterable[str]:
    if resource is not CONFIGMAPS:
        return _digests(raw)
    document = read(raw)
    if document is None:
        raise OutsideError(f"nobody can read the catalogue in {raw['metadata'].get('namespace')}")
    return [each.removeprefix("sha256:") for each in named_digests([document])]


def _offered(image: Object) -> Iterable[str]:
    """What it offers, or says that it needs; not what it has withdrawn."""
    status = image.get("status") or {}
    offered = [each for each in status.get("history") or () if not each.get("withdrawnAt")]
    pinned = image["metadata"].get("annotations", {}).get(PINNED, "")
    return _digests([status.get("image"), offered, pinned, image.get("spec")])


def _digests(value: object) -> Iterable[str]:
    return _DIGEST.findall(json.dumps(value).lower())
