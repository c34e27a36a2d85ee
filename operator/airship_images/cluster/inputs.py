"""How are rendered inputs kept in the cluster? As immutable ConfigMaps, each file compressed to the same bytes."""

import base64
import gzip
from collections.abc import Mapping
from typing import Final

from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason
from airship_images.cluster import labels
from airship_images.cluster.client import Object
from airship_images.cluster.jobs import owned
from airship_images.plan.actions import CreateInputs
from airship_images.plan.state import Identity

KIB: Final = 1024
LIMIT: Final = 900 * KIB
"""Bytes of all values of a ConfigMap; the API server takes 1 MiB of data with all else that is in it."""


def check_size(files: Mapping[str, str]) -> None:
    """Raise InputError InputsTooLarge when the files do not fit into one ConfigMap."""
    if sum(map(len, files.values())) * 4 <= LIMIT:  # no character has more than 4 bytes: no need to compress
        return
    size = sum(map(len, _packed(files).values()))
    if size > LIMIT:
        largest = max(files, key=lambda name: len(files[name]))
        raise InputError(
            "the rendered inputs",
            f"{size // KIB} KiB compressed, most of it in {largest}",
            f"at most {LIMIT // KIB} KiB: move large files to a package or a Secret",
            reason=Reason.INPUTS_TOO_LARGE,
        )


def configmap(action: CreateInputs, image: Identity) -> Object:
    """The ConfigMap of the inputs of one Job."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": action.name,
            "labels": labels.of_build(action.rootfs_hash, action.build_hash, image.name),
            **owned(action.build_hash, image),
        },
        "immutable": True,
        "binaryData": {name: base64.b64encode(data).decode() for name, data in _packed(action.files).items()},
    }


def _packed(files: Mapping[str, str]) -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(text.encode(), mtime=0) for name, text in sorted(files.items())}
