"""How often one status is written."""

import asyncio

from airship_images.cluster import pace
from airship_images.cluster.pace import Pace


def test_progress_waits_after_a_write_and_only_for_the_same_image() -> None:
    async def scenario() -> None:
        written = Pace()
        assert written.wait("one") == 0
        written.wrote("one")
        assert pace.SECONDS_BETWEEN - 1 < written.wait("one") <= pace.SECONDS_BETWEEN
        assert written.wait("two") == 0

    asyncio.run(scenario())
