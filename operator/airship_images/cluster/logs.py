"""How far is a running build? Follows its logs for progress lines; a lost stream changes no decision."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import aiohttp
from kubernetes.aio.client.exceptions import ApiException
from pydantic import ValidationError

from airship_images.api.build import PROGRESS_PREFIX, Progress
from airship_images.api.redaction import redact
from airship_images.cluster.client import Client, Object
from airship_images.cluster.refusals import message
from airship_images.cluster.store import Store
from airship_images.cluster.table import key_of

log = logging.getLogger(__name__)

SECONDS_BETWEEN: Final = 5.0
"""Progress of one pod is shown at most this often: each time may cost a write of status."""
AT_ONCE: Final = 50
"""Logs that are followed at a time: each holds a connection, and all other requests need some of a hundred too."""
TRIES: Final = 5
LOG_WITHIN: Final = 5.0
"""Seconds that the end of a log is waited for: its node may be gone."""
READ: Final = 60
"""Last lines that are read, so that a key which spans many of them is redacted."""
KEPT: Final = 10
LINE_LENGTH: Final = 200


async def last_lines(client: Client, namespace: str, pod: str, container: str) -> tuple[str, ...]:
    """What the container wrote last, redacted and without progress lines; nothing where the log cannot be had."""
    try:
        async with asyncio.timeout(LOG_WITHIN):
            read = [line async for line in client.last_lines(namespace, pod, container, READ)]
    except (ApiException, aiohttp.ClientError, TimeoutError, ValueError) as error:
        log.info("no log of container %s of pod %s: %s", container, pod, message(error))
        return ()
    said = [line for line in redact("\n".join(read)).splitlines() if line.strip()]
    return tuple(line[:LINE_LENGTH] for line in said if not line.startswith(PROGRESS_PREFIX))[-KEPT:]


class Followers:
    """One task for each running container of our pods."""

    def __init__(self, client: Client, store: Store, changed: Callable[[Object], None]) -> None:
        """`changed` hears of each pod that has progress to show."""
        self._client = client
        self._store = store
        self._changed = changed
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._latest: dict[str, Progress] = {}
        self._quiet: set[str] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def see(self, pod: Object) -> None:
        """Follow each container of the pod that runs and is not followed yet."""
        status = pod.get("status", {})
        for each in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
            followed = (pod["metadata"]["uid"], each["name"])
            if "running" in each.get("state", {}) and followed not in self._tasks:
                self._tasks[followed] = asyncio.create_task(self._follow(pod, each["name"]))

    def forget(self, pod: Object) -> None:
        """The pod is gone."""
        uid = pod["metadata"]["uid"]
        for followed in [each for each in self._tasks if each[0] == uid]:
            self._tasks.pop(followed).cancel()
        self._latest.pop(uid, None)
        self._store.progress.pop(uid, None)

    async def _follow(self, pod: Object, container: str) -> None:
        namespace, name = key_of(pod)
        for attempt in range(1, TRIES + 1):
            try:
                async with self._slots:
                    async for line in self._client.log(namespace, name, container):
                        self._read(pod, line)
            except (ApiException, aiohttp.ClientError, TimeoutError, ValueError) as error:
                log.info(
                    "log of container %s of pod %s broke off (%d of %d): %s", container, name, attempt, TRIES, error
                )
                await asyncio.sleep(attempt * SECONDS_BETWEEN)
            else:
                return

    def _read(self, pod: Object, line: str) -> None:
        if not line.startswith(PROGRESS_PREFIX):
            return
        try:
            progress = Progress.model_validate_json(line.removeprefix(PROGRESS_PREFIX))
        except ValidationError:  # the code that runs in a build may print anything
            return
        uid = pod["metadata"]["uid"]
        self._latest[uid] = progress.model_copy(update={"message": redact(progress.message)})
        if uid not in self._quiet:
            self._show(pod)

    def _show(self, pod: Object) -> None:
        """Show what was read last, then nothing newer for a while."""
        uid = pod["metadata"]["uid"]
        self._quiet.discard(uid)
        latest = self._latest.get(uid)
        if latest is None or self._store.progress.get(uid) == latest:
            return
        self._store.progress[uid] = latest
        self._quiet.add(uid)
        self._changed(pod)
        asyncio.get_running_loop().call_later(SECONDS_BETWEEN, self._show, pod)
