"""Puts a text into any field of a profile: the fields are those of the models, so a new one is among them by itself."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from airship_images.api.merge import Merge
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.api.shape import FieldShape, shape_of
from airship_images.spec.tree import Data

Steps = tuple[FieldShape, ...]


@dataclass(frozen=True)
class Place:
    """A field that holds text, or texts, with those that lead to it."""

    steps: Steps

    @property
    def path(self) -> str:
        """As the reference pages write it: system.files[].name."""
        return ".".join(step.name + ("[]" if step.model and step.is_list else "") for step in self.steps)

    @property
    def field(self) -> FieldShape:
        return self.steps[-1]

    @property
    def has_effect(self) -> bool:
        return not any(step.not_yet for step in self.steps)


def places(shape: Mapping[str, FieldShape] | None = None, above: Steps = ()) -> Iterator[Place]:
    """Every field of a profile whose value is text, a list of texts, or free."""
    for field in (shape_of(NodeProfileSpec) if shape is None else shape).values():
        here = (*above, field)
        if field.model:
            yield from places(field.fields, here)
        elif _is_text(field):
            yield Place(here)


def _is_text(field: FieldShape) -> bool:
    return field.is_map or field.annotation is str or get_origin(field.annotation) is Literal


def known(spec: Data, place: Place) -> str | None:
    """The text at `place` of a profile's `spec`, that of the first item that has one; None where none has."""
    found = list(_texts(spec, place.steps))
    return found[0] if found else None


def _texts(data: Any, steps: Steps) -> Iterator[str]:
    if not steps:
        yield from [data] if isinstance(data, str) else _of_free(data)
        return
    values = data.get(steps[0].name)
    nested = steps[0].model and steps[0].is_list
    for value in values if nested and values else [values]:
        if value:
            yield from _texts(value, steps[1:])


def _of_free(data: Any) -> Iterator[str]:
    """The texts in a list, or in a map of any depth."""
    for value in data.values() if isinstance(data, dict) else data:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            yield from _of_free(value)


def planted(spec: Data, place: Place, text: str) -> Data:
    """`spec` with `text` at `place`, last in a list of texts: in the first item that has the field, or in a new one."""
    changed = copy.deepcopy(spec)
    _plant(changed, place.steps, text)
    return changed


def _plant(data: Data, steps: Steps, text: str) -> None:
    field, rest = steps[0], steps[1:]
    if not rest:
        whole = {"key": text} if field.is_map else text
        data[field.name] = [*data.get(field.name, []), whole] if field.is_list else whole
    elif field.is_list:
        items = data.setdefault(field.name, [])
        item = next((one for one in items if any(_texts(one, rest))), None)
        if item is None:
            item = {"name": "made"} if field.merge is Merge.BY_NAME else {}
            items.append(item)
        _plant(item, rest, text)
    else:
        _plant(data.setdefault(field.name, {}), rest, text)


def choices(place: Place) -> tuple[str, ...]:
    """What a field may hold that is one of a few words."""
    annotation = place.field.annotation
    return tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()
