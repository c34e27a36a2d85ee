"""`python -m tests.bench.scale`: how do time and memory of the operator grow with the images, and does it rest?

The images are Ready: their documents and statuses are written as the operator itself would have left them, by its own
plan. No URL is asked, since nothing is rolled out. Half an hour at most, five minutes of it at rest.
"""

import argparse
import asyncio
import json
import re
import tempfile
import time
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from airship_images.api.status import ImageStatus
from airship_images.cluster.client import IMAGES, PROFILES, Client, Object
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.resync import resync
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.controller.settings import Settings
from airship_images.plan.plan import plan
from hack.cluster.control_plane import ControlPlane
from tests.api.documents import a_profile, an_image
from tests.api.kube import NAMESPACE, Json, Kube, counted_writes
from tests.api.operator_process import OperatorProcess, settings

LIMITS: Final = ("--max-requests-inflight=3000", "--max-mutating-requests-inflight=1000")
SIZES: Final = (500, 1500, 5000)
RESTING: Final = 1000
PROFILES_IN_USE: Final = 200
AT_ONCE: Final = 24
REST_SECONDS: Final = 300
TIMEOUT: Final = 300.0
STEADY_FOR: Final = 2.0
"""Seconds without a look after which the operator is taken to be steady; they are not counted."""
QUIET_FOR: Final = 20.0
"""Seconds without a write after which it is taken to be at rest; longer than anything waits that is not at rest."""
EVERY: Final = 0.25
"""Seconds between two questions to the operator, whose answers cost it processor time."""
_SAMPLE: Final = re.compile(r"^(airship_images_\w+)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)


class Scale:
    """One control plane with ever more images."""

    def __init__(self, client: Client, kubeconfig: Path, folder: Path, sizes: Iterable[int]) -> None:
        self._client = client
        self._sizes = sorted(sizes)
        self._kubeconfig = kubeconfig
        self._settings = settings(maxConcurrentBuilds={"total": 1})
        self._folder = folder
        self._count = 0

    async def run(self, rest_seconds: int) -> None:
        """Print every figure."""
        await _all(self._client.create(PROFILES, NAMESPACE, each) for each in _profiles())
        for size in self._sizes:
            if self._count < RESTING <= size and rest_seconds:
                await self._fill(RESTING)
                await self._rest(rest_seconds)
            await self._fill(size)
            await self._settle()
            await self._measure(size)

    async def _fill(self, count: int) -> None:
        """Ready images up to `count`."""
        numbers = range(self._count, count)
        await _all(self._client.create(IMAGES, NAMESPACE, _image(number)) for number in numbers)
        store = Store()
        await resync(self._client, store, (), ())
        policy = Settings.model_validate(self._settings).policy
        gatherer = Gatherer(store, self._client, policy, lambda: datetime.now(UTC))
        await _all(self._publish(gatherer, (NAMESPACE, _name(number))) for number in numbers)
        self._count = count

    async def _publish(self, gatherer: Gatherer, key: Key) -> None:
        state = await gatherer.gather(key)
        if state is None or state.build_hash is None:
            raise RuntimeError(f"{key[1]} makes no image: {state and state.inputs}")
        published = ImageStatus(
            url=f"{state.base_url}{state.build_hash}/worker.qcow2",
            checksum=state.build_hash,
            checksum_type="sha256",
            format="qcow2",
            size=1 << 28,
            digest=f"sha256:{state.build_hash}",
            short_digest=state.build_hash[:12],
            build_hash=state.build_hash,
            spec_hash=state.build_hash,
        )
        told = replace(
            state, status=state.status.model_copy(update={"image": published, "build_hash": state.build_hash})
        )
        body: Object = {"apiVersion": IMAGES.api_version, "kind": IMAGES.kind, "metadata": {"name": key[1]}}
        status = plan(told).status.model_dump(by_alias=True, exclude_none=True)
        await self._client.apply_status(IMAGES, NAMESPACE, {**body, "status": status})

    async def _settle(self) -> None:
        """Let an operator say what is to be said of all images together: who uses a profile, who is catalogued."""
        with OperatorProcess(self._kubeconfig, self._folder, self._settings) as operator:
            await self._steady(operator, self._count)
            await self._writes_when_quiet()

    async def _measure(self, size: int) -> None:
        started = time.monotonic()
        with OperatorProcess(self._kubeconfig, self._folder, self._settings) as operator:
            _print(f"start{size}_seconds", await self._steady(operator, size) - started, "s")
            _print(f"start{size}_cpu_seconds", operator.cpu_seconds(), "s")
            _print(f"rss{size}_mib", operator.resident_mib(), "MiB")
            before = operator.cpu_seconds()
            _print(f"fanout{size}_seconds", await self._change("welcome"), "s")
            _print(f"fanout{size}_cpu_seconds", operator.cpu_seconds() - before, "s")
            _print(f"rss{size}_after_fanout_mib", operator.resident_mib(), "MiB")
            if size != max(self._sizes):
                await self._change(None)

    async def _change(self, banner: str | None) -> float:
        """Change the profile that all use: seconds until the status of every image tells of another build."""
        listed, version = await self._client.list(IMAGES, NAMESPACE, keep=_build_hash) or ([], "")
        left = {each["name"]: each["buildHash"] for each in listed}
        started = time.monotonic()
        system = {"system": {"banners": {"login": banner} if banner else None}}
        await self._client.merge(PROFILES, NAMESPACE, "base", {"spec": system})
        query = {"watch": "true", "resourceVersion": version}
        async with asyncio.timeout(TIMEOUT):
            async for line in self._client.stream(IMAGES.path(NAMESPACE), query):
                seen = _build_hash(json.loads(line)["object"])
                if left.get(seen["name"]) != seen["buildHash"]:
                    left.pop(seen["name"], None)
                if not left:
                    break
        return time.monotonic() - started

    async def _steady(self, operator: OperatorProcess, looks: int) -> float:
        """When it had looked so often in all and then at nothing for a while."""
        last, since = -1, time.monotonic()
        async with asyncio.timeout(TIMEOUT):
            while last < looks or time.monotonic() - since < STEADY_FOR:
                await asyncio.sleep(EVERY)
                found = _looks(operator)
                if found != last:
                    last, since = found, time.monotonic()
        return since

    async def _rest(self, seconds: int) -> None:
        with OperatorProcess(self._kubeconfig, self._folder, self._settings) as operator:
            await self._steady(operator, self._count)
            before = await self._writes_when_quiet()
            await asyncio.sleep(seconds)
            _print("idle_writes", await self._writes() - before, "writes")

    async def _writes_when_quiet(self) -> int:
        """How much was written until nothing was for a while: a first start tells each profile who uses it."""
        last = -1
        async with asyncio.timeout(TIMEOUT):
            while last != (found := await self._writes()):
                last = found
                await asyncio.sleep(QUIET_FOR)
        return last

    async def _writes(self) -> int:
        lines = [line async for line in self._client.stream("/metrics", {})]
        return counted_writes("\n".join(lines))


def _build_hash(raw: Object) -> Object:
    return {"name": raw["metadata"]["name"], "buildHash": raw["status"]["buildHash"]}


def _looks(operator: OperatorProcess) -> int:
    """How often it has looked at an image; fewer than all that wait never count as many."""
    samples = [(name, float(value)) for name, value in _SAMPLE.findall(operator.answer("/metrics") or "")]
    return int(sum(value for name, value in samples if name == "airship_images_reconciles_total"))


async def _all(work: Iterable[Awaitable[object]]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[object]) -> None:
        async with slots:
            await each

    await asyncio.gather(*(one(each) for each in work))


def _profiles() -> list[Json]:
    """One that all use, and many that a few use each, of the size that profiles have."""
    files = [{"name": f"/etc/site/{number}.conf", "file_content": "setting = value\n" * 40} for number in range(4)]
    many = [
        a_profile(
            _profile(number),
            software={"packages": ["procps", *(f"package-{each}" for each in range(20))]},
            kernel={"sysctl": [{"name": f"net.core.example_{each}", "value": str(number)} for each in range(20)]},
            system={"files": files},
        )
        for number in range(PROFILES_IN_USE)
    ]
    return [a_profile(), *many]


def _profile(number: int) -> str:
    return f"role-{number % PROFILES_IN_USE}"


def _name(number: int) -> str:
    return f"image-{number}"


def _image(number: int) -> Json:
    profiles = [{"name": "base"}, {"name": _profile(number)}]
    params = {"system": {"banners": {"motd": f"image {number}"}}}
    return an_image(_name(number), profiles=profiles, params=params)


def _print(name: str, value: float, unit: str) -> None:
    print(json.dumps({"name": name, "value": round(value, 2), "unit": unit}), flush=True)


async def _scale(kubeconfig: Path, folder: Path, sizes: Iterable[int], rest_seconds: int) -> None:
    async with await Client.connect(kubeconfig) as client:
        await Scale(client, kubeconfig, folder, sizes).run(rest_seconds)


def main() -> None:
    """Start everything, measure, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many images")
    parser.add_argument("--rest", type=int, default=REST_SECONDS, help="seconds at rest; 0 leaves that out")
    asked = parser.parse_args()
    with ControlPlane(apiserver_arguments=LIMITS) as control_plane, tempfile.TemporaryDirectory() as folder:
        Kube(control_plane.kubeconfig).install()
        asyncio.run(_scale(control_plane.kubeconfig, Path(folder), asked.sizes, asked.rest))


if __name__ == "__main__":
    main()
