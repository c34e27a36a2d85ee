"""What do the marks of a model say about each of its fields, under the names that users write?"""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel

from airship_images.api.merge import Clears, Default, Merge, Needed, Needs, NotYet, Phase, Subtracts

Mark = TypeVar("Mark")


@dataclass(frozen=True)
class FieldShape:
    """One field: `model` is the model of its value, or of the items of its list."""

    name: str
    merge: Merge
    phase: Phase
    model: type[BaseModel] | None
    is_list: bool
    is_map: bool
    annotation: object
    description: str
    not_yet: bool
    needed: bool
    needs: tuple[str, ...]
    subtracts: str | None
    clears: str | None
    default: Default | None

    @cached_property
    def fields(self) -> Mapping[str, "FieldShape"]:
        """The fields of `model`; none for plain values."""
        return shape_of(self.model, self.phase) if self.model else {}

    @cached_property
    def is_filled(self) -> bool:
        """May it, or a field of it, get a value after composition though nobody has set it?"""
        inside = self.merge is Merge.DEEP and any(field.is_filled for field in self.fields.values())
        return self.default is not None or inside


Found = tuple[str, FieldShape, Any]


@cache
def shape_of(model: type[BaseModel], phase: Phase = Phase.CONFIGURE) -> Mapping[str, FieldShape]:
    """The fields of `model` by the names that users write, in order; `phase` is that of the field around it."""
    return {shape.name: shape for shape in _fields(model, phase)}


def walk(shape: Mapping[str, FieldShape], data: Mapping[str, Any], path: str = "") -> Iterator[Found]:
    """(path, field, value) of each field that is set in valid `data`, areas and fields of items included, top down."""
    for name, value in data.items():
        if value is None:
            continue
        field = shape[name]
        here = f"{path}.{name}" if path else name
        yield here, field, value
        if field.model and field.is_list:
            for index, item in enumerate(value):
                key = item["name"] if field.merge is Merge.BY_NAME else index
                yield from walk(field.fields, item, f"{here}[{key}]")
        elif field.model:
            yield from walk(field.fields, value, here)


def _fields(model: type[BaseModel], phase: Phase) -> Iterator[FieldShape]:
    for python_name, info in model.model_fields.items():
        marks = [*info.metadata, *_marks(info.annotation)]
        bare = _bare(info.annotation)
        is_list = get_origin(bare) is list
        is_map = get_origin(bare) is dict
        inner = _bare(get_args(bare)[0]) if is_list else bare
        nested = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
        needs, subtracts, clears = _mark(marks, Needs), _mark(marks, Subtracts), _mark(marks, Clears)
        yield FieldShape(
            name=info.alias or python_name,
            merge=_mark(marks, Merge) or (Merge.DEEP if is_map or (nested and not is_list) else Merge.REPLACE),
            phase=_mark(marks, Phase) or phase,
            model=nested,
            is_list=is_list,
            is_map=is_map,
            annotation=inner,
            description=info.description or "",
            not_yet=_mark(marks, NotYet) is not None,
            needed=_mark(marks, Needed) is not None,
            needs=needs.packages if needs else (),
            subtracts=subtracts.field if subtracts else None,
            clears=clears.field if clears else None,
            default=_mark(marks, Default),
        )


def _mark(marks: list[object], kind: type[Mark]) -> Mark | None:
    return next((mark for mark in marks if isinstance(mark, kind)), None)


def _marks(annotation: object) -> Iterator[object]:
    """The marks around `annotation` itself, not those of a list's items."""
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        yield from marks
        yield from _marks(inner)
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _marks(member)


def _bare(annotation: Any) -> Any:
    """`annotation` without marks and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return next((_bare(member) for member in get_args(annotation) if member is not type(None)), annotation)
    return annotation
