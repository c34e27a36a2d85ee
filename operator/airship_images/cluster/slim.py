"""What of an object is worth keeping? Thousands of them are in memory."""

from sys import intern
from typing import Any, Final

from airship_images.cluster.client import Object

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
SHORT: Final = 200
"""Characters of a text that is likely to be held elsewhere too: a word, a digest, a URL, and not a file's content."""


def without_bulk(raw: Object) -> Object:
    """The object without what only the API server and kubectl need."""
    metadata = {key: value for key, value in raw["metadata"].items() if key != "managedFields"}
    if LAST_APPLIED in metadata.get("annotations", {}):
        metadata["annotations"] = {key: text for key, text in metadata["annotations"].items() if key != LAST_APPLIED}
    return {**raw, "metadata": metadata}


def compact(raw: Object) -> Object:
    """The object without bulk, its keys and short texts the same in memory as those of all others: most repeat them."""
    return {intern(key): _shared(value) for key, value in without_bulk(raw).items()}


def _shared(value: Any) -> Any:
    if isinstance(value, dict):
        return {intern(key): _shared(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shared(part) for part in value]
    return intern(value) if isinstance(value, str) and len(value) <= SHORT else value
