"""What is written, and known at once, where what is written to goes away just then."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from kubernetes.aio.client.exceptions import ApiException
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
from airship_images.cluster.table import Key
from airship_images.controller.line import WaitingLine
from airship_images.controller.queue import Queue
from airship_images.controller.reconcile import Reconciler
from airship_images.controller.settings import Settings
from airship_images.controller.watchdog import Watchdog
from airship_images.plan.actions import Action, RemoveArtifacts
from airship_images.plan.line import Limits
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.api.documents import a_profile, an_image
from tests.api.kube import Kube
from tests.api.operator_process import BUILDER, settings


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class World:
    """The parts of an operator that look at one image and carry out its plans, without its watches."""

    image: Key
    client: Client
    store: Store
    gatherer: Gatherer
    applier: Applier

    async def state(self) -> State:
        """The image as it is now."""
        await resync(self.client, self.store, (self.image[0],), ())
        state = await self.gatherer.gather(self.image)
        assert state is not None
        return state

    async def step(self, *actions: Action) -> None:
        """Carry out the plan of the image as it is now, or `actions` in its place."""
        state = await self.state()
        found = plan(state)
        await self.applier.apply(state, replace(found, actions=actions) if actions else found)


@asynccontextmanager
async def a_world(kube: Kube) -> AsyncIterator[World]:
    chosen, store, where = Settings.model_validate_json(json.dumps(settings())), Store(), (kube.namespace,)
    async with await Client.connect(kube.kubeconfig) as client:
        applier = Applier(
            client,
            store,
            chosen.jobs,
            now,
            referrers=Referrers(client, store, now, namespaces=where, host_namespaces=()),
            surroundings=Surroundings(client, store, now, namespaces=where, nodes=False, changed=lambda _: None),
            require_lease=lambda: None,
            lease_is_fresh=lambda: True,
            checked=lambda _: None,
        )
        yield World((kube.namespace, "worker"), client, store, Gatherer(store, client, chosen.policy, now), applier)


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
            await world.state()
            queue = Queue()
            reconciler = Reconciler(
                world.store,
                queue,
                line=WaitingLine(world.store, Limits(), queue.add),
                watchdog=Watchdog(world.store),
                gatherer=world.gatherer,
                applier=world.applier,
            )
            queue.add(world.image)
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


def test_a_namespace_that_was_deleted_ends_no_image_of_another_one_of_its_name(kube: Kube) -> None:
    remove = RemoveArtifacts("prune-worker", "worker", ("ab" * 32,), "", BUILDER, "airship-images", None, {})

    async def scenario() -> None:
        async with a_world(again) as world:
            with pytest.raises(ApiException):
                await world.step(remove)
            assert (await world.state()).namespace_ends
            ends(kube, again.namespace)
            again_there()
            await world.step()
            assert not (await world.state()).namespace_ends

    def again_there() -> None:
        kube.kubectl("create", "namespace", again.namespace)
        again.apply(a_profile(), an_image())

    again = Kube(kube.kubeconfig, "again")
    again_there()
    kube.kubectl("delete", "namespace", again.namespace, "--wait=false")
    asyncio.run(scenario())
    again.delete_all("AirshipImage", "NodeProfile", "Job", "ConfigMap")


def ends(kube: Kube, namespace: str) -> None:
    """What the namespace controller does, which is not there: all in it goes, and then it."""
    Kube(kube.kubeconfig, namespace).delete_all("AirshipImage", "NodeProfile", "ConfigMap")
    path = f"/api/v1/namespaces/{namespace}"
    live = json.loads(kube.kubectl("get", "--raw", path))
    with tempfile.NamedTemporaryFile("w") as body:
        json.dump({**live, "spec": {"finalizers": []}}, body)
        body.flush()
        kube.kubectl("replace", "--raw", f"{path}/finalize", "--filename", body.name)
