"""When does somebody ask this process to stop?"""

import asyncio
import signal
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """^C, and what Kubernetes sends."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def listen(self) -> None:
        """Hear them from now on, and nobody who heard them before."""
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._told.set)

    async def told(self) -> None:
        """Wait until one comes."""
        self.listen()
        await self._told.wait()
