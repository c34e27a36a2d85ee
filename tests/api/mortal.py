"""`python -m tests.api.mortal WRITES SETTINGS KUBECONFIG`: the operator, which dies right after so many writes."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, Self

from kubernetes.aio.client.rest import RESTResponse

from airship_images.cluster.client import LEASES, Client
from airship_images.controller import logs
from airship_images.controller.main import work
from airship_images.controller.settings import Settings

KILLED = 137


class Mortal(Client):
    """Counts what the API server was made to store, but the Lease; after the last one nothing more is done."""

    left = 0

    @classmethod
    async def with_lives(cls, kubeconfig: Path, writes: int) -> Self:
        client = await cls.connect(kubeconfig)
        client.left = writes
        return client

    async def _send(self, method: str, path: str, **request: Any) -> RESTResponse:
        response = await super()._send(method, path, **request)
        if method != "GET" and f"/{LEASES.plural}" not in path:
            self.left -= 1
            if self.left == 0:
                os._exit(KILLED)
        return response


async def main(writes: int, settings: Path, kubeconfig: Path) -> None:
    logs.set_up("plain")
    async with await Mortal.with_lives(kubeconfig, writes) as client:
        await work(client, Settings.load(settings))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
