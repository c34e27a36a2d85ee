"""What happens to one image from its first document on, told by what the cluster holds."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airship_images.api.annotations import APPROVED_IMAGE
from airship_images.api.build import BuildFailure
from airship_images.cluster.catalogue import CONFIG_MAP, read
from airship_images.plan.hosts import FIELD_MANAGER
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess
from tests.bmh.builders import ROLE, a_host, an_artifact, runs
from tests.bmh.machine import Machine, state_of, step

WELCOME = {"system": {"banners": {"login": "welcome"}}}
OLD_PACKAGES, NEW_PACKAGES = "0a" * 32, "1b" * 32
RACKS = ("rack-1", "rack-2", "rack-3")
AWAY = 2
RULES: Json = {"strategy": "Available", "selector": {"matchLabels": ROLE}, "maxUnavailable": AWAY}


@dataclass
class Story:
    """One image's way; whenever the operator is found dead, it is started again.

    Metal3 looks at each of the hosts, if there are any, whenever something is waited for.
    """

    kube: Kube
    kubelet: Kubelet
    operator: OperatorProcess
    base_url: str
    deaths: int = 0
    first: int = 0
    """How many writes there were before what the story is about."""
    hosts: tuple[str, ...] = ()
    since: str = "0"
    """The version of the newest host before anything was done to it."""
    at_once: int = 0
    """How many hosts were without a running image at the same time, at most."""

    def begins(self) -> None:
        """What came before only leads up to the story."""
        self.first = self.operator.writes()

    def until(self, question: Callable[[], Any], what: str, seconds: float = 300) -> Any:
        def revived() -> Any:
            if not self.operator.lives():
                self.deaths += 1
                self.kube.delete_all("Lease")  # else its end would be waited for, if there is one
                self.operator.revive()
            self.metal3_looks()
            return question()

        return eventually(revived, what, seconds)

    def image(self) -> Json:
        return self.kube.get("AirshipImage", "worker")

    def jobs(self, start: str) -> list[Json]:
        """Those whose names start so and that are not on their way out."""
        found = [each for each in self.kube.list("Job") if each["metadata"]["name"].startswith(start)]
        return [each for each in found if "deletionTimestamp" not in each["metadata"]]

    def running(self, start: str, but: frozenset[str] = frozenset()) -> str:
        """The Job whose name starts so, once it is there and has not ended."""

        def found() -> list[str]:
            return [
                each["metadata"]["name"]
                for each in self.jobs(start)
                if each["metadata"]["uid"] not in but and not (each["status"] or {}).get("conditions")
            ]

        (name,) = self.until(found, f"a Job {start}…")
        return str(name)

    def builds(self, content: bytes = b"a qcow2", packages: str | None = None) -> str:
        """Both Jobs that the image waits for end well; its digest."""
        self.kubelet.finishes_rootfs(self.running("rootfs-"))
        return self.kubelet.finishes_image(self.running("worker-"), content, packages=packages)

    def becomes_ready(self, name: str = "worker") -> None:
        def is_ready() -> bool:
            return condition(self.kube.get("AirshipImage", name), "Ready") == ("True", "Ready")

        self.until(is_ready, f"{name} Ready")
        self.until(lambda: self.catalogued(name) == self.url(name), f"the entry of {name} in the catalogue")

    def url(self, name: str = "worker") -> str:
        return str(self.kube.get("AirshipImage", name)["status"]["image"]["url"])

    def catalogued(self, name: str = "worker") -> str | None:
        """The URL under which the catalogue has it."""
        live = self.kube.find("ConfigMap", CONFIG_MAP)
        found = read(live) if live else None
        entry = found.spec.files.images.get(name) if found is not None else None
        return entry.url if entry else None

    def metal3_looks(self) -> None:
        hosts = [self.kube.get("BareMetalHost", name) for name in self.hosts]
        away = sum("image" in host["spec"] and state_of(host) != "provisioned" for host in hosts)
        self.at_once = max(self.at_once, away)
        for host in hosts:
            after = step(Machine(host), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")).host
            if after != host:
                self.kube.patch_status("BareMetalHost", host["metadata"]["name"], after["status"])

    def has_hosts(self, *hosts: Json) -> None:
        """These are there, an image that they have being our work; what is done to them from now on is told."""
        for host in hosts:
            metadata = {key: host["metadata"][key] for key in ("name", "labels")}
            self.kube.create({**host, "metadata": metadata, "spec": {"online": True}, "status": {}})
            if "image" in host["spec"]:
                given = {"metadata": {"annotations": host["metadata"]["annotations"]}, "spec": host["spec"]}
                self.kube.patch("BareMetalHost", metadata["name"], given, manager=FIELD_MANAGER)
        self.hosts = tuple(host["metadata"]["name"] for host in hosts)
        versions = (self.kube.get("BareMetalHost", name)["metadata"]["resourceVersion"] for name in self.hosts)
        self.since = max(versions, key=int)
        for host in hosts:  # without a status they are touched by nobody
            self.kube.patch_status("BareMetalHost", host["metadata"]["name"], host["status"])

    def agrees(self, digest: str, *names: str) -> None:
        """The owners of these hosts let them be erased for this image."""
        for name in names:
            self.kube.patch("BareMetalHost", name, {"metadata": {"annotations": {APPROVED_IMAGE: digest}}})

    def rolled_out(self, reason: str = "RolledOut") -> None:
        self.until(lambda: (condition(self.image(), "RolledOut") or ("", ""))[1] == reason, reason)

    def is_built_elsewhere(self, content: bytes, name: str, **rollout: Any) -> str:
        """The image is what somebody's server has; the digest."""
        (self.kubelet.store / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        source = {"url": f"{self.base_url}{name}", "sha256": digest}
        document = an_image(image={"type": "qcow2", "source": source}, verify={"boot": False}, rollout=rollout)
        del document["spec"]["profiles"]
        self.kube.apply(document)
        return f"sha256:{digest}"


Tell = Callable[[Story], None]


def named(tell: Tell) -> str:
    """What the story is called."""
    return tell.__name__


def builds(story: Story) -> None:
    """An image is applied, built and published."""
    story.kube.apply(a_profile(), an_image())
    story.builds()
    story.becomes_ready()


def shares_a_root(story: Story) -> None:
    """Two images of the same packages are built, of one root filesystem."""
    story.kube.apply(a_profile(), an_image(), an_image("other", params=WELCOME))
    story.builds()
    story.kubelet.finishes_image(story.running("other-"), b"another qcow2")
    story.becomes_ready()
    story.becomes_ready("other")


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


def is_suspended(story: Story) -> None:
    """What runs is finished, what changes meanwhile waits, and goes on when it may."""
    story.kube.apply(a_profile(), an_image())
    story.kubelet.finishes_rootfs(story.running("rootfs-"))
    job = story.running("worker-")
    story.begins()
    story.kube.apply(an_image(suspend=True))
    story.kubelet.finishes_image(job)
    story.becomes_ready()
    story.kube.apply(an_image(suspend=True, params=WELCOME))
    story.until(lambda: condition(story.image(), "Ready") == ("False", "Suspended"), "Suspended")
    assert len(story.jobs("worker-")) == 1
    story.kube.apply(an_image(params=WELCOME))
    story.kubelet.finishes_image(story.running("worker-"), b"another qcow2")
    story.becomes_ready()


def takes_newer_packages(story: Story) -> None:
    """Its schedule is due, and its packages have newer versions."""
    story.kube.apply(a_profile(), an_image(schedule={"cron": "0 3 * * 0"}))
    story.builds(packages=OLD_PACKAGES)
    story.becomes_ready()
    promised = story.image()["status"]["schedule"]["nextTime"]
    story.begins()
    missed = (datetime.fromisoformat(promised) - timedelta(weeks=5)).isoformat().replace("+00:00", "Z")
    story.kube.patch_status("AirshipImage", "worker", {"schedule": {"nextTime": missed}})
    story.kubelet.finds_packages(story.running("refresh-"), NEW_PACKAGES)
    story.builds(b"a newer qcow2", packages=NEW_PACKAGES)
    story.until(lambda: story.image()["status"]["image"]["packages"] == NEW_PACKAGES, "the newer packages")
    story.becomes_ready()


def loses_what_is_old(story: Story) -> None:
    """An artifact that nothing names is withdrawn, and then removed."""
    story.kube.apply(a_profile(), an_image(retention={"keep": 1, "grace": "1s"}))
    story.builds(b"the first")
    story.becomes_ready()
    story.kube.apply(an_image(retention={"keep": 1, "grace": "1s"}, params=WELCOME))
    story.kubelet.finishes_image(story.running("worker-"), b"the second")
    story.becomes_ready()
    story.begins()
    story.kubelet.removes_artifacts(story.running("prune-"))
    story.until(lambda: len(story.image()["status"]["history"]) == 1, "one artifact")
    story.until(lambda: not story.jobs("prune-"), "no Job is left of it")


def goes_with_all_it_has(story: Story) -> None:
    """An image is deleted that takes its artifacts with it."""
    story.kube.apply(a_profile(), an_image(deletionPolicy="Delete"))
    story.builds()
    story.becomes_ready()
    story.until(lambda: story.image()["metadata"].get("finalizers"), "our finalizer")
    story.begins()
    story.kube.delete("AirshipImage", "worker")
    story.until(lambda: story.catalogued() is None, "withdrawn from the catalogue")
    story.kubelet.removes_artifacts(story.running("prune-"))
    story.until(lambda: not story.kube.exists("AirshipImage", "worker"), "the image gone")


def replaces(story: Story) -> None:
    """A canary that holds nothing, then two hosts that run the former image, once their owners agree."""
    digest = story.is_built_elsewhere(b"a newer qcow2", "newer.qcow2", **RULES | {"strategy": "Replace", "canary": 1})
    former = an_artifact(1, url=f"{story.base_url}former.qcow2")
    uid = story.image()["metadata"]["uid"]
    canary, *others = RACKS
    story.has_hosts(a_host(canary), *(runs(former, name, image_uid=uid) for name in others))
    story.until(lambda: given(story, canary) == digest, "the canary")
    story.rolled_out("AwaitingApproval")
    assert [given(story, name) for name in others] == [former.digest] * 2
    story.agrees(digest, *others)
    story.rolled_out()
    story.becomes_ready()
    assert story.at_once <= AWAY


def goes_back(story: Story) -> None:
    """A host gets the earlier of two artifacts, since rollout.digest names it."""
    old = story.is_built_elsewhere(b"the first", "first.qcow2", **RULES)
    story.becomes_ready()
    story.is_built_elsewhere(b"the second", "second.qcow2", **RULES, digest=old)
    story.until(lambda: len(story.image()["status"]["history"]) == 2, "both in the history")
    story.begins()
    story.has_hosts(a_host("rack-1"))
    story.rolled_out()
    assert given(story, "rack-1") == old


def lives(story: Story) -> None:
    """An image is given to hosts that hold nothing; its profile changes, and their owners let them be erased."""
    kube = story.kube
    story.has_hosts(*(a_host(name) for name in RACKS))
    kube.apply(a_profile(), an_image(rollout=RULES))
    story.builds()
    story.becomes_ready()
    story.rolled_out()
    time.sleep(1)  # Metal3 tells in whole seconds when it began, and provisions no machine twice within one
    kube.apply(an_image(rollout={**RULES, "strategy": "Replace", "canary": 1}))
    kube.apply(a_profile(system=WELCOME["system"]))
    newer = story.kubelet.finishes_image(story.running("worker-"), b"another qcow2")
    story.rolled_out("AwaitingApproval")
    story.agrees(f"sha256:{newer}", *RACKS)
    story.rolled_out()
    story.becomes_ready()
    assert story.at_once <= AWAY


def given(story: Story, host: str) -> str:
    """The digest of the image in the host's spec, or nothing."""
    checksum = story.kube.get("BareMetalHost", host)["spec"].get("image", {}).get("checksum")
    return f"sha256:{checksum}" if checksum else ""
