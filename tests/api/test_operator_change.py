"""The wish changes while it is being fulfilled."""

import re
import time
from collections.abc import Callable
from functools import partial

from airship_images.cli.main import run
from tests.api.documents import a_profile, an_image, condition, phase_of_build
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

JobOf = Callable[[str], str]
WELCOME = {"system": {"banners": {"login": "welcome"}}}
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


def jobs_of(kube: Kube, image: str = "worker") -> set[str]:
    """The image's own Jobs that are not on their way out."""
    found = kube.list("Job", f"airshipit.org/image={image}")
    return {each["metadata"]["name"] for each in found if "deletionTimestamp" not in each["metadata"]}


def is_ready(kube: Kube) -> bool:
    return condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready")


def events(kube: Kube, reason: str) -> list[Json]:
    return [each for each in kube.list("Event") if each["reason"] == reason]


def another_job(kube: Kube, former: str) -> str:
    (name,) = eventually(lambda: jobs_of(kube) - {former}, "the Job of the newer spec")
    return name


def test_a_newer_spec_stops_the_running_job_and_says_so(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    rootfs = job_of("rootfs-")
    kubelet.finishes_rootfs(rootfs)
    former = job_of("worker-")
    kubelet.runs(former, "configure")
    kube.apply(an_image(params=WELCOME))
    newer = another_job(kube, former)
    eventually(lambda: jobs_of(kube) == {newer}, "the former Job is stopped")
    assert kube.exists("Job", rootfs)
    (told,) = eventually(partial(events, kube, "Superseded"), "an event")
    assert told["regarding"]["name"] == "worker"
    assert former in told["note"]
    kubelet.finishes_image(newer)
    eventually(partial(is_ready, kube), "Ready")


def test_a_job_that_publishes_already_goes_on(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    former = job_of("worker-")
    kubelet.runs(former, "publish")
    eventually(lambda: phase_of_build(kube.get("AirshipImage", "worker")) == "publish", "phase publish")
    kube.apply(an_image(params=WELCOME))
    newer = another_job(kube, former)
    time.sleep(SETTLED)
    assert jobs_of(kube) == {former, newer}


def test_a_suspended_image_finishes_what_runs_and_starts_nothing(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    running = job_of("worker-")
    kubelet.runs(running, "configure")
    kube.apply(an_image(suspend=True))
    kubelet.finishes_image(running)
    eventually(partial(is_ready, kube), "Ready")
    kube.apply(an_image(suspend=True, params=WELCOME))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") == ("False", "Suspended"), "Suspended")
    assert jobs_of(kube) == {running}


def test_a_rebuild_is_asked_for_on_the_command_line_and_done_once(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    former = job_of("worker-")
    kubelet.finishes_image(former)
    eventually(partial(is_ready, kube), "Ready")

    assert run(["rebuild", "default/worker", "--kubeconfig", str(kube.kubeconfig)]) == 0
    newer = another_job(kube, former)
    kubelet.finishes_image(newer, content=b"another qcow2")
    eventually(lambda: len(kube.get("AirshipImage", "worker")["status"]["history"]) == 2, "a second artifact")
    status = kube.get("AirshipImage", "worker")["status"]
    assert re.fullmatch(r"[0-9]{4}-.*Z", status["trigger"])
    kube.patch("AirshipImage", "worker", {"metadata": {"annotations": {"airshipit.org/rebuild-requested": None}}})
    time.sleep(SETTLED)
    assert jobs_of(kube) == {former, newer}
    assert kube.get("AirshipImage", "worker")["status"] == status


def test_a_rebuild_request_tries_a_failed_root_filesystem_again(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image(), an_image("another"))
    name = job_of("rootfs-")
    kubelet.fails_for_good(name)
    for image in ("worker", "another"):
        eventually(partial(stalled, kube, image), "Stalled")
    former = kube.get("Job", name)["metadata"]["uid"]
    assert run(["rebuild", "default/worker", "--kubeconfig", str(kube.kubeconfig)]) == 0
    eventually(lambda: kube.is_made_anew("Job", name, former), "a second try")
    kubelet.finishes_rootfs(name)
    eventually(lambda: jobs_of(kube) and jobs_of(kube, "another"), "it is for both")


def stalled(kube: Kube, image: str) -> bool:
    return (condition(kube.get("AirshipImage", image), "Stalled") or ("",))[0] == "True"


def test_a_rebuild_of_what_is_not_there_is_an_error_of_the_input(kube: Kube) -> None:
    assert run(["rebuild", "default/nobody", "--kubeconfig", str(kube.kubeconfig)]) == 2
