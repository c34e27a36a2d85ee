"""Which images need which named thing of their namespace now?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

Named = tuple[str, str]
"""Namespace and name."""


class Uses:
    """Who needs what, both ways."""

    def __init__(self) -> None:
        self._needed: dict[Named, frozenset[Named]] = {}
        self._users: dict[Named, set[Named]] = defaultdict(set)

    def note(self, image: Named, names: Iterable[str]) -> list[Named]:
        """Remember what the image needs from now on; what nobody needs any more."""
        former = self._needed.pop(image, frozenset())
        needed = frozenset((image[0], name) for name in names)
        for key in needed - former:
            self._users[key].add(image)
        for key in former - needed:
            self._users[key].discard(image)
        if needed:
            self._needed[image] = needed
        dropped = [key for key in former - needed if not self._users[key]]
        for key in dropped:
            del self._users[key]
        return dropped

    def users(self, key: Named) -> frozenset[Named]:
        """The images that need it."""
        return frozenset(self._users.get(key, ()))

    def __iter__(self) -> Iterator[Named]:
        """All that any image needs."""
        return iter(tuple(self._users))
