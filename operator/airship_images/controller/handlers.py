"""What wakes an image up? Each watch puts what it sees into the store, and whom it concerns into the queue."""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any, Final

import kopf

from airship_images.cluster.claimants import CLUSTER_API, MACHINE_TEMPLATES
from airship_images.cluster.client import CONFIGMAPS, HOSTS, IMAGES, JOBS, PODS, PROFILES, Object
from airship_images.cluster.logs import Followers
from airship_images.cluster.observe import has_ended, pod_has_ended
from airship_images.cluster.rivals import rivals
from airship_images.cluster.store import Store, profiles_of
from airship_images.cluster.table import Key, Table, key_of
from airship_images.controller.informer import Kinds
from airship_images.controller.line import WaitingLine
from airship_images.controller.metrics import measure_phases
from airship_images.controller.queue import Queue

BUILDS: Final = Kinds(
    plurals=tuple(each.plural for each in (IMAGES, PROFILES, CONFIGMAPS, JOBS, PODS)), apis=frozenset({IMAGES.api})
)
ROLLOUTS: Final = Kinds(plurals=(HOSTS.plural, MACHINE_TEMPLATES), apis=frozenset({HOSTS.api, CLUSTER_API}))
DELETED: Final = "DELETED"
USERS_AFTER: Final = 15.0
"""Seconds after which a change of who uses a profile is told: hundreds of images may come at once."""


class Listings:
    """Notices a watch that lists all its objects again: it had lost its place, and what was deleted it never tells."""

    def __init__(self, missed: Callable[[], None], namespaces: Collection[str]) -> None:
        """`missed` hears when deletions may have gone unnoticed, so that everything should be listed.

        Each of `namespaces` has a watch of its own; without any, one watch tells of all.
        """
        self._missed = missed
        self._namespaces = namespaces
        self._told: dict[tuple[str, str], set[str]] = defaultdict(set)
        """The UIDs that each watch, of one kind in a namespace or everywhere, has told of since it listed."""

    def take(self, event: kopf.RawEvent) -> Object:
        """The object of one more event of any watch."""
        raw = _raw(event)
        told = self._told[raw["kind"], raw["metadata"]["namespace"] if self._namespaces else ""]
        uid = raw["metadata"]["uid"]
        if event["type"] == DELETED:
            told.discard(uid)
            return raw
        if event["type"] is None and uid in told:  # of type None are those that a list shows
            told.clear()
            self._missed()
        told.add(uid)
        return raw


class Ends:
    """Notices the end of each pod once, also of one that a list showed to have ended before its watch told of it."""

    def __init__(self, pods: Table[Object]) -> None:
        """Of those of `pods` that have ended already, the operator that was there before took notice."""
        known = filter(None, (pods.get(key) for key in pods))
        self._noticed = {pod["metadata"]["uid"] for pod in known if pod_has_ended(pod)}

    def take(self, event: kopf.RawEvent) -> bool:
        """Does one more event of the watch tell of an end?"""
        raw = _raw(event)
        uid, ended = raw["metadata"]["uid"], pod_has_ended(raw)
        is_news = ended and uid not in self._noticed
        if event["type"] == DELETED:
            self._noticed.discard(uid)
        elif ended:
            self._noticed.add(uid)
        return is_news


