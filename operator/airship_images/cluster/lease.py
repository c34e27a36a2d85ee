"""Are we the one operator that works? Kubernetes' leader election on a Lease, by the kubernetes client."""

import asyncio
import time
from datetime import timedelta
from typing import Any, Final

import aiohttp
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

from airship_images.api.errors import OutsideError
from airship_images.cluster.client import Client

DURATION: Final = 15
RENEW_DEADLINE: Final = 10
RETRY: Final = 2
REQUEST_SECONDS: Final = 5


class Lease:
    """A Lease that we hold or wait for; `identity` must be new with every process."""

    def __init__(self, client: Client, namespace: str, name: str, identity: str) -> None:
        self._lock = _Lock(name, namespace, identity, client.api)
        self._identity = identity
        self._held = asyncio.Event()
        self._election = LeaderElection(
            Config(
                lock=self._lock,
                lease_duration=DURATION,
                renew_deadline=RENEW_DEADLINE,
                retry_period=RETRY,
                onstarted_leading=self._start,
                onstopped_leading=_stop,
            )
        )

    async def keep(self) -> None:
        """Take the Lease as soon as it is free and renew it; raises OutsideError once it is lost."""
        await self._election.run()
        raise OutsideError(f"Lease {self._lock.name} is lost: another operator may lead, or the API server is away")

    async def held(self) -> None:
        """Wait until we hold it."""
        await self._held.wait()

    def renewed_within(self, age: timedelta) -> bool:
        """Is it ours, and was it so not longer than `age` ago?"""
        record = self._election.observed_record
        if record is None or record.holder_identity != self._identity:
            return False
        return time.time() - self._election.observed_time_milliseconds / 1000 <= age.total_seconds()

    def is_held(self) -> bool:
        """Have we taken it?"""
        return self._held.is_set()

    async def release(self) -> None:
        """Give it up, so that the next operator need not wait until it expires."""
        if self.renewed_within(timedelta(seconds=DURATION)):
            await self._lock.release()

    async def _start(self) -> None:
        self._held.set()


async def _stop() -> None:
    """Nothing to do: `keep` raises."""


class _Lock(LeaseLock):
    """A LeaseLock that takes an API server that does not answer for one that refuses, and that can be given up."""

    async def get(self, name: str, namespace: str) -> Any:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                return await super().get(name, namespace)
        except (aiohttp.ClientError, TimeoutError) as error:
            return False, ApiException(status=0, reason=str(error) or "timeout")

    async def create(self, name: str, namespace: str, election_record: Any) -> bool:
        return await _answered(super().create(name, namespace, election_record))

    async def update(self, name: str, namespace: str, updated_record: Any) -> bool:
        return await _answered(super().update(name, namespace, updated_record))

    async def release(self) -> None:
        lease = self.lease_reference
        if lease is None or lease.spec is None:
            return
        lease.spec.holder_identity = None
        async with asyncio.timeout(REQUEST_SECONDS):
            await self.api_instance.replace_namespaced_lease(name=self.name, namespace=self.namespace, body=lease)


async def _answered(request: Any) -> bool:
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            return bool(await request)
    except (aiohttp.ClientError, TimeoutError):
        return False
