"""What Prometheus is told."""

from dataclasses import replace
from typing import Any, Literal

import pytest
from prometheus_client import REGISTRY

from airship_images.api.build import CacheLookup
from airship_images.api.reasons import Reason
from airship_images.cluster.metrics import resource
from airship_images.cluster.store import Store
from airship_images.controller.line import WaitingLine
from airship_images.controller.metrics import Inventory, count_builds, measure_phases
from airship_images.plan.catalogue import Unnamed
from airship_images.plan.line import Limits
from airship_images.plan.plan import plan
from airship_images.plan.served import Served
from airship_images.plan.state import Check, State
from tests.unit.plan.states import (
    DIGEST,
    NOW,
    SOURCE_URL,
    a_failure,
    a_sourced_image,
    a_sourced_state,
    a_state,
    image_job,
    rootfs_job,
    with_built_image,
    with_served,
    written,
)

ENTRIES: tuple[Literal["rootfs", "disk"], ...] = ("rootfs", "disk")


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def failed(*, retryable: bool = True) -> State:
    state = a_state()
    failure = a_failure("rootfs", retryable=retryable)
    return replace(state, rootfs_job=rootfs_job(state, outcome="failed", finished=NOW, failure=failure))


def counted(state: State, outcome: str, reason: str) -> float:
    """How many builds more there are once this plan's status is written."""
    before = value("airship_images_builds_total", outcome=outcome, reason=reason)
    count_builds(state.status, plan(state).status)
    return value("airship_images_builds_total", outcome=outcome, reason=reason) - before


def test_each_failed_try_is_counted_once_by_its_reason() -> None:
    assert counted(failed(), "failed", Reason.MIRROR_FAILED) == 1
    assert counted(written(failed()), "failed", Reason.MIRROR_FAILED) == 0
    assert counted(failed(retryable=False), "failed", Reason.PACKAGES_FAILED) == 1


def test_a_published_build_is_counted_once() -> None:
    ready = with_served(with_built_image(a_state()))
    assert counted(ready, "succeeded", Reason.PUBLISHED) == 1
    assert counted(written(ready), "succeeded", Reason.PUBLISHED) == 0


def test_what_was_built_elsewhere_is_no_build() -> None:
    served = Served(SOURCE_URL, f"sha256:{DIGEST}", size=7)
    read = a_sourced_state(checks={(SOURCE_URL, served.digest): Check(NOW, served)})
    assert plan(read).status.image is not None
    assert counted(read, "succeeded", Reason.PUBLISHED) == 0


def test_what_was_built_elsewhere_and_booted_here_counts() -> None:
    served = Served(SOURCE_URL, f"sha256:{DIGEST}", size=7)
    image = a_sourced_image(verify={"boot": True})
    read = a_sourced_state(image, checks={(SOURCE_URL, served.digest): Check(NOW, served)})
    booted = replace(read, image_job=image_job(read, outcome="succeeded"))
    assert counted(read, "succeeded", Reason.PUBLISHED) == 0
    assert counted(booted, "succeeded", Reason.PUBLISHED) == 1


def test_a_build_that_runs_counts_for_nothing() -> None:
    assert counted(a_state(), "failed", Reason.MIRROR_FAILED) == 0


def test_the_seconds_of_each_phase_are_those_of_its_container() -> None:
    ended = {"terminated": {"startedAt": "2026-03-01T12:00:00Z", "finishedAt": "2026-03-01T12:00:42Z", "exitCode": 0}}
    before = value("airship_images_phase_seconds_sum", phase="configure")
    running = {"name": "boot", "state": {"running": {}}}
    measure_phases({"status": {"initContainerStatuses": [{"name": "configure", "state": ended}, running]}})
    assert value("airship_images_phase_seconds_sum", phase="configure") - before == 42


@pytest.mark.parametrize(("hit", "outcome"), [(True, "hit"), (False, "miss")])
def test_what_the_cache_had_is_counted_as_the_phases_say(*, hit: bool, outcome: str) -> None:
    before = {entry: value("airship_images_cache_lookups_total", entry=entry, outcome=outcome) for entry in ENTRIES}
    words = {entry: CacheLookup(entry=entry, hit=hit).model_dump_json(by_alias=True) for entry in ENTRIES}
    ended = [
        {"name": "fetch", "state": {"terminated": {"exitCode": 0, "message": words["rootfs"]}}},
        {"name": "disk", "state": {"terminated": {"exitCode": 0, "message": words["disk"]}}},
        {"name": "configure", "state": {"terminated": {"exitCode": 0, "message": ""}}},
        {"name": "boot", "state": {"running": {}}},
    ]
    measure_phases({"status": {"initContainerStatuses": ended}})
    for entry in ENTRIES:
        assert value("airship_images_cache_lookups_total", entry=entry, outcome=outcome) - before[entry] == 1


def an_image(name: str, **status: Any) -> dict[str, Any]:
    metadata = {"namespace": "default", "name": name, "uid": name, "resourceVersion": "1"}
    return {"metadata": metadata, "spec": {}, "status": status}


def test_images_and_hosts_are_counted_when_somebody_asks() -> None:
    store = Store()
    counts = {"updated": 2, "updating": 1, "eligible": 0, "failed": 1, "untouchable": 4}
    history = [{"publishedAt": "2026-03-01T12:00:00Z"}, {"publishedAt": "2026-01-01T12:00:00Z"}]
    store.images.put(an_image("one", phase="Ready", hosts=counts, history=history))
    store.images.put(an_image("two", phase="Ready", hosts=counts))
    store.images.put(an_image("three", observedGeneration=-1))
    store.unnamed = {"default": Unnamed(frozenset({"one", "two"})), "elsewhere": Unnamed()}
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in Inventory(store, WaitingLine(store, Limits(), lambda _: None)).collect()
        for sample in metric.samples
    }
    assert samples["airship_images_images", "Ready"] == 2
    assert samples["airship_images_images", "Pending"] == 1
    assert samples["airship_images_hosts", "updated"] == 4
    assert samples["airship_images_hosts", "untouchable"] == 8
    assert samples["airship_images_builds_running",] == 0
    assert samples["airship_images_uncatalogued",] == 2
    assert samples["airship_images_last_success_timestamp_seconds",] == NOW.timestamp()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/namespaces/default/configmaps/rootfs-a", "configmaps"),
        ("/apis/airshipit.org/v1alpha1/namespaces/default/airshipimages/worker/status", "airshipimages/status"),
        ("/apis/airshipit.org/v1alpha1/airshipimages", "airshipimages"),
        ("/api/v1/namespaces/default/pods/rootfs-a-x/log", "pods/log"),
        ("/apis/metal3.io", "discovery"),
        ("/openapi/v3/apis/airshipit.org/v1alpha1", "discovery"),
        ("/apis/metal3.io/v1alpha1", "discovery"),
    ],
)
def test_requests_are_told_apart_by_kind_and_never_by_name(path: str, expected: str) -> None:
    assert resource(path) == expected


def test_every_metric_is_named_by_the_rules() -> None:
    for metric in REGISTRY.collect():
        if metric.name.startswith("airship_images"):
            assert metric.documentation
            assert metric.type != "histogram" or metric.name.endswith("_seconds")
            for sample in metric.samples:
                assert not {"image", "name", "namespace", "host"} & sample.labels.keys()
                assert metric.type != "counter" or sample.name.endswith(("_total", "_created"))
