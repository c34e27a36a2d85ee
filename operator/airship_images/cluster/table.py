"""The objects of one kind as they were seen last, whatever comes twice, late or not at all."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, TypeVar

from airship_images.cluster.client import Object

Key = tuple[str, str]
"""Namespace and name."""
Value = TypeVar("Value")

_KNOWN: Final = "known"
"""Marks what is left of a listed object whose version is in the table; no object of the API has such a field."""
_WHICH: Final = ("namespace", "name", "uid", "resourceVersion")


@dataclass(frozen=True, slots=True)
class _Row(Generic[Value]):
    uid: str
    version: int
    value: Value
    index: frozenset[Key]
    seen: float
    """Since when this version is known, by a clock that nobody sets."""


class Table(Generic[Value]):
    """The objects of one kind: the newest version of each, found by name or by one index."""

    def __init__(
        self, keep: Callable[[Object], Value], index: Callable[[Object], Iterable[str]] = lambda _: ()
    ) -> None:
        self._keep = keep
        self._index = index
        self._rows: dict[Key, _Row[Value]] = {}
        self._by_index: dict[Key, set[Key]] = defaultdict(set)
        self.exists = False
        """Has the cluster this kind, and was all of it listed?"""
        self.changes = 0
        """How often an object came, changed or went."""
        self._heard = 0
        self._listed = (0, 0.0)
        self._gone: tuple[dict[str, int], dict[str, int]] = ({}, {})
        """By UID, the version with which an object was told to be gone: since the last list, and before that."""

    def put(self, raw: Object) -> bool:
        """Remember the object, unless this or a newer version of it is known, or that it is gone; was it news?

        A list, and the answer to a write, may come after the word of a watch that the object is gone.
        """
        key, metadata = key_of(raw), raw["metadata"]
        version = int(metadata["resourceVersion"])
        if self._went(metadata):
            return False
        known = self._rows.get(key)
        if known is not None and known.uid == metadata["uid"] and known.version >= version:
            return False
        self.forget(key)
        self.changes += 1
        index = frozenset((key[0], name) for name in self._index(raw))
        self._rows[key] = _Row(metadata["uid"], version, self._keep(raw), index, time.monotonic())
        for entry in index:
            self._by_index[entry].add(key)
        return True

    def remove(self, raw: Object) -> bool:
        """Forget the object, unless another one has taken its name; was it news?"""
        self._gone[0][raw["metadata"]["uid"]] = int(raw["metadata"].get("resourceVersion", sys.maxsize))
        known = self._rows.get(key_of(raw))
        if known is None or known.uid != raw["metadata"]["uid"]:
            return False
        self.forget(key_of(raw))
        return True

    def forget(self, key: Key) -> None:
        """Keep nothing under this name."""
        row = self._rows.pop(key, None)
        self.changes += 1
        for entry in row.index if row else ():
            self._by_index[entry].discard(key)
            if not self._by_index[entry]:
                del self._by_index[entry]

    def replace(
        self, listed: tuple[list[Object], str] | None, stays: Callable[[Value], bool] = lambda _: False
    ) -> None:
        """Take over a whole list: what is not in it is gone, unless it is newer, or `stays`.

        None: there is no such kind.
        """
        self.exists = listed is not None
        listing, version = listed or ([], "0")
        objects = [raw for raw in listing if not self._went(raw["metadata"])]
        there = {key_of(raw) for raw in objects}
        for key, row in [(key, row) for key, row in self._rows.items() if key not in there]:
            if listed is None or (row.version <= int(version) and not stays(row.value)):
                self.forget(key)
        for raw in objects:
            if _KNOWN not in raw:  # what is known is in its row, unless it went meanwhile
                self.put(raw)
        self.settle()
        newest = max((int(raw["metadata"]["resourceVersion"]) for raw in objects), default=0)
        if newest > self._listed[0] or newest <= self._heard:
            self._listed = (newest, time.monotonic())

    def news(self, raw: Object) -> Object:
        """What of a listed object must be held until the list is whole: all if it is news, else which version it is."""
        metadata = raw["metadata"]
        row = self._rows.get(key_of(raw))
        if row is None or row.uid != metadata["uid"] or row.version < int(metadata["resourceVersion"]):
            return raw
        return {_KNOWN: True, "metadata": {name: metadata[name] for name in _WHICH}}

    def _went(self, metadata: Object) -> bool:
        """Was this version, or a newer one, told to be gone?"""
        uid, version = metadata["uid"], int(metadata["resourceVersion"])
        return any(uid in each and version <= each[uid] for each in self._gone)

    def settle(self) -> None:
        """Everything was listed: what was asked for before the list that went before it has long been answered."""
        self._gone = ({}, self._gone[0])

    def hear(self, raw: Object) -> None:
        """The watch tells of this object."""
        self._heard = max(self._heard, int(raw["metadata"]["resourceVersion"]))

    def is_behind(self, deadline: float) -> bool:
        """Did a list made before `deadline` show something that the watch has not told of until now?"""
        newest, when = self._listed
        return newest > self._heard and when < deadline

    def get(self, key: Key) -> Value | None:
        """The object of this name."""
        row = self._rows.get(key)
        return None if row is None else row.value

    def known_for(self, key: Key) -> timedelta:
        """How long ago the object came, or changed last; nothing where it has gone meanwhile."""
        row = self._rows.get(key)
        return timedelta(seconds=0.0 if row is None else time.monotonic() - row.seen)

    def indexed(self, namespace: str, name: str) -> list[tuple[Key, Value]]:
        """The objects of the namespace that the index has under `name`, by key."""
        return [(key, self._rows[key].value) for key in sorted(self._by_index.get((namespace, name), ()))]

    def in_namespace(self, namespace: str) -> Iterator[tuple[Key, Value]]:
        """All objects of the namespace."""
        return ((key, row.value) for key, row in self._rows.items() if key[0] == namespace)

    def __iter__(self) -> Iterator[Key]:
        """The names of all objects."""
        return iter(tuple(self._rows))


def key_of(raw: Object) -> Key:
    """Namespace and name of an object."""
    return raw["metadata"]["namespace"], raw["metadata"]["name"]
