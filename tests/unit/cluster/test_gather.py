"""Which Jobs a look at an image tells its plan of."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from airship_images.cluster.gather import Gatherer
from airship_images.cluster.store import Store
from airship_images.plan.actions import DeleteJob
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


def gathered(store: Store) -> State:
    state = asyncio.run(Gatherer(store, ConfigMapsOnly({}), POLICY, lambda: NOW).gather(KEY))
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
