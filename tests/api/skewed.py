"""`python -m tests.api.skewed SECONDS SETTINGS KUBECONFIG`: the operator, whose clock is ahead by so much."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airship_images.cluster.client import Client
from airship_images.controller import logs
from airship_images.controller.main import work
from airship_images.controller.settings import Settings


async def main(seconds: int, settings: Path, kubeconfig: Path) -> None:
    logs.set_up("plain")
    async with await Client.connect(kubeconfig) as client:
        await work(client, Settings.load(settings), lambda: datetime.now(UTC) + timedelta(seconds=seconds))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
