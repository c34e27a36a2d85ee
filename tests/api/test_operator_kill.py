"""The operator is killed after each single write that it makes on the way of an image, and the end is the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from airship_images.api.build import BuildFailure
from airship_images.cluster.catalogue import CONFIG_MAP, read
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

WELCOME = {"system": {"banners": {"login": "welcome"}}}


@dataclass
class Story:
    """One image's way, told by what the cluster holds; whenever the operator is found dead, it is started again."""

    kube: Kube
    kubelet: Kubelet
    operator: OperatorProcess
    deaths: int = 0

    def until(self, question: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        def revived() -> Any:
            if not self.operator.lives():
                self.deaths += 1
                self.kube.delete("Lease", "airship-images")  # else its end would be waited for
                self.operator.revive()
            return question()

        return eventually(revived, what, seconds)

    def image(self) -> Json:
        return self.kube.get("AirshipImage", "worker")

    def running(self, start: str, but: frozenset[str] = frozenset()) -> str:
        """The Job whose name starts so, once it is there and has not ended."""

        def found() -> list[str]:
            return [
                each["metadata"]["name"]
                for each in self.kube.list("Job")
                if each["metadata"]["name"].startswith(start) and each["metadata"]["uid"] not in but
                if not (each["status"] or {}).get("conditions") and "deletionTimestamp" not in each["metadata"]
            ]

        (name,) = self.until(found, f"a Job {start}…")
        return str(name)

    def becomes_ready(self) -> None:
        self.until(lambda: condition(self.image(), "Ready") == ("True", "Ready"), "Ready")
        self.until(self.is_catalogued, "its entry in the catalogue")

    def is_catalogued(self) -> bool:
        found = read(self.kube.get("ConfigMap", CONFIG_MAP)) if self.kube.exists("ConfigMap", CONFIG_MAP) else None
        return found is not None and found.spec.files.images["worker"].url == self.image()["status"]["image"]["url"]


def builds(story: Story) -> None:
    """An image is applied, built and published."""
    story.kube.apply(a_profile(), an_image())
    story.kubelet.finishes_rootfs(story.running("rootfs-"))
    story.kubelet.finishes_image(story.running("worker-"))
    story.becomes_ready()


def changes_its_mind(story: Story) -> None:
    """A newer spec comes while the image is built."""
    story.kube.apply(a_profile(), an_image())
    story.kubelet.finishes_rootfs(story.running("rootfs-"))
    former = story.running("worker-")
    uid = story.kube.get("Job", former)["metadata"]["uid"]
    story.kubelet.runs(former, "configure")
    story.kube.apply(an_image(params=WELCOME))
    newer = story.running("worker-", but=frozenset({uid}))
    story.until(lambda: former not in story.kube.names("Job"), "the former Job is gone")
    story.kubelet.finishes_image(newer)
    story.becomes_ready()


def tries_again(story: Story) -> None:
    """The first try fails by bad luck, an hour ago by the node's clock, so that the next one is due."""
    story.kube.apply(a_profile(), an_image())
    first = story.running("rootfs-")
    uid = story.kube.get("Job", first)["metadata"]["uid"]
    bad_luck = BuildFailure(phase="fetch", reason="MirrorFailed", message="503", retryable=True)
    Kubelet(story.kube, story.kubelet.store, ahead=timedelta(hours=-1)).fails(first, bad_luck)
    story.kubelet.finishes_rootfs(story.running("rootfs-", but=frozenset({uid})))
    story.kubelet.finishes_image(story.running("worker-"))
    story.becomes_ready()


def outcome(kube: Kube) -> Json:
    """What must be the same, whoever was killed when: Jobs and their tries, inputs, and what status says."""
    status = kube.get("AirshipImage", "worker")["status"]
    return {
        "jobs": {each["metadata"]["name"]: each["metadata"]["annotations"] for each in kube.list("Job")},
        "inputs": kube.names("ConfigMap"),
        "conditions": sorted((each["type"], each["status"], each["reason"]) for each in status["conditions"]),
        "image": status["image"],
        "attempt": status["build"]["attempt"],
        "history": [each["digest"] for each in status["history"]],
        "events": sorted((each["reason"], each["note"]) for each in kube.list("Event")),
    }


STORIES = (builds, changes_its_mind, tries_again)


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
@pytest.mark.timeout(900)
def test_kill_after_each_write_of_a_story_leaves_the_same(
    kube: Kube, kubelet: Kubelet, an_operator: Callable[..., OperatorProcess], tell: Callable[[Story], None]
) -> None:
    calm = None
    for writes in range(100):
        kube.delete_all("AirshipImage", "NodeProfile", "Job", "ConfigMap", "Pod", "Event", "Lease")
        operator = an_operator()
        story = Story(kube, kubelet, operator)
        with operator.that_dies_after(writes):
            tell(story)
            found = outcome(kube)
        if writes == 0:
            calm = found
            continue
        assert found == calm, f"killed after write {writes}"
        if story.deaths == 0:
            assert writes > len(found["jobs"]) * 2, "a story with fewer writes than Jobs and their inputs"
            return
    raise AssertionError("a story without end")
