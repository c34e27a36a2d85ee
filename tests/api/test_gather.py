"""What a look at an image makes of news that come in another order than they happened."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from airship_images.cluster.client import JOBS, Client
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.jobs import manifest
from airship_images.cluster.resync import resync
from airship_images.cluster.store import Store
from airship_images.controller.settings import Settings
from airship_images.plan.actions import StartBuild
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.api.documents import a_profile, an_image
from tests.api.kube import Kube
from tests.api.kubelet import Kubelet
from tests.api.operator_process import settings

IMAGE = ("default", "worker")
LOST = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": "tainted"}


@pytest.mark.parametrize("known", [False, True], ids=["unknown", "known to run"])
def test_a_pod_whose_end_is_told_after_that_of_its_job_says_why(kube: Kube, kubelet: Kubelet, *, known: bool) -> None:
    chosen = Settings.model_validate_json(json.dumps(settings()))

    async def gathered() -> State | None:
        async with await Client.connect(kube.kubeconfig) as client:
            store = Store()
            gatherer = Gatherer(store, client, chosen.policy, lambda: datetime.now(UTC))
            await resync(client, store, ("default",), ())
            state = await gatherer.gather(IMAGE)
            assert state is not None
            (start,) = (each for each in plan(state).actions if isinstance(each, StartBuild))
            await client.create(JOBS, "default", manifest(start, state.identity, chosen.jobs))
            kubelet.runs(start.name, "rootfs")
            (pod,) = kube.list("Pod")
            kubelet.loses_node(start.name, "rootfs")
            await resync(client, store, ("default",), ())
            if known:
                store.pods.put(pod)
            look = asyncio.create_task(gatherer.gather(IMAGE))
            await asyncio.sleep(0.2)
            assert not look.done()
            last = {**pod["metadata"], "resourceVersion": str(int(pod["metadata"]["resourceVersion"]) + 1)}
            store.lose_pod({**pod, "metadata": last, "status": {**pod["status"], "conditions": [LOST]}})
            return await look

    kube.apply(a_profile(), an_image())
    state = asyncio.run(gathered())
    assert state is not None
    assert state.rootfs_job is not None
    assert state.rootfs_job.failure is not None
    assert state.rootfs_job.failure.reason == "NodeLost"
