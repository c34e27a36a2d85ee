"""The API server refuses, hangs, breaks off and forgets: the operator goes on by itself, and nothing is lost."""

import math
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from airship_images.cluster.catalogue import CONFIG_MAP
from airship_images.cluster.client import PAGE
from airship_images.controller.informer import LISTED_AT_ONCE
from hack.cluster.control_plane import ADMIN, ADMINS, ControlPlane
from tests.api.documents import a_profile, an_image, condition, phase_of_build
from tests.api.faulty_proxy import Fault, FaultyProxy
from tests.api.kube import Kube, eventually
from tests.api.kubelet import IMAGE, ROOTFS, Kubelet
from tests.api.operator_process import OperatorProcess, settings, values

JobOf = Callable[[str], str]

WRITES = "^(POST|PATCH|DELETE)"
JOBS_WATCH = r"/jobs\?.*watch=true"
PODS_WATCH = r"/pods\?.*watch=true"
WRITES_AT_FIRST = {
    "conflict": Fault(WRITES, status=409, at_first=True),
    "too many requests": Fault(WRITES, status=429, headers=(("Retry-After", "1"),), at_first=True),
    "internal error": Fault(WRITES, status=500, at_first=True),
    "unavailable": Fault(WRITES, status=503, at_first=True),
    "broken before it is done": Fault(WRITES, "break before", at_first=True),
    "broken after it is done": Fault(WRITES, "break after", at_first=True),
}
NOTICED = 30
"""Seconds in which a watch, or what stands in for it, tells; the next look at everything is minutes away."""
GROWTH_MIB = 8
"""Four times what it grows by: 1.8 to 2.3 MiB."""
LEAST_WAIT = 0.75
"""Part of a wait that jitter leaves of it."""


@pytest.fixture(scope="module")
def proxy(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyProxy]:
    folder = tmp_path_factory.mktemp("proxy")
    with FaultyProxy(control_plane.url, control_plane.certificates, ADMIN, ADMINS, folder=folder) as running:
        yield running


