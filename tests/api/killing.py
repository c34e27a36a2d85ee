"""Tells a story of the operator again and again, each time killed somewhere else, and compares how it ends.

Each telling has a namespace, a folder of the store and an operator of its own, so that some go on side by side.
"""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from airship_images.plan.memory import MEMORY
from tests.api.kube import Json, Kube
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess
from tests.api.stories import Story, Tell, named

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
AT_ONCE: Final = 2
LEFT: Final = ("AirshipImage", "NodeProfile", "Job", "ConfigMap", "Pod", "Event")
_NUMBERS: Final = itertools.count()


@dataclass(frozen=True)
class End:
    """How a telling ended."""

    outcome: Json
    deaths: int
    first: int
    writes: int
    """From which write on, and up to which, it was about what the story is about."""


@dataclass(frozen=True)
class Stage:
    """Where stories are told: an API server, and a store that is served."""

    kubeconfig: Path
    store: tuple[Path, str]
    an_operator: Callable[..., OperatorProcess]

    def told(self, tell: Tell, dies_after: int = 0, *, again: bool = False) -> End:
        """The story, its operator killed after so many writes (never for 0); `again`: each one that is revived too."""
        name = f"told-{next(_NUMBERS)}"
        folder, url = self.store[0] / name, f"{self.store[1]}{name}/"
        folder.mkdir()
        kube = Kube(self.kubeconfig, name)
        kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        kube.claim()
        operator = self.an_operator(
            namespaces=[name],
            rolloutNamespaces=[name],
            lease={"name": "airship-images", "namespace": name},
            store={"claimName": "airship-images", "baseURL": url},
        )
        story = Story(kube, Kubelet(kube, folder), operator, url)
        try:
            with operator.that_dies_after(dies_after, again=again):
                tell(story)
                found = json.loads(json.dumps(outcome(story)).replace(name, "here"))
            return End(found, story.deaths, story.first, operator.writes())
        finally:
            kube.delete_all(*LEFT, *(["BareMetalHost"] if story.hosts else []))

    def killed_everywhere(self, tell: Tell) -> int:
        """Tell the story without a kill, then once for each write of the first telling; how many deaths there were.

        Each of them must end as the first one did. Where two writes of status became one, the last kill is none.
        """
        calm = self.told(tell)
        points = range(calm.first + 1, calm.writes + 1)
        assert len(points) > 1, "a story of fewer writes than two"
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ends = list(pool.map(lambda point: self.told(tell, point), points))
        for point, end in zip(points, ends, strict=True):
            assert end.outcome == calm.outcome, f"killed after write {point} of {points}: {_difference(calm, end)}"
            assert end.writes <= point, f"nobody died after write {point} of {end.writes}"
        return sum(end.deaths for end in ends)

    def killed_again_and_again(self, tell: Tell) -> int:
        """Tell the story without a kill, then so that each operator dies after its first write and another one goes on.

        How many deaths there were. Both must end in the same way.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            calm, end = pool.map(lambda dies_after: self.told(tell, dies_after, again=True), (0, 1))
        assert end.outcome == calm.outcome, _difference(calm, end)
        return end.deaths


def report(capsys: pytest.CaptureFixture[str], tell: Tell, deaths: int) -> None:
    """Have the figure in the log of every run, be it captured or not."""
    with capsys.disabled():
        print(f"\n{named(tell)}: {deaths} deaths")


def _difference(calm: End, end: End) -> str:
    return "; ".join(
        f"{key}: {end.outcome[key]}, without a kill {value}"
        for key, value in calm.outcome.items()
        if end.outcome[key] != value
    )


def outcome(story: Story) -> Json:
    """What must be the same, whoever was killed when: what there is, and what is said of it.

    The hashes of a build are in its Job's name; those of what is built elsewhere are of its URL, another one each time.
    Events tell also of what was seen to move, which whoever comes later did not see.
    """
    kube = story.kube
    return {
        "jobs": {each["metadata"]["name"]: each["metadata"]["annotations"] for each in kube.list("Job")},
        "inputs": sorted(kube.names("ConfigMap")),
        "artifacts": sorted(path.name for path in story.kubelet.store.iterdir()),
        "images": {each["metadata"]["name"]: _said(each["status"]) for each in kube.list("AirshipImage")},
        "hosts": {name: kube.get("BareMetalHost", name)["spec"] for name in story.hosts},
        "patches": sorted(_patches(story)) if story.hosts else [],
        "events": [] if story.hosts else sorted((each["reason"], each["note"]) for each in kube.list("Event")),
    }


def _said(status: Json) -> Json:
    return {
        "conditions": sorted((each["type"], each["status"], each["reason"]) for each in status["conditions"]),
        "image": {key: status.get("image", {}).get(key) for key in ("digest", "url", "verified")},
        "attempt": status.get("build", {}).get("attempt"),
        "history": [each["digest"] for each in status["history"]],
        "hosts": status.get("hosts", {}).get("summary"),
    }


def _patches(story: Story) -> Iterator[tuple[str, str]]:
    """Host and digest of each image that the host ever remembers to have been given, twice if it was patched twice.

    Each patch leaves another memory, with its time in it; the API server tells of every version that there was.
    """
    versions = (each["metadata"] for each in story.kube.told_since("BareMetalHost", story.since))
    memories = {(each["name"], each.get("annotations", {}).get(MEMORY)) for each in versions}
    for host, memory in memories:
        if memory is not None:
            yield host, json.loads(memory)["digest"]
