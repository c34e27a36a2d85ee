"""An API server for BareMetalHosts in memory: conflicts, merge patches, field managers and the webhook."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tests.bmh.webhook import admit

Json = dict[str, Any]


class ConflictError(Exception):
    """The object is newer than the patch."""


class HostAPI:
    """The hosts of one namespace, by name."""

    def __init__(self) -> None:
        self.hosts: dict[str, Json] = {}
        self._version = 0

    def put(self, host: Json) -> None:
        """Store an object as it is, at a new version: how Metal3 writes, and how hosts begin."""
        self.hosts[host["metadata"]["name"]] = self._at_new_version(host)

    def patch(self, name: str, patch: Mapping[str, Any], manager: str) -> Json:
        """Apply a JSON merge patch; ConflictError on another resourceVersion, RefusedError from the webhook."""
        old = self.hosts[name]
        expected = patch.get("metadata", {}).get("resourceVersion", old["metadata"]["resourceVersion"])
        if expected != old["metadata"]["resourceVersion"]:
            raise ConflictError(name)
        new = merge(old, patch)
        admit(new)
        if old["spec"].get("image") != new["spec"].get("image"):
            _own_image(new, manager)
        self.put(new)
        return self.hosts[name]

    def _at_new_version(self, host: Json) -> Json:
        self._version += 1
        return {**host, "metadata": {**host["metadata"], "resourceVersion": str(self._version)}}


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, Mapping):
        return deepcopy(patch)
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def _own_image(host: Json, manager: str) -> None:
    """Who wrote the image last owns it; nobody owns an image that is gone."""
    others = [{"manager": "creator", "operation": "Update", "fieldsV1": {"f:spec": {"f:online": {}}}}]
    owner = {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {"f:image": {".": {}}}}}
    host["metadata"]["managedFields"] = [*others, *([owner] if host["spec"].get("image") else [])]
