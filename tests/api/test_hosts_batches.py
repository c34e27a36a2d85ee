"""A rollout takes its time on the real API server: it soaks, keeps to its window, and stops where hosts fail."""

import json
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from airship_images.plan.memory import MEMORY
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import Metal3
from tests.api.operator_process import OperatorProcess
from tests.api.published import JobOf, build, rolled_out
from tests.bmh.builders import Json
from tests.command_line import CommandLine

SOAK = 8
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""
FAILED = {
    "operationalStatus": "error",
    "errorType": "provisioning error",
    "errorMessage": "cannot write",
    "errorCount": 1,
}


@pytest.fixture(autouse=True)
def _two_hosts(metal3: Metal3, rolling_operator: OperatorProcess) -> None:
    for name in ("a", "b"):
        metal3.available(name)


def has_image(metal3: Metal3, name: str) -> bool:
    return "image" in metal3.live(name)["spec"]


def window(opens: datetime) -> Json:
    return {"cron": f"{opens.minute} {opens.hour} * * *", "duration": "1h"}


def change(kube: Kube, **rollout: object) -> None:
    kube.patch("AirshipImage", "worker", {"spec": {"rollout": rollout}})


def test_a_host_soaks_before_the_next_one_is_given_the_image(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of, strategy="Available", soak=f"{SOAK}s")
    eventually(partial(has_image, metal3, "a"), "an image for a")
    eventually(lambda: metal3.looks("a") == ["provisioned"], "a provisioned")
    eventually(lambda: kube.get("AirshipImage", "worker")["status"]["hosts"].get("soaking"), "a soaks")
    eventually(partial(has_image, metal3, "b"), "an image for b")
    provisioned = metal3.live("a")["status"]["operationHistory"]["provision"]["end"]
    given = json.loads(metal3.live("b")["metadata"]["annotations"][MEMORY])["time"]
    assert datetime.fromisoformat(given) >= datetime.fromisoformat(provisioned) + timedelta(seconds=SOAK)


def test_no_host_is_given_it_before_the_window_opens(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of, strategy="Available", window=window(datetime.now(UTC) + timedelta(hours=12)))
    eventually(lambda: rolled_out(kube) == ("False", "OutsideWindow"), "OutsideWindow")
    time.sleep(SETTLED)
    assert not any(has_image(metal3, name) for name in ("a", "b"))
    change(kube, window=window(datetime.now(UTC) - timedelta(minutes=5)))
    eventually(partial(has_image, metal3, "a"), "an image for a, in the window")


def test_a_canary_that_fails_stops_the_rollout_until_somebody_accepts_it(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, job_of: JobOf, airship_images: CommandLine
) -> None:
    build(kube, kubelet, job_of, strategy="Available", canary=1, maxUnavailable=2)
    eventually(lambda: metal3.looks("a") == ["provisioning"], "a provisioning")
    metal3.patch("a", {"status": FAILED}, "--subresource=status")
    eventually(lambda: rolled_out(kube) == ("False", "CanaryFailed"), "CanaryFailed")
    time.sleep(SETTLED)
    assert not has_image(metal3, "b")
    assert airship_images("resume", "default/worker", "--accept-failures").code == 0
    eventually(partial(has_image, metal3, "b"), "an image for b, the canary now")


def test_so_many_hosts_may_fail_as_max_failures_says(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of, strategy="Available", maxFailures=2, maxUnavailable=2)
    for name in ("a", "b"):
        eventually(lambda name=name: metal3.looks(name) == ["provisioning"], f"{name} provisioning")  # type: ignore[misc]
    metal3.patch("a", {"status": FAILED}, "--subresource=status")
    eventually(lambda: kube.get("AirshipImage", "worker")["status"]["hosts"]["failed"] == 1, "one failed")
    assert rolled_out(kube) == ("False", "RollingOut")
    metal3.patch("b", {"status": FAILED}, "--subresource=status")
    eventually(lambda: rolled_out(kube) == ("False", "MaxFailuresReached"), "MaxFailuresReached")
