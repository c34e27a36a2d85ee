"""An API with BareMetalHosts: Metal3's own CRD where it is at hand, else the demo's."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yaml

from airship_images.cluster.claimants import claimants
from airship_images.cluster.client import Client
from airship_images.cluster.hosts import patch_host
from airship_images.plan.host_patch import PatchHost
from hack.cluster import binaries, crds
from hack.cluster.commands import output
from hack.cluster.guard import LABEL
from hack.demo.hosts import CRD
from tests.bmh.builders import Json, a_host
from tests.bmh.machine import Machine, state_of, step

REAL_CRDS: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "metal3"
"""Metal3's own, where they are at hand."""
REAL_CRD: Final = REAL_CRDS / "metal3.io_baremetalhosts.yaml"
MACHINE_TEMPLATES: Final = "metal3machinetemplates.infrastructure.cluster.x-k8s.io"
DATA_IMAGES: Final = "dataimages.metal3.io"
NAMESPACE: Final = "default"
KIND: Final = "baremetalhost"


def crd() -> Json:
    """The CRD, labelled as one of hosts that are no machines."""
    found: Json = yaml.safe_load((REAL_CRD if REAL_CRD.exists() else CRD).read_text())
    found["metadata"].setdefault("labels", {})[LABEL] = "true"
    return found


def crd_of(name: str, kind: str, *versions: str) -> Json:
    """Metal3's own CRD, served in these versions alone; where it is not at hand, one that takes anything."""
    plural, _, group = name.partition(".")
    file = REAL_CRDS / f"{group}_{plural}.yaml"
    found: Json = yaml.safe_load(file.read_text()) if file.exists() else _lenient(name, kind, *versions)
    wanted = [each for each in found["spec"]["versions"] if each["name"] in versions]
    found["spec"]["versions"] = [{**each, "served": True, "storage": each["name"] == versions[-1]} for each in wanted]
    return found


def _lenient(name: str, kind: str, *versions: str) -> Json:
    plural, _, group = name.partition(".")
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [{"name": each, "schema": schema} for each in versions],
        },
    }


@dataclass(frozen=True)
class Metal3:
    """kubectl for the hosts of one API server."""

    kubeconfig: Path

    def run(self, *arguments: str, text: str = "") -> str:
        """The output of kubectl; ClusterError when it fails."""
        kubectl = (str(binaries.ensure("kubectl")), f"--kubeconfig={self.kubeconfig}", f"--namespace={NAMESPACE}")
        return output((*kubectl, *arguments), text=text)

    def apply(self, *documents: Json) -> None:
        self.run("apply", "--server-side", "--filename=-", text="\n---\n".join(map(json.dumps, documents)))

    def install(self) -> None:
        """The CRD, ready to be used."""
        self.apply(crd())
        crds.wait_until_served(self.kubeconfig, "crd/baremetalhosts.metal3.io")

    @contextmanager
    def serving(self, name: str, kind: str, *versions: str) -> Iterator[None]:
        """Another kind of Metal3's, for the time of a `with` block; the last version is the one that is stored."""
        self.apply(crd_of(name, kind, *versions))
        crds.wait_until_served(self.kubeconfig, f"crd/{name}")
        try:
            yield
        finally:
            self.run("delete", "crd", name)

    def takes(self, document: Json) -> None:
        """First only to say that it would, then to store it: what its schema does not know, the API server refuses."""
        for option in ("--dry-run=server", "--dry-run=none"):
            self.run("create", "--filename=-", option, text=json.dumps(document))

    def create(self, host: Json) -> Json:
        """The host of tests/bmh/builders.py as the API server stores it, status included."""
        metadata = {key: host["metadata"][key] for key in ("name", "labels", "annotations") if key in host["metadata"]}
        self.run("create", "--filename=-", text=json.dumps({**host, "metadata": metadata, "status": {}}))
        self.patch(metadata["name"], {"status": host["status"]}, "--subresource=status")
        return self.live(metadata["name"])

    def available(self, name: str = "rack-1") -> Json:
        """A new host that may be patched."""
        return self.create(a_host(name))

    def live(self, name: str = "rack-1") -> Json:
        """The host as the API server has it, managedFields included."""
        found: Json = json.loads(self.run("get", KIND, name, "--output=json", "--show-managed-fields"))
        return found

    def patch(self, name: str, patch: Json, *options: str) -> None:
        self.run("patch", KIND, name, "--type=merge", f"--patch={json.dumps(patch)}", *options)

    def looks(self, *names: str) -> list[str]:
        """One step of Metal3 on each of these hosts; the states that they are in then."""
        return [self._looks(name) for name in names]

    def _looks(self, name: str) -> str:
        host = self.live(name)
        after = step(Machine(host), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")).host
        if after != host:
            self.patch(name, {"status": after["status"]}, "--subresource=status")
        return state_of(after)

    def send(self, action: PatchHost, lease_is_fresh: Callable[[], bool] = lambda: True) -> Json:
        """Apply the patch as the operator does."""

        async def sent() -> Json:
            async with await Client.connect(self.kubeconfig) as client:
                return await patch_host(client.api, action, await claimants(client, action.namespace), lease_is_fresh)

        return asyncio.run(sent())
