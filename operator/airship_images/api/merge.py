"""What happens to a field when several profiles set it, and what a field's value is for: marks on the models."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue


class Merge(StrEnum):
    """How the values of ordered profiles become one; the later profile is the stronger."""

    DEEP = "deep"  # maps: key by key
    BY_NAME = "by name"  # lists of named items: field by field, first position kept, `omit: true` drops
    UNION = "union"  # lists of plain strings: each once, in order of first mention
    SUBTRACT = "subtract"  # `omit_*` lists: taken from what earlier profiles put into the list they name
    ATOMIC = "atomic"  # lists whose order and repetition mean something: the last one whole
    APPEND = "append"  # `*_append` lists: one after the other, duplicates kept
    REPLACE = "replace"  # scalars and lists inside a named item: the last one


class Phase(StrEnum):
    """The earliest phase of a build whose output changes with the field; unmarked: that of the field around it."""

    ROOTFS = "rootfs"
    DISK = "disk"
    CONFIGURE = "configure"


@dataclass(frozen=True)
class NotYet:
    """Marks a field that has no effect yet: setting it is refused by rule NotYetSupported."""


@dataclass(frozen=True)
class Needed:
    """Marks a field that the composed item must have, though one profile alone may leave it out."""


@dataclass(frozen=True)
class Needs:
    """Marks a field that works only where one of `packages` is installed."""

    packages: tuple[str, ...]


@dataclass(frozen=True)
class Subtracts:
    """Marks a list of merge kind `subtract`: its strings are taken from the list `field` beside it."""

    field: str


@dataclass(frozen=True)
class Clears:
    """Marks a field that excludes `field` beside it: a later profile that sets this one unsets that one."""

    field: str


@dataclass(frozen=True)
class Default:
    """Marks a field with the value that it gets after composition, where its `Needs` are met; `ubuntu`: on Ubuntu."""

    value: JsonValue
    ubuntu: JsonValue = None

    def on(self, distribution: str) -> JsonValue:
        """The value for a node of `distribution`."""
        return self.ubuntu if distribution == "ubuntu" and self.ubuntu is not None else self.value
