"""The API server under test, with plain JSON in and out."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from kubernetes import config, dynamic
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError

from hack.cluster import binaries, crds
from hack.cluster.storage import CLAIMS

Json = dict[str, Any]
Answer = TypeVar("Answer")

CRDS: Final = Path(__file__).resolve().parents[2] / "crds"
NAMESPACE: Final = "default"
KINDS: Final = {
    "AirshipImage": "airshipit.org/v1alpha1",
    "NodeProfile": "airshipit.org/v1alpha1",
    "Job": "batch/v1",
    "Pod": "v1",
    "ConfigMap": "v1",
    "PersistentVolumeClaim": "v1",
    "ResourceQuota": "v1",
    "Lease": "coordination.k8s.io/v1",
    "Event": "events.k8s.io/v1",
    "Namespace": "v1",
    "BareMetalHost": "metal3.io/v1alpha1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
}
WRITES: Final = ("POST", "PUT", "PATCH", "APPLY", "DELETE")
_REQUESTS: Final = re.compile(r"^apiserver_request_total\{([^}]*)\} (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
MERGE: Final = "application/merge-patch+json"
PATIENCE: Final = 60.0
"""Seconds in which even a slow and busy machine has done what takes another one a few; a test needs them to fail."""
QUIET_SECONDS: Final = 3.0


class Kube:
    """The API of one control plane, in one namespace; kinds are named as in manifests."""

    def __init__(self, kubeconfig: Path, namespace: str = NAMESPACE) -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace
        self._api = dynamic.DynamicClient(config.new_client_from_config(str(kubeconfig)))  # type: ignore[no-untyped-call]

    def kubectl(self, *arguments: str) -> str:
        """What kubectl says, as a user would see it."""
        command = (str(binaries.ensure("kubectl")), f"--kubeconfig={self.kubeconfig}")
        done = subprocess.run((*command, *arguments), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def install(self) -> None:
        """Our own kinds, ready to be used, and the claims."""
        self.kubectl("apply", "--server-side", f"--kustomize={CRDS}")
        crds.wait_until_served(self.kubeconfig, *crds.ALL)
        self.claim()

    def claim(self) -> None:
        """The claims that builds in this namespace need."""
        self.apply(*(a_claim(name) for name in CLAIMS))

    def apply(self, *documents: Json) -> None:
        """As `kubectl apply --server-side` does it."""
        for document in documents:
            self._kind(document["kind"]).server_side_apply(
                body=document, namespace=self.namespace, field_manager="kubectl", force_conflicts=True
            )

    def create(self, document: Json) -> None:
        self._kind(document["kind"]).create(body=document, namespace=self.namespace)

    def get(self, kind: str, name: str) -> Json:
        found: Json = self._kind(kind).get(name=name, namespace=self.namespace).to_dict()
        return found

    def find(self, kind: str, name: str) -> Json | None:
        """The object if it is there, in one request: between two it may go."""
        try:
            return self.get(kind, name)
        except NotFoundError:
            return None

    def exists(self, kind: str, name: str) -> bool:
        return self.find(kind, name) is not None

    def is_made_anew(self, kind: str, name: str, former: str) -> bool:
        """Whether there is one of that name with another uid than `former`."""
        found = self.find(kind, name)
        return found is not None and found["metadata"]["uid"] != former

    def list(self, kind: str, selector: str = "") -> list[Json]:
        return list(self._kind(kind).get(namespace=self.namespace, label_selector=selector).to_dict()["items"])

    def count_everywhere(self, kind: str) -> int:
        """How many there are in all namespaces."""
        return len(self._kind(kind).get().to_dict()["items"])

    def names(self, kind: str) -> set[str]:
        return {each["metadata"]["name"] for each in self.list(kind)}

    def running_jobs(self) -> tuple[str, ...]:
        """The names of the Jobs that have not ended."""
        jobs = self.list("Job")
        return tuple(job["metadata"]["name"] for job in jobs if not (job.get("status") or {}).get("conditions"))

    def patch(self, kind: str, name: str, patch: Json, manager: str = "tests") -> None:
        self._kind(kind).patch(
            body=patch, name=name, namespace=self.namespace, content_type=MERGE, field_manager=manager
        )

    def patch_status(self, kind: str, name: str, status: Json) -> None:
        self._kind(kind).status.patch(body={"status": status}, name=name, namespace=self.namespace, content_type=MERGE)

    def delete(self, kind: str, name: str) -> None:
        body = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
        self._kind(kind).delete(name=name, namespace=self.namespace, body=body)

    def delete_all(self, *kinds: str) -> None:
        """What an operator that ends, or the garbage collector, deletes meanwhile is as good."""
        for kind in kinds:
            for name in self.names(kind):
                with suppress(NotFoundError):
                    self.delete(kind, name)

    def told_since(self, kind: str, version: str) -> Iterator[Json]:
        """What a watch tells of these objects since then: each version of each, up to all those that there are now."""
        last, newest = int(version), max(int(each["metadata"]["resourceVersion"]) for each in self.list(kind))
        while True:
            for event in self._kind(kind).watch(namespace=self.namespace, resource_version=str(last), timeout=1):
                last = int(event["raw_object"]["metadata"]["resourceVersion"])
                yield event["raw_object"]
            if last >= newest:
                return

    def writes(self) -> int:
        """How many writes the API server has carried out, but those of Events and Leases."""
        return counted_writes(self.kubectl("get", "--raw=/metrics"))

    def rests(self) -> int:
        """How many writes there were once nothing has been written for a while."""

        def is_quiet() -> bool:
            before = self.writes()
            time.sleep(QUIET_SECONDS)
            return self.writes() == before

        eventually(is_quiet, "nothing more is written")
        return self.writes()

    def _kind(self, kind: str) -> Any:
        """Once it is served: a CRD is established a moment before anybody can ask for its kind."""

        def served() -> Any:
            with suppress(ResourceNotFoundError):
                return self._api.resources.get(api_version=KINDS[kind], kind=kind)
            return None

        return eventually(served, f"{kind} is served")


def a_claim(name: str) -> Json:
    """A claim that no volume is bound to yet, as most are until a pod needs them."""
    resources = {"requests": {"storage": "50Gi"}}
    spec = {"accessModes": ["ReadWriteOnce"], "resources": resources}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def counted_writes(metrics: str) -> int:
    """The successful writes in the API server's metrics, but those of Events and Leases."""
    found = (dict(_LABEL.findall(labels)) | {"count": count} for labels, count in _REQUESTS.findall(metrics))
    return sum(
        int(float(each["count"]))
        for each in found
        if each["verb"] in WRITES and each["resource"] not in {"events", "leases"} and each["code"].startswith("2")
    )


def eventually(question: Callable[[], Answer], what: str, seconds: float = PATIENCE) -> Answer:
    """Ask until the answer is true, and give it; a part of a status that nobody has written yet is no answer."""
    end = time.monotonic() + seconds
    while True:
        last: object
        try:
            last = answer = question()
            if answer:
                return answer
        except LookupError as error:
            last = error
        assert time.monotonic() < end, f"{what}: not within {seconds} s, last answer {last!r}"
        time.sleep(0.05)
