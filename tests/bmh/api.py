"""An API server for BareMetalHosts in memory: conflicts, merge patches, field managers and the webhook."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tests.bmh.webhook import admit

Json = dict[str, Any]

OTHERS: Final = {"manager": "creator", "operation": "Update", "fieldsV1": {"f:spec": {"f:online": {}}}}


class ConflictError(Exception):
    """The object is newer than the patch."""


class HostAPI:
    """The hosts of one namespace, by name."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.hosts: dict[str, Json] = {}
        self._clock = clock
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
            new["metadata"]["managedFields"] = _owned(old, new, manager, self._clock())
        self.put(new)
        return self.hosts[name]

    def _at_new_version(self, host: Json) -> Json:
        self._version += 1
        return {**host, "metadata": {**host["metadata"], "resourceVersion": str(self._version)}}


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396; what is unchanged is shared with `target`, which nobody changes in place."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def image_fields(manager: str, keys: Mapping[str, Any], when: datetime) -> Json:
    """An entry of managedFields: the manager wrote these keys of spec.image."""
    parts: Json = {".": {}, **{f"f:{key}": {} for key in keys}}
    time = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"manager": manager, "operation": "Update", "time": time, "fieldsV1": {"f:spec": {"f:image": parts}}}


def _owned(old: Json, new: Json, manager: str, when: datetime) -> list[Json]:
    """managedFields after `manager` changed the image: it owns each key that it gave another value."""
    before, after = old["spec"].get("image") or {}, new["spec"].get("image") or {}
    mine = {f"f:{key}" for key in after if after[key] != before.get(key)}
    gone = {f"f:{key}" for key in before if key not in after}
    entries = []
    for entry in old["metadata"].get("managedFields") or ():
        parts = set(entry["fieldsV1"].get("f:spec", {}).get("f:image", {})) - {"."}
        if entry["manager"] == manager:
            mine |= parts - gone
        elif parts - mine - gone:
            entries.append(image_fields(entry["manager"], _keys(parts - mine - gone), _time(entry)))
    return [OTHERS, *entries, *([image_fields(manager, _keys(mine), when)] if mine else [])]


def _keys(parts: set[str]) -> Json:
    return {part.removeprefix("f:"): {} for part in sorted(parts)}


def _time(entry: Json) -> datetime:
    return datetime.fromisoformat(entry["time"])
