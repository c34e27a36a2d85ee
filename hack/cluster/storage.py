"""The volumes of the two claims that the chart makes, as folders of this machine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hack.cluster.locations import STATE

NAMESPACE: Final = "airship-images"
CLAIMS: Final = ("airship-images", "airship-images-cache")
CLASS: Final = "hack"
CAPACITY: Final = "200Gi"
"""What a claim may ask for; a folder has no limit of its own."""
FOLDER: Final = STATE / "volumes"


def manifests() -> list[dict[str, Any]]:
    """The storage class, which is the default one, and a volume reserved for each claim."""
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "kubernetes.io/no-provisioner",
        "reclaimPolicy": "Retain",
    }
    return [storage_class, *(volume(claim, FOLDER / claim) for claim in CLAIMS)]


def volume(claim: str, folder: Path) -> dict[str, Any]:
    """A PersistentVolume that only the claim of this name in the chart's namespace can bind."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": claim},
        "spec": {
            "storageClassName": CLASS,
            "capacity": {"storage": CAPACITY},
            "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": NAMESPACE, "name": claim},
            "hostPath": {"path": str(folder), "type": "DirectoryOrCreate"},
        },
    }


def ensure(kubectl: Callable[..., str]) -> None:
    """Make the volumes, and free those whose claim was deleted for the next claim of the same name."""
    for claim in CLAIMS:
        (FOLDER / claim).mkdir(parents=True, exist_ok=True)
    items = {"apiVersion": "v1", "kind": "List", "items": manifests()}
    kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", text=json.dumps(items))
    for found in json.loads(kubectl("get", "persistentvolumes", "--output=json"))["items"]:
        name = found["metadata"]["name"]
        if name in CLAIMS and found["status"].get("phase") == "Released":
            forget = [{"op": "remove", "path": "/spec/claimRef/uid"}]
            kubectl("patch", "persistentvolume", name, "--type=json", f"--patch={json.dumps(forget)}")
