"""Which variables are there? Variable, path, type, merge kind, phase and effect of each, derived from the models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from pydantic import BaseModel

from airship_images.api.build import ContentRef, SecretRef
from airship_images.api.merge import Merge, Phase
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.api.shape import FieldShape, shape_of

_REFERENCES: Mapping[type[BaseModel] | None, str] = {
    SecretRef: "{secretName, key}",
    ContentRef: "{secretName or configMapName, key}",
}
_TYPES = {str: "text", int: "number", bool: "true or false"}


@dataclass(frozen=True)
class Row:
    """One variable; `path` is its place in a profile's spec, `[]` an item of a list."""

    variable: str
    path: str
    type: str
    merge: Merge
    phase: Phase
    supported: bool
    description: str


def rows(shape: Mapping[str, FieldShape] | None = None, path: str = "", supported: bool = True) -> Iterator[Row]:
    """Every field of a profile, or of `shape` at `path`; what is inside an unsupported field is unsupported."""
    for field in (shape_of(NodeProfileSpec) if shape is None else shape).values():
        here = f"{path}.{field.name}" if path else field.name
        effect = supported and not field.not_yet
        kind = type_name(field)
        yield Row(field.name, here, kind, field.merge, field.phase, effect, field.description)
        if field.model not in _REFERENCES:
            yield from rows(field.fields, f"{here}[]" if field.is_list else here, effect)


def type_name(field: FieldShape) -> str:
    """The type of `field` in a few words."""
    if field.is_map:
        return "map"
    if reference := _REFERENCES.get(field.model):
        return f"list of {reference}" if field.is_list else reference
    if field.model:
        return "list of items" if field.is_list else "map"
    if get_origin(field.annotation) is Literal:
        choices = ", ".join(str(choice) for choice in get_args(field.annotation))
        return f"list of: {choices}" if field.is_list else f"one of: {choices}"
    word = _TYPES.get(field.annotation, "text") if isinstance(field.annotation, type) else "text"
    return f"list of {word}s" if field.is_list else word
