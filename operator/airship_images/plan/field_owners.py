"""Who wrote a field of an object, and when? Read from metadata.managedFields, which the API server keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Owner:
    """A field manager that owns the field, or a part of it."""

    manager: str
    parts: frozenset[str]
    """What it owns inside the field, as managedFields names it: f:url."""
    since: datetime | None
    """When it wrote last, this field or another one of its own; None where the entry does not say."""


def owners(managed_fields: object, *path: str) -> tuple[Owner, ...] | None:
    """The owners of the field at `path` (f:spec, f:image); None when nobody can tell."""
    if not isinstance(managed_fields, Sequence) or not managed_fields:
        return None
    found = []
    for entry in managed_fields:
        if not isinstance(entry, Mapping):
            return None
        field = _at(entry.get("fieldsV1"), path)
        if field is not None:
            name = str(entry.get("manager") or "an unnamed manager")
            found.append(Owner(name, frozenset(field), moment(entry.get("time"))))
    return tuple(found)


def moment(text: object) -> datetime | None:
    """The time that `text` names (RFC 3339); None when it is none, or says no zone."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _at(fields: object, path: Sequence[str]) -> Mapping[str, object] | None:
    here = fields
    for part in path:
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here if isinstance(here, Mapping) else None
