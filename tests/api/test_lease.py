"""The Lease on a real API server, whose answers do not all arrive."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest

from airship_images.cluster.client import Client, Object, Resource
from airship_images.cluster.lease import PAUSE, Lease
from tests.api.kube import Kube

NAME = "unanswered"


class Unanswered(Client):
    """A client that may not hear what the API server says to a write that it has carried out."""

    breaks_off = False
    """The next answer does."""
    hangs = False
    written = 0

    async def replace(self, resource: Resource, namespace: str, body: Object) -> Object | None:
        replaced = await super().replace(resource, namespace, body)
        self.written += replaced is not None
        if self.hangs:
            await asyncio.Event().wait()
        if self.breaks_off:
            self.breaks_off = False
            raise aiohttp.ClientConnectionError("broken off")
        return replaced


@asynccontextmanager
async def kept(kube: Kube) -> AsyncIterator[tuple[Unanswered, Lease, asyncio.Task[None]]]:
    """A Lease that we hold, and the task that renews it."""
    async with await Unanswered.connect(kube.kubeconfig) as client:
        lease = Lease(client, "default", NAME, "this-operator", lambda: datetime.now(UTC))
        keeping = asyncio.create_task(lease.keep())
        await lease.held()
        yield client, lease, keeping
        keeping.cancel()


def holder(kube: Kube) -> str:
    return str(kube.get("Lease", NAME)["spec"]["holderIdentity"])


@pytest.fixture
def kube_with_lease(kube: Kube) -> Iterator[Kube]:
    yield kube
    kube.delete("Lease", NAME)


async def until_written(client: Unanswered, count: int, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while client.written < count:
            await asyncio.sleep(0.05)


def test_it_is_given_up_though_it_is_just_being_renewed(kube_with_lease: Kube) -> None:
    async def scenario() -> None:
        async with kept(kube_with_lease) as (client, lease, keeping):
            client.hangs = True
            await until_written(client, 1, 4 * PAUSE)
            keeping.cancel()
            client.hangs = False
            await lease.release()

    asyncio.run(scenario())
    assert holder(kube_with_lease) == ""


def test_a_renewal_that_broke_off_is_made_up_for_with_the_next_one(kube_with_lease: Kube) -> None:
    async def scenario() -> None:
        async with kept(kube_with_lease) as (client, _, _):
            client.breaks_off = True
            await until_written(client, 1, 4 * PAUSE)
            await until_written(client, 2, 1.5 * PAUSE)

    asyncio.run(scenario())
    assert holder(kube_with_lease) == "this-operator"


def test_what_another_operator_has_taken_meanwhile_is_left_to_it(kube_with_lease: Kube) -> None:
    async def scenario() -> None:
        async with kept(kube_with_lease) as (_, lease, keeping):
            kube_with_lease.patch("Lease", NAME, {"spec": {"holderIdentity": "another"}})
            keeping.cancel()
            await lease.release()

    asyncio.run(scenario())
    assert holder(kube_with_lease) == "another"
