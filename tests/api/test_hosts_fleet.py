"""A rollout to a thousand hosts, on the real API server: does it end, within its limits and without waste?"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio.client import CustomObjectsApi
from kubernetes.aio.client.exceptions import ApiException

from airship_images.cluster.client import Client
from hack.cluster.control_plane import ControlPlane
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import NAMESPACE, Metal3
from tests.api.operator_process import OperatorProcess, settings
from tests.bmh.builders import ROLE, Json, a_host
from tests.bmh.machine import Machine, state_of, step

HOSTS = 1000
AT_ONCE = 50
SECONDS = 900
"""In which it has to end; it takes two minutes on two cores that others use too."""
WHERE = ("metal3.io", "v1alpha1", NAMESPACE, "baremetalhosts")
WRITERS = 16


class Fleet:
    """The hosts, and Metal3 to all of them at once."""

    def __init__(self, client: Client) -> None:
        self._api = CustomObjectsApi(client.api)
        self._slots = asyncio.Semaphore(WRITERS)
        self.most_unavailable = 0

    async def create(self) -> None:
        await asyncio.gather(*(self._create(a_host(f"rack-{number:04}")) for number in range(HOSTS)))

    async def play(self) -> int:
        """One look of Metal3 at every host; how many are provisioned now."""
        listed: Any = await self._api.list_namespaced_custom_object(*WHERE)
        hosts: list[Json] = listed["items"]
        unavailable = sum("image" in host["spec"] and state_of(host) != "provisioned" for host in hosts)
        self.most_unavailable = max(self.most_unavailable, unavailable)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        moves = [(host, step(Machine(host), now).host) for host in hosts]
        await asyncio.gather(*(self._write_status(after) for before, after in moves if before != after))
        return sum(state_of(after) == "provisioned" for _, after in moves)

    async def _create(self, host: Json) -> None:
        async with self._slots:
            kept = {key: host["metadata"][key] for key in ("name", "labels")}
            body = {**host, "metadata": kept, "status": {}}
            made: Any = await self._api.create_namespaced_custom_object(*WHERE, body=body)
        await self._write_status({**made, "status": host["status"]})

    async def _write_status(self, host: Json) -> None:
        """Metal3 looks again at a host that changed meanwhile."""
        metadata = {"resourceVersion": host["metadata"]["resourceVersion"]}
        body = {"metadata": metadata, "status": host["status"]}
        async with self._slots:
            try:
                await self._api.patch_namespaced_custom_object_status(*WHERE, host["metadata"]["name"], body=body)
            except ApiException as error:
                assert error.status == 409, error


@pytest.fixture
def operator(control_plane: ControlPlane, tmp_path: Path, store: tuple[Path, str]) -> Iterator[OperatorProcess]:
    Metal3(control_plane.kubeconfig).install()
    chosen = settings(store[1], rolloutNamespaces=[NAMESPACE])
    with OperatorProcess(control_plane.kubeconfig, tmp_path, chosen) as running:
        yield running
    Metal3(control_plane.kubeconfig).run("delete", "crd", "baremetalhosts.metal3.io")


async def played(kube: Kube, operator: OperatorProcess) -> dict[str, float]:
    """Metal3 is played until every host is provisioned; the worst that was seen meanwhile."""
    memory, status, end = 0.0, 0, time.monotonic() + SECONDS
    async with await Client.connect(kube.kubeconfig) as client:
        fleet = Fleet(client)
        await fleet.create()
        while await fleet.play() < HOSTS:
            assert time.monotonic() < end, kube.get("AirshipImage", "worker")["status"]["conditions"]
            memory = max(memory, operator.resident_mib())
            status = max(status, len(json.dumps(kube.get("AirshipImage", "worker").get("status", {}))))
    return {"MiB": memory, "status": status, "unavailable": fleet.most_unavailable}


@pytest.mark.timeout(2 * SECONDS)
def test_a_thousand_hosts_get_the_image_fifty_at_a_time(
    kube: Kube,
    kubelet: Kubelet,
    operator: OperatorProcess,
    job_of: Callable[[str], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    rollout = {"strategy": "Available", "selector": {"matchLabels": ROLE}, "maxUnavailable": AT_ONCE, "canary": 2}
    kube.apply(a_profile(), an_image(rollout=rollout))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    kubelet.finishes_image(job_of("worker-"))
    began = time.monotonic()
    worst = asyncio.run(played(kube, operator))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "RolledOut") == ("True", "RolledOut"), "the end")
    with capsys.disabled():
        print(f"\nrollout to {HOSTS} hosts: {time.monotonic() - began:.0f} s, {worst}")
    assert worst["unavailable"] <= AT_ONCE
    assert worst["MiB"] <= 200
    assert worst["status"] <= 32 << 10
    patched = re.findall(r"patched BareMetalHost (\S+)", operator.log.read_text())
    assert len(patched) == len(set(patched)) == HOSTS
    generations = {host["metadata"]["generation"] for host in kube.list("BareMetalHost")}
    assert generations == {2}, "made, then written to once"