def builds(
    store: Store,
    queue: Queue,
    profiles: Queue,
    line: WaitingLine,
    *,
    followers: Followers,
    image_changed: Callable[[Key], None],
    listings: Listings,
) -> kopf.OperatorRegistry:
    """The handlers of images, profiles, the ConfigMaps that they name, Jobs and pods.

    `image_changed` hears of each image whose watch told something, what we wrote ourselves too.
    """
    registry = kopf.OperatorRegistry()
    ends = Ends(store.pods)

    @kopf.on.event(IMAGES.api, IMAGES.version, IMAGES.plural, registry=registry)
    async def image(event: kopf.RawEvent, **_: Any) -> None:
        key = key_of(listings.take(event))
        former = store.images.get(key)
        is_news = _see(store.images, event)
        image_changed(key)
        if not is_news:  # what it wrote itself need not wake it
            return
        queue.add(key)
        present = store.images.get(key)
        for rival in rivals(store, former, present):
            queue.add(rival)
        for name in profiles_of(former) ^ profiles_of(present):
            profiles.add_after((key[0], name), USERS_AFTER)

    @kopf.on.event(PROFILES.api, PROFILES.version, PROFILES.plural, registry=registry)
    async def profile(event: kopf.RawEvent, **_: Any) -> None:
        key = key_of(listings.take(event))
        former = store.profiles.get(key)
        _see(store.profiles, event)
        present = store.profiles.get(key)
        if _wish(former) != _wish(present):  # its status, which we write, concerns nobody
            profiles.add(key)
            for image, _ in store.images.indexed(*key):
                queue.add(image)

    @kopf.on.event(CONFIGMAPS.version, CONFIGMAPS.plural, registry=registry)
    async def config_map(event: kopf.RawEvent, **_: Any) -> None:
        users = store.images_of_config_map(key_of(listings.take(event)))
        if users:
            _see(store.config_maps, event)
        for key in users:  # though the look at one of them may have put it into the store
            queue.add(key)

    @kopf.on.event(JOBS.api, JOBS.version, JOBS.plural, registry=registry)
    async def job(event: kopf.RawEvent, **_: Any) -> None:
        raw = listings.take(event)
        _see(store.jobs, event)
        if event["type"] == DELETED:
            store.forget_pods_of(raw)
        if event["type"] == DELETED or has_ended(raw):
            line.move()
        for key in store.images_of_job(raw):  # though one of them may have put it into the store
            queue.add(key)

    @kopf.on.event(PODS.version, PODS.plural, registry=registry)
    async def pod(event: kopf.RawEvent, **_: Any) -> None:
        raw = listings.take(event)
        store.pods.hear(raw)
        if event["type"] == DELETED:
            store.lose_pod(raw)
        else:
            store.pods.put(raw)
        if ends.take(event):
            measure_phases(raw)
        for key in store.images_of_pod(raw):
            queue.add(key)
        if event["type"] == DELETED:
            followers.forget(raw)
        else:
            followers.see(raw)

    return registry


def rollouts(
    store: Store, queue: Queue, incomplete: Callable[[], None], namespaces: Collection[str]
) -> kopf.OperatorRegistry:
    """The handlers of hosts in `namespaces`, or everywhere, and of those who may claim them.

    Both kinds may come and go with their CRDs. `incomplete` hears when everything should be listed: of a kind that was
    not there, since hosts count only once all of them are known, and when deletions may have gone unnoticed.
    """
    registry = kopf.OperatorRegistry()
    listings = Listings(incomplete, namespaces)

    @kopf.on.event(HOSTS.api, HOSTS.version, HOSTS.plural, registry=registry)
    async def host(event: kopf.RawEvent, **_: Any) -> None:
        _look_again(store.hosts, event)

    @kopf.on.event(CLUSTER_API, MACHINE_TEMPLATES, registry=registry)
    async def machine_template(event: kopf.RawEvent, **_: Any) -> None:
        _look_again(store.machine_templates, event)

    def _look_again(table: Table[Any], event: kopf.RawEvent) -> None:
        raw = listings.take(event)
        _see(table, event)
        if not table.exists:
            incomplete()
        for key in store.images_with_rollout(key_of(raw)[0]):
            queue.add(key)

    return registry


def _wish(raw: Object | None) -> tuple[str, int] | None:
    """What changes with the spec alone."""
    return None if raw is None else (raw["metadata"]["uid"], raw["metadata"]["generation"])


def _see(table: Table[Any], event: kopf.RawEvent) -> bool:
    """Bring the table up to date; was it news?"""
    table.hear(_raw(event))
    return table.remove(_raw(event)) if event["type"] == DELETED else table.put(_raw(event))


def _raw(event: kopf.RawEvent) -> dict[str, Any]:
    return dict(event["object"])
