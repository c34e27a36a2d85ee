"""kopf as an informer: it lists, watches and calls handlers, and keeps nothing on the objects."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

import kopf

from airship_images.cluster import labels
from airship_images.cluster.client import Client
from airship_images.cluster.refusals import API_ERRORS, message
from airship_images.controller.parts import first_of
from airship_images.controller.stop import StopSignals
from airship_images.controller.waits import Waits

log = logging.getLogger(__name__)

KINDS_EVERY: Final = 5.0
"""Seconds between two looks at which kinds the server has."""
RETRIES: Final = Waits(first=timedelta(seconds=0.5), longest=timedelta(seconds=8))
"""After a request of a watch that failed: for ever, as nothing else would hear of what changes."""
LISTED_AFTER: Final = 5.0
"""Seconds after which kopf has listed what there is, be it nothing."""
LISTED_AT_ONCE: Final = 250
"""Objects that kopf lists with one request: all of them at once are hundreds of megabytes of thousands of images."""
CANCELLATIONS: Final = 5
"""How often a watch of kopf is told to end."""
IDLE: Final = 0.5
"""Seconds for which kopf keeps a task and the last event of each object that something was told of."""


class _NoDiffs(kopf.DiffBaseStorage):
    """No handler asks what changed, so nothing is kept or compared: it costs a third of the time of an event."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        return kopf.BodyEssence()

    def fetch(self, **_: Any) -> None:
        return None

    def store(self, **_: Any) -> None:
        return None


@dataclass(frozen=True)
class Kinds:
    """What the handlers of a registry hear of."""

    plurals: tuple[str, ...]
    apis: frozenset[str]
    """The groups whose kinds may come and go."""


async def watch(
    client: Client,
    registry: kopf.OperatorRegistry,
    kinds: Kinds,
    namespaces: list[str],
    *,
    stop: StopSignals,
    listed: Callable[[], None],
) -> None:
    """Feed the handlers of `registry`, connected as `client` is, for ever; no namespace is all.

    kopf looks once which kinds there are, and is started anew when they change: its own watch of the CRDs needs further
    rights, and misses one that is added just after its look. `stop` listens all the while: kopf would take the signals
    to itself, and hear none between two of its lives. `listed` hears each time when kopf has begun to watch: what was
    deleted before is in nobody's list, and no watch tells of it.
    """

    async def login(**_: Any) -> kopf.ConnectionInfo:
        """Asked again when the API server takes the token no more."""
        connection = client.connection()
        return kopf.ConnectionInfo(
            server=connection.server,
            ca_path=connection.ca_file,
            certificate_path=connection.certificate_file,
            private_key_path=connection.key_file,
            token=connection.token,
        )

    kopf.on.login(registry=registry)(login)
    waits = iter(RETRIES)
    while True:
        started = time.monotonic()
        try:
            await _watch_these(client, registry, kinds, namespaces, stop=stop, listed=listed)
        except Exception:  # of classes that kopf keeps to itself
            if time.monotonic() - started > RETRIES.longest.total_seconds():
                waits = iter(RETRIES)
            seconds = next(waits)
            log.exception("the watch of %s broke off, another in %.1f s", ", ".join(kinds.plurals), seconds)
            await asyncio.sleep(seconds)


async def _watch_these(
    client: Client,
    registry: kopf.OperatorRegistry,
    kinds: Kinds,
    namespaces: list[str],
    *,
    stop: StopSignals,
    listed: Callable[[], None],
) -> None:
    """Watch the kinds that there are now, until they change."""
    changed = _until_changed(client, kinds.apis, await client.kinds(kinds.apis))
    tasks = await kopf.spawn_tasks(
        registry=registry,
        settings=_settings(),
        clusterwide=not namespaces,
        namespaces=namespaces,
        standalone=True,
        identity=cast(Any, "airship-images"),  # else the user's name, which a container may not have
    )
    stop.listen()
    begun = asyncio.get_running_loop().call_later(LISTED_AFTER, listed)
    try:
        await first_of(changed, *tasks)  # kopf.operator would end all that was started since, ours too
    finally:
        begun.cancel()
        await _end_watchers(kinds.plurals)


async def _end_watchers(plurals: tuple[str, ...]) -> None:
    """End those that kopf leaves alone when one of them fails: they would go on for ever, and keep us from ending."""
    names = tuple(f"watcher for {plural}." for plural in plurals)
    for _ in range(CANCELLATIONS):  # kopf takes one that comes at a bad moment for its own
        left = [task for task in asyncio.all_tasks() if task.get_name().startswith(names)]
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=1)
    log.error("watches of %s do not end", ", ".join(plurals))


async def _until_changed(client: Client, apis: Collection[str], known: frozenset[str]) -> None:
    found = known
    while found == known:
        await asyncio.sleep(KINDS_EVERY)
        try:
            found = await client.kinds(apis)
        except API_ERRORS as error:
            log.debug("could not look which kinds there are: %s", message(error))
    log.info("the kinds of %s changed, watching anew", ", ".join(apis))


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.persistence.diffbase_storage = _NoDiffs()
    settings.networking.error_backoffs = RETRIES
    settings.queueing.idle_timeout = IDLE
    settings.watching.chunk_size = LISTED_AT_ONCE
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 310
    settings.watching.label_selectors["configmaps"] = labels.OTHERS  # ours are large, immutable and many
    settings.watching.label_selectors["jobs"] = labels.OURS
    settings.watching.label_selectors["pods"] = labels.OURS
    return settings
