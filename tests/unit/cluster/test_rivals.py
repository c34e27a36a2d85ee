"""Which other images look again when an image comes, goes, or selects other hosts."""

from typing import Any

import pytest

from airship_images.cluster.rivals import rivals
from airship_images.cluster.store import Store
from tests.bmh.builders import NAMESPACE, a_host

Json = dict[str, Any]


def an_image(name: str, role: str | None, namespace: str = NAMESPACE, version: str = "1") -> Json:
    rollout = {"rollout": {"selector": {"matchLabels": {"role": role}}}} if role else {}
    metadata = {"namespace": namespace, "name": name, "uid": f"uid-{name}", "resourceVersion": version}
    return {"metadata": metadata, "spec": {"profiles": [{"name": "base"}], **rollout}}


@pytest.fixture
def store() -> Store:
    """Two workers and a spare host; images for the workers, the spare ones, others of that role, and for none."""
    found = Store()
    for name, role in (("a", "worker"), ("b", "worker"), ("c", "spare")):
        found.hosts.put(a_host(name, metadata={"labels": {"role": role}}))
    for image in (
        an_image("one", "worker"),
        an_image("two", "spare"),
        an_image("three", "gpu"),
        an_image("four", None),
        an_image("five", "worker", "elsewhere"),
    ):
        found.images.put(image)
    return found


@pytest.mark.parametrize(
    ("former", "present", "woken"),
    [
        (None, "worker", {"one"}),
        ("worker", None, {"one"}),
        ("worker", "spare", {"one", "two"}),
        ("worker", "gpu", {"one"}),
        ("worker", "worker", set()),
        (None, "gpu", set()),
    ],
)
def test_those_that_want_a_host_that_it_wants_or_wanted(
    store: Store, former: str | None, present: str | None, woken: set[str]
) -> None:
    before, now = an_image("new", former), an_image("new", present)
    for versions in ((before, now), (before if former else None, now if present else None)):
        assert rivals(store, *versions) == {(NAMESPACE, name) for name in woken}
