"""`python -m tests.api.mortal WRITES SETTINGS KUBECONFIG`: the operator, which dies right after so many writes.

How many there were is in the file `writes` beside its settings.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, Self

from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.rest import RESTResponse

from airship_images.cluster.client import LEASES, Client
from airship_images.controller import logs
from airship_images.controller.main import work
from airship_images.controller.settings import Settings

KILLED = 137


class Mortal(Client):
    """Counts what the API server was made to store, but the Lease; after the last one nothing more is done."""

    left = 0
    writes = 0
    account: Path

    def __init__(self, api: ApiClient) -> None:
        super().__init__(api)
        self._call_api = api.call_api  # which what is written to hosts goes through as well
        api.call_api = self._counted  # type: ignore[method-assign]

    @classmethod
    async def with_lives(cls, kubeconfig: Path, writes: int, account: Path) -> Self:
        client = await cls.connect(kubeconfig)
        client.left = writes
        client.account = account
        return client

    async def _counted(self, method: str, url: str, *arguments: Any, **named: Any) -> RESTResponse:
        response = await self._call_api(method, url, *arguments, **named)
        if method != "GET" and response.status < 400 and f"/{LEASES.plural}" not in url:
            self.left -= 1
            self.writes += 1
            unfinished = self.account.with_suffix(".unfinished")
            unfinished.write_text(str(self.writes))
            unfinished.rename(self.account)
            if self.left == 0:
                os._exit(KILLED)
        return response


async def main(writes: int, settings: Path, kubeconfig: Path) -> None:
    logs.set_up("plain")
    async with await Mortal.with_lives(kubeconfig, writes, settings.with_name("writes")) as client:
        await work(client, Settings.load(settings))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
