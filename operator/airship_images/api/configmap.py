"""What does a ConfigMap hold? Each key's bytes, whether they are written as text or as base64."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from airship_images.api.errors import InputError

Values = Mapping[str, bytes]
"""Content by key."""

Contents = Mapping[str, Values]
"""The content of several, by name."""

_KEY: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,253}")  # as the API server: no path can be made of it


def values(data: Mapping[str, Any]) -> dict[str, bytes]:
    """The content of the ConfigMap in `data`, a document; raises InputError for what the API server would refuse."""
    plain = texts(data, "data")
    encoded = texts(data, "binaryData")
    if twice := sorted(plain.keys() & encoded.keys()):
        raise InputError(f"binaryData.{twice[0]}", "a key that data has too", "each key once")
    return {key: text.encode() for key, text in plain.items()} | {
        key: decoded(f"binaryData.{key}", text, "plain text under data") for key, text in encoded.items()
    }


def document(content: Values) -> dict[str, dict[str, str]]:
    """`content` as a ConfigMap's document has it, text as text."""
    plain: dict[str, str] = {}
    encoded: dict[str, str] = {}
    for key, value in sorted(content.items()):
        try:
            plain[key] = value.decode()
        except UnicodeDecodeError:
            encoded[key] = base64.b64encode(value).decode()
    return {name: part for name, part in (("data", plain), ("binaryData", encoded)) if part}


def texts(data: Mapping[str, Any], part: str) -> dict[str, str]:
    """The map of keys to texts that a document has under `part`; raises InputError, never with a value."""
    found = data.get(part) or {}
    if not isinstance(found, dict):
        raise InputError(part, f"a {type(found).__name__}", "a map of keys to texts")
    for key, value in found.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise InputError(part, f"the key {key!r}", "letters, digits, '-', '_' and '.'")
        if not isinstance(value, str):
            raise InputError(f"{part}.{key}", f"a {type(value).__name__}", "a text; put it in quotes")
    return found


def decoded(path: str, text: str, instead: str) -> bytes:
    """The bytes of base64 `text`; raises InputError at `path`, which says what could be written `instead`."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(path, "text that is not base64", f"base64, or {instead}") from error
