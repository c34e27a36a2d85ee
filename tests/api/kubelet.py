"""Plays the Job controller and the kubelet: nothing runs, but Jobs and pods get the status that running would give."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airship_images.api.build import (
    BuildFailure,
    BuildPhase,
    BuildResult,
    CacheLookup,
    Removal,
    Resolution,
    Verification,
)
from airship_images.plan.jobs import PHASES
from tests.api.kube import Json, Kube

ROOTFS, IMAGE = PHASES["rootfs"], PHASES["image"]


@dataclass(frozen=True)
class Kubelet:
    """Ends Jobs as the test wants it; `store` is the folder that is served under the base URL."""

    kube: Kube
    store: Path
    ahead: timedelta = timedelta()
    """By how much the clock of its node is ahead of everybody else's."""

    def runs(self, job: str, phase: BuildPhase) -> None:
        """The container of `phase` runs, those before it are done."""
        phases = _phases(phase)
        done = phases[: phases.index(phase)]
        self._pod(
            job,
            "Running",
            {**{each: self._terminated(0) for each in done}, phase: {"running": {"startedAt": self._now()}}},
        )

    def finishes_rootfs(self, job: str) -> None:
        """The root filesystem is in the cache."""
        made = CacheLookup(entry="rootfs", hit=False).model_dump_json(by_alias=True)
        self._pod(job, "Succeeded", {phase: self._terminated(0, made if phase == "fetch" else "") for phase in ROOTFS})
        self._complete(job)

    def boots(self, job: str) -> None:
        """The image that was built elsewhere comes up."""
        told = Verification(verified=("bios", "uefi")).model_dump_json(by_alias=True)
        self._pod(job, "Succeeded", {"fetch-image": self._terminated(0), "boot": self._terminated(0, told)})
        self._complete(job)

    def finds_packages(self, job: str, packages: str) -> None:
        """The package lists come to these packages."""
        found = Resolution(packages=packages, package_count=7).model_dump_json(by_alias=True)
        self._pod(job, "Succeeded", {"resolve": self._terminated(0, found)})
        self._complete(job)

    def removes_artifacts(self, job: str) -> list[str]:
        """What the Job was asked to remove is gone from the store."""
        container = self.kube.get("Job", job)["spec"]["template"]["spec"]["containers"][0]
        digests = container["args"][: container["args"].index("--image")]
        for digest in digests:
            shutil.rmtree(self.store / digest)
        told = Removal(removed=tuple(digests), refused={}).model_dump_json(by_alias=True)
        self._pod(job, "Succeeded", {"prune-output": self._terminated(0, told)})
        self._complete(job)
        return list(digests)

    def finishes_image(
        self, job: str, content: bytes = b"a qcow2", file_name: str = "worker.qcow2", packages: str | None = None
    ) -> str:
        """The image is in the store; its digest."""
        digest = hashlib.sha256(content).hexdigest()
        folder = self.store / digest
        folder.mkdir(exist_ok=True)
        (folder / file_name).write_bytes(content)
        result = BuildResult(
            digest=digest,
            size=len(content),
            virtual_size=1 << 32,
            format="qcow2",
            path=f"{digest}/{file_name}",
            packages=packages,
        )
        states = {phase: self._terminated(0) for phase in IMAGE}
        self._pod(job, "Succeeded", {**states, "publish": self._terminated(0, result.model_dump_json(by_alias=True))})
        self._complete(job)
        return digest

    def fails(self, job: str, failure: BuildFailure) -> None:
        """A container ends with a failure."""
        phases = _phases(failure.phase)
        done = {phase: self._terminated(0) for phase in phases[: phases.index(failure.phase)]}
        last = self._terminated(3 if failure.retryable else 2, failure.model_dump_json(by_alias=True))
        self._pod(job, "Failed", {**done, failure.phase: last})
        self._fail(job)

    def fails_for_good(self, job: str) -> None:
        """The first phase finds its input wrong."""
        raw = self.kube.get("Job", job)
        first = raw["spec"]["template"]["spec"]["initContainers"][0]["name"]
        self.fails(job, BuildFailure(phase=first, reason="InvalidInput", message="not so", retryable=False))

    def finds_no_node(self, job: str, message: str) -> None:
        """The scheduler cannot place the pod, since long ago."""
        self._pod(job, "Pending", {})
        told = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        self._update_pod(job, {"conditions": [{**told, "lastTransitionTime": "2026-01-01T00:00:00Z"}]})

    def loses_node(self, job: str, phase: BuildPhase) -> None:
        """The node of the running pod is gone, so the pod is deleted, and then the Job fails without one."""
        self.runs(job, phase)
        told = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": "tainted"}
        self._update_pod(job, {"conditions": [{**told, "lastTransitionTime": self._now()}]})
        self.kube.delete("Pod", self._pod_name(job))
        self._fail(job)

    def _fail(self, job: str) -> None:
        conditions = [self._condition("FailureTarget"), self._condition("Failed")]
        status = {"startTime": self._now(), "failed": 1, "uncountedTerminatedPods": {}, "conditions": conditions}
        self.kube.patch_status("Job", job, status)

    def _update_pod(self, job: str, status: Json) -> None:
        self.kube.patch_status("Pod", self._pod_name(job), status)

    def _pod_name(self, job: str) -> str:
        return f"{job}-{self.kube.get('Job', job)['metadata']['uid'][:5]}"

    def _complete(self, job: str) -> None:
        conditions = [self._condition("SuccessCriteriaMet"), self._condition("Complete")]
        times = {"startTime": self._now(), "completionTime": self._now()}
        status = {**times, "succeeded": 1, "uncountedTerminatedPods": {}, "conditions": conditions}
        self.kube.patch_status("Job", job, status)

    def _terminated(self, code: int, message: str = "") -> dict[str, Any]:
        return {
            "terminated": {"exitCode": code, "message": message, "startedAt": self._now(), "finishedAt": self._now()}
        }

    def _condition(self, kind: str) -> Json:
        now = self._now()
        return {"type": kind, "status": "True", "lastTransitionTime": now, "lastProbeTime": now, "reason": "Played"}

    def _now(self) -> str:
        return (datetime.now(UTC) + self.ahead).isoformat(timespec="seconds").replace("+00:00", "Z")

    def _pod(self, job: str, phase: str, states: dict[BuildPhase, Json]) -> None:
        raw = self.kube.get("Job", job)
        name = self._pod_name(job)
        if name not in self.kube.names("Pod"):
            self.kube.create(_pod(raw, name))
        named = {each: {"name": each, "state": state, **_image()} for each, state in states.items()}
        main = raw["spec"]["template"]["spec"]["containers"][0]["name"]
        status = {
            "phase": phase,
            "initContainerStatuses": [each for name, each in named.items() if name != main],
            "containerStatuses": [each for name, each in named.items() if name == main],
        }
        self.kube.patch_status("Pod", name, status)


def _pod(job: Json, name: str) -> Json:
    metadata, template = job["metadata"], job["spec"]["template"]
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "uid": metadata["uid"]}
    labels = {**template["metadata"]["labels"], "batch.kubernetes.io/job-name": metadata["name"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels, "ownerReferences": [{**owner, "controller": True}]},
        "spec": template["spec"],
    }


def _phases(phase: BuildPhase) -> tuple[BuildPhase, ...]:
    return next(phases for phases in PHASES.values() if phase in phases)


def _image() -> Json:
    return {"image": "builder", "imageID": "builder", "ready": False, "restartCount": 0}
