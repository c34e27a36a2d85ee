"""How does a model look as a structural OpenAPI schema of Kubernetes? Nothing in it has a default."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from airship_images.api.merge import Merge
from airship_images.api.shape import FieldShape, shape_of

Schema = dict[str, Any]

_KEPT: Final = (
    "type", "description", "enum", "pattern", "format", "minimum", "maximum", "minLength", "maxLength", "minItems",
    "maxItems", "minProperties", "maxProperties", "required",
)  # fmt: skip
_EXTENSION: Final = "x-kubernetes-"
_FREE: Final = {f"{_EXTENSION}preserve-unknown-fields": True}
_INT32: Final = 2**31 - 1


def structural(model: type[BaseModel]) -> Schema:
    """The schema of `model` without references, alternatives with null, titles and defaults.

    Named lists are maps by `name`, lists that merge as a union are sets, every other list is atomic.
    """
    schema = model.model_json_schema(by_alias=True)
    return _object(schema, schema.get("$defs", {}), shape_of(model))


def _object(schema: Schema, definitions: Mapping[str, Schema], fields: Mapping[str, FieldShape]) -> Schema:
    result = _kept(schema)
    if "properties" in schema:
        result["properties"] = {
            name: _field(_resolved(part, definitions), definitions, fields[name])
            for name, part in schema["properties"].items()
        }
    return result


def _field(schema: Schema, definitions: Mapping[str, Schema], field: FieldShape) -> Schema:
    if schema.get("type") == "array":
        items = _object(_resolved(schema["items"], definitions), definitions, field.fields)
        return _list_type(field) | _kept(schema) | {"items": items}
    if schema.get("type") == "integer":
        wide = schema.get("maximum", _INT32 + 1) > _INT32
        return {"format": "int64" if wide else "int32"} | _kept(schema)
    if field.is_map:
        any_key = schema.get("additionalProperties") or next(iter(schema["patternProperties"].values()))
        values = _kept(_resolved(any_key, definitions)) if isinstance(any_key, dict) else {}
        return _kept(schema) | ({"additionalProperties": values} if values else dict(_FREE))
    return _object(schema, definitions, field.fields)


def _list_type(field: FieldShape) -> Schema:
    if field.merge is Merge.BY_NAME:
        return {f"{_EXTENSION}list-type": "map", f"{_EXTENSION}list-map-keys": ["name"]}
    kind = "set" if field.merge in (Merge.UNION, Merge.SUBTRACT) else "atomic"
    return {f"{_EXTENSION}list-type": kind}


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """`schema` with what it refers to in its place; its own description wins over that of the model."""
    for alternatives in (schema.get("anyOf"), schema.get("allOf")):
        for option in alternatives or ():
            if option != {"type": "null"}:
                return _resolved(option, definitions) | _but(schema, "anyOf", "allOf")
    if "$ref" in schema:
        return _resolved(definitions[schema["$ref"].rpartition("/")[2]], definitions) | _but(schema, "$ref")
    if "const" in schema:
        return {"enum": [schema["const"]]} | _but(schema, "const")
    return schema


def _but(schema: Schema, *names: str) -> Schema:
    return {name: value for name, value in schema.items() if name not in names}


def _kept(schema: Schema) -> Schema:
    kept = {name: value for name, value in schema.items() if name in _KEPT or name.startswith(_EXTENSION)}
    if kept.get("description"):
        kept["description"] = " ".join(kept["description"].split())
    return kept
