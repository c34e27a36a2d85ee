"""The parts of a working operator, and how they hang together while it holds the Lease."""

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from airship_images.cluster.apply import Applier
from airship_images.cluster.catalogue import CONFIG_MAP, Catalogues
from airship_images.cluster.client import Client, Object
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.lease import Lease
from airship_images.cluster.logs import Followers
from airship_images.cluster.profiles import Profiles
from airship_images.cluster.references import Referrers
from airship_images.cluster.refusals import API_ERRORS, message
from airship_images.cluster.resync import remove_old_inputs, resync
from airship_images.cluster.schemas import Schemas
from airship_images.cluster.store import Store
from airship_images.cluster.surroundings import Surroundings
from airship_images.cluster.table import Key
from airship_images.controller import handlers
from airship_images.controller.informer import watch
from airship_images.controller.line import WaitingLine
from airship_images.controller.metrics import QUEUE_LENGTH, Inventory
from airship_images.controller.parts import first_of
from airship_images.controller.queue import Queue
from airship_images.controller.reconcile import Reconciler
from airship_images.controller.settings import Settings
from airship_images.controller.stop import StopSignals
from airship_images.controller.waits import Waits
from airship_images.controller.watchdog import Watchdog
from airship_images.controller.worker import work

log = logging.getLogger(__name__)

WORKERS: Final = 16
COLLECT_EVERY: Final = 20_000
"""New objects after which garbage is looked for: the usual 700 cost a tenth of the time of thousands of looks."""
RESYNC: Final = timedelta(minutes=5)
CATALOGUED_AFTER: Final = 0.5
"""Seconds after which a publication is in the catalogue: of a burst one write tells."""
LISTS: Final = Waits(first=timedelta(seconds=1), longest=timedelta(seconds=15))
"""Between two tries to list everything."""
PATCH_FRESHNESS: Final = timedelta(seconds=5)
"""Age of the Lease up to which a host may be patched."""
WRITE_FRESHNESS: Final = timedelta(seconds=12)
"""Age of the Lease up to which anything may be written: another operator takes it after 15 s."""


class Operator:
    """One life of the operator, from taking the Lease to losing it."""

    def __init__(
        self, client: Client, settings: Settings, lease: Lease, clock: Callable[[], datetime], stop: StopSignals
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._stop = stop
        self._store = Store()
        self._queue = Queue()
        self._profile_queue = Queue()
        self._catalogue_queue = Queue()
        self._line = WaitingLine(self._store, settings.max_concurrent_builds.limits, self._queue.add)
        self._watchdog = Watchdog(self._store)
        self._due = asyncio.Event()
        self._followers = Followers(client, self._store, self._progressed)
        require_lease = partial(lease.require, WRITE_FRESHNESS)
        self._schemas = Schemas(client, self._store, self._queue.add)
        self._surroundings = Surroundings(
            client,
            self._store,
            clock,
            namespaces=settings.namespaces,
            nodes=settings.checks_nodes,
            changed=self._queue.add,
        )
        applier = Applier(
            client,
            self._store,
            settings.jobs,
            clock,
            referrers=Referrers(
                client,
                self._store,
                clock,
                namespaces=tuple(settings.namespaces),
                host_namespaces=tuple(settings.rollout_namespaces),
            ),
            surroundings=self._surroundings,
            require_lease=require_lease,
            lease_is_fresh=lambda: lease.renewed_within(PATCH_FRESHNESS),
            checked=self._queue.add,
        )
        self._profiles = Profiles(client, self._store, clock, require_lease)
        self._catalogues = Catalogues(client, self._store, require_lease, changed=self._queue.add)
        self._reconciler = Reconciler(
            self._store,
            self._queue,
            line=self._line,
            watchdog=self._watchdog,
            gatherer=Gatherer(self._store, client, settings.policy, clock),
            applier=applier,
        )

    def complaint(self) -> str | None:
        """Why this process should be started anew; None when it hears and works."""
        return self._watchdog.complaint()

    async def run(self) -> None:
        """Work for ever; any part that fails ends all of it."""
        gc.set_threshold(COLLECT_EVERY)
        Inventory(self._store, self._line).register()
        QUEUE_LENGTH.set_function(lambda: len(self._queue))
        await self._surroundings.look()
        await self._list_everything()  # nothing is planned before all is known
        gc.freeze()  # most of what was listed stays, and need not be looked through for garbage
        parts = [
            *(self._reconciler.work() for _ in range(WORKERS)),
            work(self._profile_queue, self._profiles.look),
            work(self._catalogue_queue, self._catalogues.look),
            self._keep_resyncing(),
            self._surroundings.keep_looking(),
            self._schemas.keep_looking(),
            watch(
                self._client,
                handlers.builds(
                    self._store,
                    self._queue,
                    self._profile_queue,
                    self._line,
                    followers=self._followers,
                    image_changed=self._catalogue,
                    listings=handlers.Listings(self._due.set, self._settings.namespaces),
                ),
                handlers.BUILDS,
                self._settings.namespaces,
                stop=self._stop,
                listed=self._due.set,
            ),
        ]
        if self._settings.rollout_namespaces:
            everywhere = "*" in self._settings.rollout_namespaces
            namespaces = [] if everywhere else self._settings.rollout_namespaces
            hosts = handlers.rollouts(self._store, self._queue, self._due.set, namespaces)
            parts.append(
                watch(self._client, hosts, handlers.ROLLOUTS, namespaces, stop=self._stop, listed=self._due.set)
            )
        await first_of(*parts)

    async def _keep_resyncing(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(RESYNC.total_seconds()):
                    await self._due.wait()
            await self._list_everything()
            try:
                await remove_old_inputs(self._client, self._store, tuple(self._settings.namespaces), self._clock())
            except API_ERRORS as error:
                log.warning("could not remove inputs that nobody needs: %s", message(error))

    async def _list_everything(self) -> None:
        """As often as it takes: whoever asks for it has missed something."""
        for seconds in LISTS:
            self._due.clear()
            try:
                await self._resync()
            except API_ERRORS as error:
                log.warning("could not list everything, again in %.1f s: %s", seconds, message(error))
                await asyncio.sleep(seconds)
            else:
                return

    async def _resync(self) -> None:
        await resync(
            self._client, self._store, tuple(self._settings.namespaces), tuple(self._settings.rollout_namespaces)
        )
        for key in self._store.images:
            self._queue.add(key)
        for key in self._store.profiles:
            self._profile_queue.add(key)
        for namespace in {key[0] for key in self._store.images}:
            self._catalogue_queue.add((namespace, CONFIG_MAP))

    def _catalogue(self, image: Key) -> None:
        if self._catalogues.is_behind(image):
            self._catalogue_queue.add_after((image[0], CONFIG_MAP), CATALOGUED_AFTER)

    def _progressed(self, pod: Object) -> None:
        for key in self._store.images_of_pod(pod):
            self._queue.add(key)
