"""`python -m tests.bench.operator`: how fast is the operator, on a real etcd and kube-apiserver and nothing else?

An image is timed from the API server's answer to its creation to the moment at which a watch sees its first Job. Writes
are counted by the API server's own metrics: all but Events and the Lease, and but the bench's own.
"""

import asyncio
import json
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from airship_images.cluster.client import IMAGES, JOBS, PROFILES, Client
from hack.cluster.control_plane import ControlPlane
from tests.api.documents import a_profile, an_image
from tests.api.kube import NAMESPACE, Json, Kube, counted_writes
from tests.api.operator_process import OperatorProcess, settings

LIMITS: Final = ("--max-requests-inflight=3000", "--max-mutating-requests-inflight=1000")
WARM_UP: Final = 5
SAMPLES: Final = 40
BURST: Final = 300
TIMEOUT: Final = 120.0
SETTLED: Final = 1.0
"""Seconds after which an image has its status too."""


class Bench:
    """One control plane with the operator at work, and the times at which Jobs appeared."""

    def __init__(self, client: Client, operator: OperatorProcess) -> None:
        self._client = client
        self._operator = operator
        self._jobs: list[float] = []
        self._seen = asyncio.Event()

    async def run(self) -> None:
        """Print every figure."""
        watching = asyncio.create_task(self._watch())
        await self._client.create(PROFILES, NAMESPACE, a_profile())
        for number in range(WARM_UP):
            await self._latency(f"warm-{number}")
        await asyncio.sleep(SETTLED)
        writes = await self._writes()
        latencies = [await self._latency(f"single-{number}") for number in range(SAMPLES)]
        await asyncio.sleep(SETTLED)
        writes = await self._writes() - writes - SAMPLES
        _print("job_latency_p50_ms", statistics.median(latencies) * 1000, "ms")
        _print("job_latency_p95_ms", statistics.quantiles(latencies, n=20)[-1] * 1000, "ms")
        _print("writes_per_job", writes / SAMPLES, "writes")
        _print("burst300_seconds", await self._burst(), "s")
        _print("operator_rss_mib", self._operator.resident_mib(), "MiB")
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    async def _latency(self, name: str) -> float:
        count = len(self._jobs)
        await self._client.create(IMAGES, NAMESPACE, _image(name))
        created = time.monotonic()
        await self._until_jobs(count + 1)
        return self._jobs[-1] - created

    async def _burst(self) -> float:
        count, started = len(self._jobs), time.monotonic()
        images = (self._client.create(IMAGES, NAMESPACE, _image(f"burst-{number}")) for number in range(BURST))
        await asyncio.gather(*images)
        await self._until_jobs(count + BURST)
        return self._jobs[-1] - started

    async def _until_jobs(self, count: int) -> None:
        async with asyncio.timeout(TIMEOUT):
            while len(self._jobs) < count:
                self._seen.clear()
                await self._seen.wait()

    async def _watch(self) -> None:
        async for line in self._client.stream(JOBS.path(NAMESPACE), {"watch": "true"}):
            if json.loads(line)["type"] == "ADDED":
                self._jobs.append(time.monotonic())
                self._seen.set()

    async def _writes(self) -> int:
        lines = [line async for line in self._client.stream("/metrics", {})]
        return counted_writes("\n".join(lines))


def _image(name: str) -> Json:
    """An image whose root filesystem no other has."""
    return an_image(name, params={"software": {"packages": [f"package-of-{name}"]}})


def _print(name: str, value: float, unit: str) -> None:
    print(json.dumps({"name": name, "value": round(value, 2), "unit": unit}), flush=True)


async def _bench(kubeconfig: Path, operator: OperatorProcess) -> None:
    async with await Client.connect(kubeconfig) as client:
        await Bench(client, operator).run()


def main() -> None:
    """Start everything, measure, and leave nothing behind."""
    with ControlPlane(apiserver_arguments=LIMITS) as control_plane, tempfile.TemporaryDirectory() as folder:
        kube = Kube(control_plane.kubeconfig)
        kube.install()
        with OperatorProcess(control_plane.kubeconfig, Path(folder), settings()) as operator:
            asyncio.run(_bench(control_plane.kubeconfig, operator))


if __name__ == "__main__":
    main()
