"""Which fields of the models does a served schema lack? The API server drops them without a word."""

from collections.abc import Iterator
from typing import Final

from airship_images.api.crd import GROUP, Resource
from airship_images.api.schema import Schema, structural

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"


def crd_name(resource: Resource) -> str:
    """The name of its CustomResourceDefinition."""
    return f"{resource.plural}.{GROUP}"


def missing(resource: Resource, served: Schema) -> list[str]:
    """The paths of fields that `served`, the schema of the whole kind, lacks; of a whole branch its root alone."""
    ours = {"properties": {"spec": structural(resource.spec), "status": structural(resource.status)}}
    return list(_missing(ours, served, ""))


def _missing(ours: Schema, served: Schema, path: str) -> Iterator[str]:
    if served.get(_OPEN):
        return
    for name, field in ours.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        known = served.get("properties", {}).get(name)
        if known is None:
            yield here
        else:
            yield from _missing(field, known, here)
    for inner in ("items", "additionalProperties"):
        if isinstance(ours.get(inner), dict) and isinstance(served.get(inner), dict):
            yield from _missing(ours[inner], served[inner], f"{path}[]")
