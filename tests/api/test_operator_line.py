"""Many images at once, where only so many builds may run."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from tests.api.documents import a_profile, an_image, condition, phase_of_build
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

AnOperator = Callable[..., OperatorProcess]


def image_of_its_own(name: str) -> Json:
    """No other has its root filesystem."""
    return an_image(name, params={"software": {"packages": [f"package-of-{name}"]}})


def has_jobs(kube: Kube, count: int) -> bool:
    return len(kube.names("Job")) == count


def is_queued(kube: Kube, name: str) -> bool:
    return condition(kube.get("AirshipImage", name), "Built") == ("False", "Queued")


def place(kube: Kube, name: str) -> int | None:
    build = kube.get("AirshipImage", name).get("status", {}).get("build") or {}
    return build.get("queuePosition")


def test_builds_beyond_the_limit_wait_in_line_and_start_one_after_the_other(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator
) -> None:
    names = ("one", "two", "three")
    with an_operator(maxConcurrentBuilds={"total": 1}):
        kube.apply(a_profile(), *(image_of_its_own(name) for name in names))
        eventually(lambda: sorted(place(kube, name) or 0 for name in names) == [0, 1, 2], "two images in line")
        waiting = next(name for name in names if place(kube, name))
        assert is_queued(kube, waiting)
        for count in (1, 2, 3):
            (running,) = eventually(kube.running_jobs, "the next Job")
            assert has_jobs(kube, count)
            kubelet.fails_for_good(running)


@pytest.mark.parametrize("total", [1, 2])
def test_the_backlog_of_a_namespace_holds_up_no_other(
    kube: Kube, elsewhere: Kube, kubelet: Kubelet, an_operator: AnOperator, total: int
) -> None:
    names = ("one", "two", "three", "four")
    with an_operator(maxConcurrentBuilds={"total": total}):
        kube.apply(a_profile(), *(image_of_its_own(name) for name in names))
        eventually(lambda: len(kube.running_jobs()) == total, "the first Jobs")
        eventually(lambda: sum(is_queued(kube, name) for name in names) == len(names) - total, "the others in line")
        first = kube.running_jobs()
        elsewhere.apply(a_profile(), image_of_its_own("late"))
        eventually(lambda: is_queued(elsewhere, "late"), "an image that came after all of them")
        kubelet.fails_for_good(first[0])
        (job,) = eventually(elsewhere.running_jobs, "its Job")
        assert kube.names("Job") == {*first}, "none of the backlog went before it"
        replace(kubelet, kube=elsewhere).fails_for_good(job)
        eventually(partial(has_jobs, kube, total + 1), "the next of the backlog")


def test_progress_of_a_build_costs_one_write_in_five_seconds(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: Callable[[str], str]
) -> None:
    with an_operator():
        kube.apply(a_profile())
        started = time.monotonic()
        kube.apply(an_image())
        job = job_of("rootfs-")
        eventually(lambda: phase_of_build(kube.get("AirshipImage", "worker")), "the first status")
        before = kube.get("AirshipImage", "worker")["metadata"]["resourceVersion"]
        for phase in ("fetch", "rootfs", "commit"):
            kubelet.runs(job, phase)
        eventually(lambda: phase_of_build(kube.get("AirshipImage", "worker")) == "commit", "the last phase")
        written = list(kube.told_since("AirshipImage", before))
        assert 0 < len(written) <= (time.monotonic() - started) / 5
