"""What are our children labelled and annotated with?"""

from typing import Final

from airship_images.api.build import SHORT_HASH

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
MANAGER: Final = "airship-images"
IMAGE: Final = "airshipit.org/image"
BUILD_HASH: Final = "airshipit.org/build-hash"
ROOTFS_HASH: Final = "airshipit.org/rootfs-hash"
ENGINE: Final = "airshipit.org/engine"
"""On Jobs, and their pods, of another engine than our own."""
CATALOGUE: Final = "airshipit.org/catalogue"
"""On the ConfigMap that holds the catalogue of its namespace."""
REFRESH: Final = "airshipit.org/refresh"
"""On Jobs, and their pods, that look for newer packages and make nothing."""
SOURCE: Final = "airshipit.org/source"
"""On Jobs, and their pods, that boot an image which was built elsewhere."""
REMOVAL: Final = "airshipit.org/removal"
"""On Jobs, and their pods, that remove artifacts."""
ATTEMPT: Final = "airshipit.org/attempt"
"""Annotation on a Job: the number of its try."""
JOB_NAME: Final = "batch.kubernetes.io/job-name"
"""Set by Kubernetes on the pods of a Job."""
OURS: Final = f"{MANAGED_BY}={MANAGER}"
"""The label selector of all our children."""
INPUTS: Final = f"{OURS},{ROOTFS_HASH}"
"""The label selector of the inputs of Jobs."""

OTHERS: Final = f"{MANAGED_BY}!={MANAGER}"
"""The label selector of everything else."""


def of_build(rootfs_hash: str, build_hash: str | None, image: str | None) -> dict[str, str]:
    """The labels of a Job, its pods and its inputs; without an image they are shared between images.

    What was built elsewhere has the label of a root filesystem with nothing in it: by its name inputs are found.
    """
    shared = {MANAGED_BY: MANAGER, ROOTFS_HASH: rootfs_hash[:SHORT_HASH]}
    if build_hash is None or image is None:
        return shared
    return {**shared, IMAGE: image, BUILD_HASH: build_hash[:SHORT_HASH]}
