"""What was found at a path, and what would be right there? pydantic's errors in words that a person can act on."""

import datetime
import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact
from airship_images.api.shape import FieldShape

Shape = Mapping[str, FieldShape]

_SHOWN: Final = 60  # characters of a found value: enough to find it again
_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number without quotes",
    "bool_type": "true or false without quotes",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "string_pattern_mismatch": "text that matches {pattern}",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    "too_long": "at most {max_length} items",
    "too_short": "at least {min_length} items",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "literal_error": "one of {expected}",
}


def explain(document: str, shape: Shape, data: Mapping[str, Any], error: ErrorDetails) -> Finding:
    """`error`, met while `data` was read as `document` (Kind/name) of `shape`, as a finding."""
    path, field, fields = _locate(shape, data, error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        found, expected = "an unknown field", _known(str(error["loc"][-1]), fields)
    elif kind == "missing":
        found, expected = "nothing", f"a value: {field.description}" if field and field.description else "a value"
    else:
        found = "a value that is not shown" if "password" in path else phrase(error["input"])
        expected = _EXPECTED.get(kind, "{msg}").format_map({"msg": error["msg"], **error.get("ctx", {})})
        if kind == "string_pattern_mismatch" and field and field.description:
            expected += f" ({field.description})"
    leaves_folder = path.endswith("FileName") and kind == "string_pattern_mismatch"
    reason = Reason.UNSAFE_FILE_NAME if leaves_folder else Reason.INVALID_INPUT
    return Finding(reason, f"{document}: {path}", found, expected)


def phrase(value: object) -> str:
    """`value` as a short phrase, with what YAML made of it where that surprises; never a secret in full."""
    for kind, words in _PHRASES:
        if isinstance(value, kind):
            return words(value)
    return f"a {type(value).__name__}"


def _quoted(text: str) -> str:
    shown = redact(text)
    return repr(shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…")


_PHRASES: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (type(None), lambda _: "nothing"),
    (bool, lambda value: f"the boolean {str(value).lower()}"),
    (int, lambda value: f"the number {value} (unquoted; YAML reads 0755 as octal and 1:30 as base 60)"),
    (float, lambda value: f"the number {value} (unquoted)"),
    (datetime.date, lambda value: f"the date {value.isoformat()} (unquoted)"),
    (str, _quoted),
    (Mapping, lambda value: f"a map of {len(value)} keys"),
    (list, lambda value: f"a list of {len(value)} items"),
)


def _locate(shape: Shape, data: Any, loc: tuple[int | str, ...]) -> tuple[str, FieldShape | None, Shape]:
    """The path of `loc` with names of items in place of indexes, the field there, and the fields beside it."""
    path, field, fields = "", None, shape
    for part in loc:
        if isinstance(part, int):
            item = data[part] if isinstance(data, list) and part < len(data) else None
            name = item.get("name") if isinstance(item, dict) else None
            path += f"[{name if isinstance(name, str) else part}]"
            data = item
        elif part == "[key]":
            break
        else:
            path += f".{part}" if path else part
            fields = field.fields if field else fields
            field = fields.get(part)
            data = data.get(part) if isinstance(data, dict) else None
    return path, field, fields


def _known(name: str, fields: Shape) -> str:
    if not fields:
        return "no such field"
    close = difflib.get_close_matches(name, fields, n=1)
    known = f"one of {', '.join(fields)}"
    return f"{close[0]} ({known})" if close else known
