"""How often is the status of one image written while its build goes on?"""

import asyncio
from typing import Final

SECONDS_BETWEEN: Final = 5.0


class Pace:
    """Remembers whose status was written in the last few seconds."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def wait(self, uid: str) -> float:
        """Seconds until mere progress of the image may be written; 0 when it may be now."""
        return max(self._due.get(uid, 0.0) - asyncio.get_running_loop().time(), 0.0)

    def wrote(self, uid: str) -> None:
        """Its status was written just now."""
        loop = asyncio.get_running_loop()
        if uid not in self._due:
            loop.call_later(SECONDS_BETWEEN, self._forget, uid)
        self._due[uid] = loop.time() + SECONDS_BETWEEN

    def _forget(self, uid: str) -> None:
        """Once it is long enough ago; later still if it was written again meanwhile."""
        left = self.wait(uid)
        if left > 0:
            asyncio.get_running_loop().call_later(left, self._forget, uid)
        else:
            del self._due[uid]
