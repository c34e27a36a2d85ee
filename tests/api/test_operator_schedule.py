"""Newer packages by schedule and by request, against a real API server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from airship_images.cli.main import run
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

JobOf = Callable[[str], str]
OLD, NEW = "0a" * 32, "1b" * 32
WEEKLY = {"cron": f"0 3 * * {(datetime.now(UTC) + timedelta(days=3)).isoweekday() % 7}"}
"""Never while the tests run."""


def schedule_of(kube: Kube) -> Json:
    found: Json = kube.get("AirshipImage", "worker")["status"].get("schedule", {})
    return found


def is_ready(kube: Kube) -> bool:
    return condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready")


def test_missed_times_are_made_up_for_once_and_end_as_unchanged_without_newer_packages(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    first = kubelet.finishes_image(job_of("worker-"), packages=OLD)
    eventually(lambda: is_ready(kube), "Ready")

    kube.patch("AirshipImage", "worker", {"spec": {"schedule": WEEKLY}})
    promised = str(eventually(lambda: schedule_of(kube).get("nextTime"), "a next time"))
    assert datetime.fromisoformat(promised) > datetime.now(UTC)
    assert not [name for name in kube.names("Job") if name.startswith("refresh-")]

    missed = (datetime.fromisoformat(promised) - timedelta(weeks=5)).isoformat().replace("+00:00", "Z")
    kube.patch_status("AirshipImage", "worker", {"schedule": {"nextTime": missed}})
    refresh = job_of("refresh-")
    kubelet.finds_packages(refresh, OLD)
    eventually(lambda: schedule_of(kube).get("lastOutcome") == "Unchanged", "Unchanged")
    assert (schedule_of(kube)["lastTime"], schedule_of(kube)["nextTime"]) == (missed, promised)
    assert kube.get("AirshipImage", "worker")["status"]["image"]["digest"] == f"sha256:{first}"
    assert len([name for name in kube.names("Job") if name.startswith(("rootfs-", "worker-"))]) == 2


def test_a_request_takes_newer_packages_and_publishes_a_new_digest(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    rootfs = job_of("rootfs-")
    kubelet.finishes_rootfs(rootfs)
    worker = job_of("worker-")
    first = kubelet.finishes_image(worker, packages=OLD)
    eventually(lambda: is_ready(kube), "Ready")

    assert run(["rebuild", "default/worker", "--refresh", "--kubeconfig", str(kube.kubeconfig)]) == 0
    kubelet.finds_packages(job_of("refresh-"), NEW)

    def another(start: str, known: str) -> str:
        return eventually(
            lambda: [name for name in kube.names("Job") if name.startswith(start) and name != known], f"a new {start}"
        )[0]

    kubelet.finishes_rootfs(another("rootfs-", rootfs))
    second = kubelet.finishes_image(another("worker-", worker), b"a newer qcow2", packages=NEW)
    eventually(lambda: is_ready(kube) and image_of(kube)["digest"] == f"sha256:{second}", "the new image")
    assert second != first
    assert image_of(kube)["packages"] == NEW
    assert schedule_of(kube)["lastOutcome"] == "Changed"
    told = [event["note"] for event in kube.list("Event") if event["reason"] == "Building"]
    assert any("its packages have newer versions" in each for each in told)


def image_of(kube: Kube) -> Json:
    found: Json = kube.get("AirshipImage", "worker")["status"]["image"]
    return found
