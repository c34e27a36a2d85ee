"""What is there for Jobs: claims, quotas, nodes? Listed now and then, beside the plans; never watched.

Who holds a Job back for it is told when it changes. What may not be listed is not known, and holds nothing back.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Final

from kubernetes.aio.client.exceptions import ApiException

from airship_images.api.quantity import amount, byte_size
from airship_images.cluster.client import Client, Object, Resource
from airship_images.cluster.refusals import API_ERRORS, message
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key, key_of
from airship_images.plan.room import Limit, Quota, Room, Survey

log = logging.getLogger(__name__)

CLAIMS: Final = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
QUOTAS: Final = Resource("", "v1", "resourcequotas", "ResourceQuota")
NODES: Final = Resource("", "v1", "nodes", "Node")
AT_REST: Final = 300.0
WHILE_HELD: Final = 10.0
"""Seconds between two looks, while no Job is held back and while one is."""
PAUSE: Final = 1.0
"""Seconds between two looks at least, however many ask."""
HELD_FOR: Final = 60.0
"""Seconds after which an image that holds its Job back is looked at anyway."""


class Surroundings:
    """Keeps the store's survey at most as old as it may be."""

    def __init__(
        self,
        client: Client,
        store: Store,
        clock: Callable[[], datetime],
        *,
        namespaces: Iterable[str],
        nodes: bool,
        changed: Callable[[Key], None],
    ) -> None:
        """In `namespaces`, or everywhere; `changed` hears of each image whose Job may be started now."""
        self._client = client
        self._store = store
        self._clock = clock
        self._namespaces: tuple[str | None, ...] = tuple(namespaces) or (None,)
        self._nodes = nodes
        self._changed = changed
        self._asked = asyncio.Event()
        self._held: dict[Key, tuple[Room | None, float]] = {}
        """What the Job of each image is held back for, unless it was too old, and since when."""
        self._unknown: set[str] = set()

    async def keep_looking(self) -> None:
        """Look for ever: soon while somebody waits for it, at once when somebody asks."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(WHILE_HELD if self._held else AT_REST):
                    await self._asked.wait()
            self._asked.clear()
            await self.look()
            await asyncio.sleep(PAUSE)

    async def look(self) -> None:
        """List everything once; where the API server fails, what was known before stays."""
        at = self._clock()
        try:
            claims, quotas = await self._list(CLAIMS), await self._list(QUOTAS)
            nodes = await self._list(NODES) if self._nodes else None
        except API_ERRORS as error:
            log.warning("could not look at claims, quotas and nodes: %s", message(error))
            return
        self._store.survey = Survey(
            at,
            None if claims is None else _by_namespace(claims, _capacity),
            None if quotas is None else _quotas(quotas),
            None if nodes is None else tuple(each["metadata"].get("labels", {}) for each in nodes),
        )
        self._tell()

    def hold(self, image: Key, room: Room | None) -> None:
        """The image's Job is not started for `room`, which may be another by now; None: it was looked at long ago."""
        if room is None or not self._held:
            self._asked.set()
        self._held[image] = (room, time.monotonic())

    def doubt(self, namespace: str, *, refused: bool = False) -> None:
        """A Job was created there, or `refused`: if there are quotas, what is left of them has changed."""
        survey = self._store.survey
        if refused or (survey is not None and survey.of(namespace).quotas):
            self._asked.set()

    def _tell(self) -> None:
        survey, now = self._store.survey, time.monotonic()
        for image, (room, since) in tuple(self._held.items()):
            same = survey is not None and survey.of(image[0]).tells_the_same(room)
            if not same or now - since > HELD_FOR:
                del self._held[image]
                self._changed(image)

    async def _list(self, resource: Resource) -> list[Object] | None:
        """None where it may not be listed, which is said once."""
        found: list[Object] = []
        where = (None,) if resource is NODES else self._namespaces
        try:
            for namespace in where:
                listed = await self._client.list(resource, namespace, whole=resource is not NODES)
                found += listed[0] if listed else ()
        except ApiException as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            if resource.plural not in self._unknown:
                log.info("Jobs are started without a look at %s: %s", resource.plural, message(error))
                self._unknown.add(resource.plural)
            return None
        return found


def _by_namespace(
    raws: Iterable[Object], value: Callable[[Object], int | None]
) -> Mapping[str, Mapping[str, int | None]]:
    """One that is being deleted is as good as gone: no new pod gets it."""
    found: dict[str, dict[str, int | None]] = defaultdict(dict)
    for raw in raws:
        namespace, name = key_of(raw)
        if "deletionTimestamp" not in raw["metadata"]:
            found[namespace][name] = value(raw)
    return found


def _capacity(claim: Object) -> int | None:
    told = claim.get("status", {}).get("capacity", {}).get("storage")
    return byte_size(told) if told else None


def _quotas(raws: Iterable[Object]) -> Mapping[str, tuple[Quota, ...]]:
    found: dict[str, tuple[Quota, ...]] = defaultdict(tuple)
    for raw in raws:
        namespace, name = key_of(raw)
        status, spec = raw.get("status", {}), raw.get("spec", {})
        hard, used = status.get("hard", {}), status.get("used", {})
        limits = {what: Limit(amount(most), amount(used.get(what, "0"))) for what, most in hard.items()}
        selected = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
        scopes = frozenset([*(spec.get("scopes") or ()), *(each["scopeName"] for each in selected)])
        found[namespace] += (Quota(name, limits, scopes),)
    return found
