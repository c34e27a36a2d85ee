"""Are we the one operator that works? Our own election: the one of the kubernetes client (37.0) cannot create a Lease.

Expiry is judged by our own clock, from when we saw the holder renew last: clocks of machines may differ.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from airship_images.api.errors import OutsideError
from airship_images.cluster.client import LEASES, Client, Object
from airship_images.cluster.refusals import API_ERRORS, message

log = logging.getLogger(__name__)

DURATION: Final = timedelta(seconds=15)
"""How long a holder that does not renew is waited for."""
GIVE_UP: Final = timedelta(seconds=10)
"""How long we go on without a renewal: well before another operator may take over."""
PAUSE: Final = 2.0
ANSWER_WITHIN: Final = 4.0


class LostLeaseError(OutsideError):
    """This process may not write any more."""


class Lease:
    """A Lease that we hold or wait for; `identity` must be new with every process."""

    def __init__(self, client: Client, namespace: str, name: str, identity: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name
        self._identity = identity
        self._clock = clock
        self._held = asyncio.Event()
        self._ours: Object | None = None
        self._renewed = float("-inf")
        self._answered = float("-inf")
        self._seen: tuple[str, float] = ("", float("-inf"))
        """The resourceVersion that another holder wrote last, and when we saw it first."""

    async def keep(self) -> None:
        """Take the Lease as soon as it is free and renew it; raises OutsideError once it is lost."""
        while True:
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    await self._take_or_renew()
            except API_ERRORS as error:
                log.warning("Lease %s: %s", self._name, message(error))
            if self.is_held() and not self.renewed_within(GIVE_UP):
                raise OutsideError(f"Lease {self._name} is lost: another operator leads, or the API server is away")
            await asyncio.sleep(PAUSE)

    async def held(self) -> None:
        """Wait until we hold it."""
        await self._held.wait()

    def is_held(self) -> bool:
        """Have we taken it?"""
        return self._held.is_set()

    def renewed_within(self, age: timedelta) -> bool:
        """Is it ours, and was it renewed not longer than `age` ago?"""
        return time.monotonic() - self._renewed <= age.total_seconds()

    def require(self, age: timedelta) -> None:
        """Raise LostLeaseError when it was not renewed for so long: another operator may lead by now."""
        if not self.renewed_within(age):
            raise LostLeaseError("the Lease was not renewed in time: another operator may lead")

    def is_followed(self) -> bool:
        """Do we know who holds it, so that we could take over?"""
        return time.monotonic() - self._answered <= GIVE_UP.total_seconds()

    async def release(self) -> None:
        """Give it up, so that the next operator need not wait until it expires, as it must where this fails."""
        if self._ours is None:
            return
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._replace(self._ours, holder="")
        except API_ERRORS as error:
            log.warning("Lease %s is not given up: %s", self._name, message(error))

    async def _take_or_renew(self) -> None:
        started = time.monotonic()
        found = self._ours or await self._client.get(LEASES, self._namespace, self._name)
        self._answered = time.monotonic()
        if found is None:
            self._ours = await self._client.create(LEASES, self._namespace, self._lease(None, self._identity))
        elif self._is_free(found):
            self._ours = await self._replace(found, self._identity)
        if self._ours is not None:
            self._renewed = started
            self._held.set()

    async def _replace(self, found: Object, holder: str) -> Object | None:
        """The Lease as it is then; None where another operator has it.

        A renewal that was cancelled, or broke off, may have been carried out: we then never saw the version it made.
        """
        replaced = await self._client.replace(LEASES, self._namespace, self._lease(found, holder))
        if replaced is not None:
            return replaced
        live = await self._client.get(LEASES, self._namespace, self._name)
        if live is None or live["spec"].get("holderIdentity") != self._identity:
            return None
        return await self._client.replace(LEASES, self._namespace, self._lease(live, holder))

    def _is_free(self, found: Object) -> bool:
        """Is it ours, nobody's, or of a holder who has not renewed it for its whole duration?"""
        holder, version = found["spec"].get("holderIdentity"), found["metadata"]["resourceVersion"]
        if holder in {self._identity, None, ""}:
            return True
        if self._seen[0] != version:
            self._seen = (version, time.monotonic())
        duration = found["spec"].get("leaseDurationSeconds") or DURATION.total_seconds()
        return time.monotonic() - self._seen[1] > duration

    def _lease(self, found: Object | None, holder: str) -> Object:
        now = self._clock().astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        former = found["spec"] if found else {}
        same = former.get("holderIdentity") == holder
        spec = {
            **former,
            "holderIdentity": holder,
            "leaseDurationSeconds": int(DURATION.total_seconds()),
            "renewTime": now,
            "acquireTime": former["acquireTime"] if same else now,
            "leaseTransitions": former.get("leaseTransitions", 0) + (bool(holder) and bool(former) and not same),
        }
        metadata = found["metadata"] if found else {"name": self._name}
        return {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "metadata": metadata, "spec": spec}