@pytest.fixture(scope="module")
def operator(
    proxy: FaultyProxy, store: tuple[object, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """One operator that lives through everything here."""
    with OperatorProcess(proxy.kubeconfig, tmp_path_factory.mktemp("operator"), settings(store[1])) as running:
        yield running
        assert running.stop() == 0


def is_ready(kube: Kube, name: str = "worker") -> bool:
    return condition(kube.get("AirshipImage", name), "Ready") == ("True", "Ready")


def is_built(kubelet: Kubelet, job_of: JobOf) -> None:
    """An image is applied, built and published, by two Jobs with their inputs and no other."""
    kube = kubelet.kube
    kube.apply(a_profile(), an_image())
    rootfs = job_of("rootfs-")
    kubelet.finishes_rootfs(rootfs)
    image = job_of("worker-")
    digest = kubelet.finishes_image(image)
    eventually(partial(is_ready, kube), "Ready")
    assert kube.names("Job") == kube.names("ConfigMap") - {CONFIG_MAP} == {rootfs, image}
    status = kube.get("AirshipImage", "worker")["status"]
    assert status["image"]["checksum"] == digest
    assert [each["digest"] for each in status["history"]] == [f"sha256:{digest}"]
    assert {each["metadata"]["annotations"]["airshipit.org/attempt"] for each in kube.list("Job")} == {"1"}


@pytest.mark.parametrize("fault", WRITES_AT_FIRST.values(), ids=WRITES_AT_FIRST)
def test_an_image_is_built_though_every_write_fails_at_first(
    kubelet: Kubelet, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf, fault: Fault
) -> None:
    with proxy.broken(fault):
        is_built(kubelet, job_of)
    assert operator.lives()


def test_a_write_without_an_answer_delays_no_other_image(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf
) -> None:
    with proxy.broken(Fault("PATCH .*/airshipimages/silent/status", "hang")):
        kube.apply(a_profile(), an_image("silent", "nowhere"))
        eventually(lambda: proxy.count("PATCH .*/airshipimages/silent/status"), "a write that hangs")
        is_built(kubelet, job_of)
    eventually(lambda: condition(kube.get("AirshipImage", "silent"), "Stalled"), "the write is tried again")


def test_images_that_fail_delay_no_other_and_are_tried_ever_more_seldom(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf
) -> None:
    names, seconds = [f"refused-{number}" for number in range(20)], 8.0
    started = time.monotonic()
    refused = "PATCH .*/airshipimages/refused-.*/status"
    before = proxy.count(refused)
    with proxy.broken(Fault(refused, status=500)):
        kube.apply(a_profile(), *(an_image(name, "nowhere") for name in names))
        memory, until = operator.resident_mib(), time.monotonic() + seconds
        is_built(kubelet, job_of)
        time.sleep(max(until - time.monotonic(), 0))
        tries = (proxy.count(refused) - before) / len(names)
        most = math.log2(2 * (time.monotonic() - started) / LEAST_WAIT + 1) + 1
    assert 2 <= tries <= most + 1  # after 0, 0.5, 1.5, 3.5 and 7.5 s, more or less, and when everything is looked at
    assert operator.resident_mib() - memory < GROWTH_MIB
    for name in names:
        eventually(lambda name=name: condition(kube.get("AirshipImage", name), "Stalled"), name)  # type: ignore[misc]


def test_watches_that_end_lose_nothing(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf
) -> None:
    eventually(lambda: proxy.watches() >= 5, "images, profiles, ConfigMaps, Jobs and pods are watched")
    before = proxy.count("watch=true")
    ended = proxy.end_watches()
    kube.apply(a_profile(), an_image())
    rootfs = job_of("rootfs-")
    ended += proxy.end_watches()
    kubelet.finishes_rootfs(rootfs)
    image = job_of("worker-")
    ended += proxy.end_watches()
    kubelet.finishes_image(image)
    eventually(partial(is_ready, kube), "Ready")
    assert proxy.count("watch=true") - before <= ended + 5


def test_a_watch_that_cannot_be_had_is_asked_for_ever_more_seldom(
    kube: Kube, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf
) -> None:
    with proxy.broken(Fault(JOBS_WATCH, status=503)):
        before = proxy.count(JOBS_WATCH)
        proxy.end_watches()
        time.sleep(5)
        assert proxy.count(JOBS_WATCH) - before <= 6
        eventually(lambda: proxy.count(JOBS_WATCH) - before >= 2, "it is asked for again")
        kube.apply(a_profile(), an_image())
        job_of("rootfs-")
    assert operator.lives()


def test_it_stops_at_once_though_its_watch_breaks_off_again_and_again(
    operator: OperatorProcess, proxy: FaultyProxy
) -> None:
    with proxy.broken(Fault(JOBS_WATCH, "end", status=500)):
        proxy.end_watches()
        eventually(lambda: operator.log.read_text().count("broke off, another") > 1, "a watch that breaks off twice")
        assert operator.stop() == 0
    operator.start()


@pytest.mark.parametrize("status", [410, 500], ids=["its place is lost", "an error"])
def test_what_was_deleted_while_a_watch_was_broken_is_noticed(
    kubelet: Kubelet, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf, status: int
) -> None:
    kube = kubelet.kube
    kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    name = job_of("worker-")
    former = kube.get("Job", name)["metadata"]["uid"]
    with proxy.broken(Fault(JOBS_WATCH, status=503)):
        before = proxy.count(JOBS_WATCH)
        proxy.end_watches()
        eventually(lambda: proxy.count(JOBS_WATCH) > before, "a watch that is refused")
        kube.delete("Job", name)
    with proxy.broken(Fault(JOBS_WATCH, "end", status=status)):
        before = proxy.count(JOBS_WATCH)
        eventually(lambda: proxy.count(JOBS_WATCH) > before, "a watch that ends with an error", NOTICED)

    eventually(partial(kube.is_made_anew, "Job", name, former), "the Job is made anew", NOTICED)
    kubelet.finishes_image(name)
    eventually(partial(is_ready, kube), "Ready")
    assert operator.lives()


def test_what_is_deleted_between_the_first_list_and_the_first_watch_is_noticed_though_the_next_list_fails(
    kube: Kube, operator: OperatorProcess, proxy: FaultyProxy
) -> None:
    assert operator.stop() == 0
    kube.apply(an_image("short-lived", "nowhere"))
    with proxy.broken(Fault(rf"/airshipimages\?.*limit={LISTED_AT_ONCE}", status=503)):
        operator.start()
        eventually(lambda: condition(kube.get("AirshipImage", "short-lived"), "Stalled"), "it is looked at")
        kube.delete("AirshipImage", "short-lived")
    next_list = rf"/airshipimages\?limit={PAGE}"
    before = proxy.count(next_list)
    with proxy.broken(Fault(next_list, status=503)):
        eventually(lambda: proxy.count(next_list) > before, "everything is listed again")
    eventually(partial(operator.has_seen, kube), "its end is noticed", NOTICED)


def test_what_a_pod_did_is_measured_though_its_end_is_told_after_that_of_its_job(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    rootfs = job_of("rootfs-")
    kubelet.runs(rootfs, "rootfs")
    eventually(lambda: phase_of_build(kube.get("AirshipImage", "worker")) == "rootfs", "the pod is known")
    before = measured(operator)
    with proxy.broken(Fault(PODS_WATCH, status=503)):
        asked = proxy.count(PODS_WATCH)
        proxy.end_watches()
        eventually(lambda: proxy.count(PODS_WATCH) > asked, "a watch that is refused")
        kubelet.finishes_rootfs(rootfs)
        job_of("worker-")
        assert measured(operator) == before
    eventually(lambda: measured(operator) == before + len(ROOTFS), "each of its phases is measured")


def test_what_a_pod_did_is_measured_though_it_ended_before_a_watch_told_of_it(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, proxy: FaultyProxy, job_of: JobOf
) -> None:
    assert operator.stop() == 0
    with proxy.broken(Fault(rf"/pods\?.*limit={LISTED_AT_ONCE}", status=503)):
        operator.start()
        kube.apply(a_profile(), an_image())
        kubelet.finishes_rootfs(job_of("rootfs-"))
        job_of("worker-")
    eventually(lambda: measured(operator) == len(ROOTFS), "each of its phases is measured", NOTICED)
    assert operator.stop() == 0
    operator.start()
    kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: measured(operator) == len(IMAGE), "and not another time by the next operator")


def measured(operator: OperatorProcess) -> float:
    """How many phases it has measured since it was started."""
    return sum(values(operator.answer("/metrics") or "", "airship_images_phase_seconds_count"))


def test_a_list_whose_pages_are_compacted_meanwhile_is_made_at_once(
    kube: Kube, control_plane: ControlPlane, proxy: FaultyProxy, operator: OperatorProcess, job_of: JobOf
) -> None:
    """Which happens to thousands of images; here the pages of one."""
    kube.apply(a_profile(), an_image("first"))
    job_of("rootfs-")
    with proxy.broken(Fault(r"GET .*/airshipimages\?limit=", status=410)):
        assert operator.stop() == 0
        operator.start()
        kube.apply(an_image("second"))
        eventually(lambda: condition(kube.get("AirshipImage", "second"), "Ready"), "the second image is looked at")
