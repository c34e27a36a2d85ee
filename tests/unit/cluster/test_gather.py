"""Which Jobs a look at an image tells its plan of, and what of them."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airship_images.cluster.gather import Gatherer
from airship_images.cluster.store import Store
from airship_images.plan.actions import DeleteJob
from airship_images.plan.jobs import removal_job_name
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.api.documents import a_profile, an_image
from tests.unit.cluster.test_documents import KEY, published, stored
from tests.unit.cluster.test_documents_remembered import POLICY, ConfigMapsOnly

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DELETED = {"deletionTimestamp": "2026-03-01T12:00:00Z", "finalizers": ["airshipit.org/artifacts"]}
OWNED = {
    "labels": {"airshipit.org/image": "worker", "airshipit.org/build-hash": "b"},
    "ownerReferences": [{"uid": "uid-worker"}],
}


def gathered(store: Store, clock: Callable[[], datetime] = lambda: NOW) -> State:
    state = asyncio.run(Gatherer(store, ConfigMapsOnly({}), POLICY, clock).gather(KEY))
    assert state is not None
    return state


@pytest.mark.parametrize("documents", [[a_profile()], [], [a_profile(kernel=7)]], ids=["valid", "gone", "invalid"])
def test_what_an_image_builds_when_it_is_deleted_is_stopped_whatever_its_profiles_are(
    documents: list[dict[str, Any]],
) -> None:
    store = Store()
    for profile in documents:
        store.profiles.put(stored(profile))
    status = published("f" * 64).model_dump(by_alias=True, exclude_none=True)
    store.images.put({**stored(an_image(deletionPolicy="Delete"), **DELETED), "status": status})
    store.jobs.put(stored({"metadata": {"name": "worker-b"}}, **OWNED))
    state = gathered(store)
    assert [job.name for job in state.former_jobs] == ["worker-b"]
    assert DeleteJob("worker-b", "uid-worker-b") in plan(state).actions


def a_removal_that_failed(at: datetime) -> dict[str, Any]:
    """Of the image `worker`, as Kubernetes tells of it."""
    told = {"type": "Failed", "status": "True", "lastTransitionTime": at.isoformat()}
    job = {"metadata": {"name": removal_job_name("uid-worker")}, "status": {"conditions": [told]}}
    return stored(job, labels={"airshipit.org/removal": "true"})


def its_pod(job: dict[str, Any]) -> dict[str, Any]:
    named = {"batch.kubernetes.io/job-name": job["metadata"]["name"]}
    owner = {"uid": job["metadata"]["uid"]}
    return stored({"metadata": {"name": "pod"}, "status": {"phase": "Failed"}}, labels=named, ownerReferences=[owner])


@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(hours=2)], ids=["behind", "ahead"])
def test_a_job_has_ended_no_later_than_that_was_seen_however_the_clocks_stand(ahead: timedelta) -> None:
    """Ours may have been set back since, and the one of whoever wrote it may be ahead for as long as it likes."""
    store, told = Store(), datetime.now(UTC) + ahead
    job = a_removal_that_failed(told)
    store.images.put(stored(an_image()))
    store.pods.put(its_pod(job))
    store.jobs.put(job)
    seen = datetime.now(UTC)
    time.sleep(0.1)
    found = gathered(store, lambda: datetime.now(UTC)).removal_job
    assert found is not None
    assert found.failure is not None
    assert found.finished is not None
    assert (found.finished == told) is (told < seen)
    assert found.finished < seen + timedelta(seconds=0.05)
