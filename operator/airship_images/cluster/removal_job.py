"""What does the Job look like that removes artifacts? It sees the store, and can write nothing else."""

from typing import Final

from airship_images.cluster import labels
from airship_images.cluster.client import Object
from airship_images.cluster.jobs import OUTPUT, JobSettings, resources_of
from airship_images.plan.actions import RemoveArtifacts

KEEP_FINISHED: Final = 3600
"""Seconds after which Kubernetes removes it; it is removed once status tells what came of it."""
DEADLINE: Final = 3600
"""Seconds: it reads what it removes once."""


def removal_manifest(action: RemoveArtifacts, settings: JobSettings) -> Object:
    """No inputs, cache, Secret, token, capability or network settings; owned by nobody, since it outlives its image."""
    names = {labels.MANAGED_BY: labels.MANAGER, labels.IMAGE: action.image, labels.REMOVAL: "true"}
    container = {
        "name": "prune-output",
        "image": action.builder_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", "airship_builder", "prune-output"],
        "args": [*action.digests, "--image", action.image, "--before", action.before, "--output", OUTPUT],
        "resources": resources_of(action.resources or settings.resources),
        "securityContext": {
            "privileged": False,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"name": "output", "mountPath": OUTPUT}],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": action.name, "labels": names},
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": DEADLINE,
            "ttlSecondsAfterFinished": KEEP_FINISHED,
            "template": {
                "metadata": {"labels": names},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "hostUsers": None if settings.host_users else False,
                    "nodeSelector": dict(action.node_selector),
                    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [container],
                    "volumes": [
                        {"name": "output", "persistentVolumeClaim": {"claimName": action.output_claim}},
                    ],
                },
            },
        },
    }
