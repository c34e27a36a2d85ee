"""What is written, and known at once, where what is written to goes away just then."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from prometheus_client import REGISTRY

from airship_images.api.annotations import FINALIZER
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.cluster.apply import Applier
from airship_images.cluster.client import Client
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.references import Referrers
from airship_images.cluster.resync import resync
from airship_images.cluster.store import Store
from airship_images.cluster.surroundings import Surroundings
from airship_images.controller.line import WaitingLine
from airship_images.controller.queue import Queue
from airship_images.controller.reconcile import Reconciler
from airship_images.controller.settings import Settings
from airship_images.controller.watchdog import Watchdog
from airship_images.plan.line import Limits
from airship_images.plan.plan import plan
from tests.api.documents import a_profile, an_image
from tests.api.kube import Kube
from tests.api.operator_process import settings

IMAGE = ("default", "worker")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class World:
    """The parts of an operator that look at one image and carry out its plans, without its watches."""

    client: Client
    store: Store
    gatherer: Gatherer
    applier: Applier

    async def step(self) -> None:
        """Carry out the plan of the image as it is now."""
        await resync(self.client, self.store, (IMAGE[0],), ())
        state = await self.gatherer.gather(IMAGE)
        assert state is not None
        await self.applier.apply(state, plan(state))


@asynccontextmanager
async def a_world(kube: Kube) -> AsyncIterator[World]:
    chosen, store = Settings.model_validate_json(json.dumps(settings())), Store()
    async with await Client.connect(kube.kubeconfig) as client:
        applier = Applier(
            client,
            store,
            chosen.jobs,
            now,
            referrers=Referrers(client, store, now, namespaces=(IMAGE[0],), host_namespaces=()),
            surroundings=Surroundings(client, store, now, namespaces=(IMAGE[0],), nodes=False, changed=lambda _: None),
            require_lease=lambda: None,
            lease_is_fresh=lambda: True,
            checked=lambda _: None,
        )
        yield World(client, store, Gatherer(store, client, chosen.policy, now), applier)


def test_a_job_that_is_being_deleted_is_made_anew_later_and_not_at_once(kube: Kube) -> None:
    """Nobody removes it here, as long as its pods take to end elsewhere."""

    async def scenario() -> None:
        async with a_world(kube) as world:
            await world.step()
            (name,) = kube.names("Job")
            kube.kubectl("delete", "job", name, "--cascade=foreground", "--wait=false")
            with pytest.raises(OutsideError) as refused:
                await world.step()
            assert refused.value.reason == Reason.CONFLICT
            assert f"Job {name} is being deleted" in refused.value.message
            kube.patch("Job", name, {"metadata": {"finalizers": None}})
            await world.step()
            assert kube.names("Job") == {name}

    kube.apply(a_profile(), an_image())
    asyncio.run(scenario())


def test_an_image_that_is_let_go_is_looked_at_once_until_a_watch_tells_that_it_is_gone(kube: Kube) -> None:
    async def scenario() -> None:
        async with a_world(kube) as world:
            await resync(world.client, world.store, (IMAGE[0],), ())
            queue = Queue()
            reconciler = Reconciler(
                world.store,
                queue,
                line=WaitingLine(world.store, Limits(), queue.add),
                watchdog=Watchdog(world.store),
                gatherer=world.gatherer,
                applier=world.applier,
            )
            queue.add(IMAGE)
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await reconciler.work()

    kube.apply(an_image())
    kube.patch("AirshipImage", "worker", {"metadata": {"finalizers": [FINALIZER]}})
    kube.delete("AirshipImage", "worker")
    before = let_go()
    asyncio.run(scenario())
    assert let_go() == before + 1
    assert not kube.exists("AirshipImage", "worker")


def let_go() -> float:
    """How often the operator has changed the finalizers of an image."""
    return REGISTRY.get_sample_value("airship_images_actions_total", {"action": "SetFinalizer"}) or 0.0
