"""A proxy before the API server: it passes everything on, watches too, and breaks what a test asks for."""

import asyncio
import json
import re
import ssl
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import aiohttp
from aiohttp import web

from hack.cluster.certificates import Certificates

HOP_BY_HOP: Final = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}
LEASES: Final = "/leases/"
HANG: Final = 60.0
"""Seconds: far longer than anyone waits."""
Harm = Literal["refuse", "hang", "break before", "break after", "end"]


@dataclass(frozen=True)
class Fault:
    """What becomes of requests whose `METHOD path?query` the pattern is found in."""

    pattern: str
    harm: Harm = "refuse"
    """refuse: with `status`; hang: no answer; break: the connection, before or after the API server has done what was
    asked; end: a watch that answers with an error event of this status."""
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    at_first: bool = False
    """Only of the first of two requests that ask for the same, the third of four, and so on."""

    def answer(self) -> web.Response:
        told = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "a fault", "code": self.status}
        if self.harm == "end":
            return web.json_response({"type": "ERROR", "object": told})
        return web.json_response(told, status=self.status, headers=dict(self.headers))


class FaultyProxy:
    """Listens on loopback for the time of a `with` block; `user` is whom the API server takes every request for."""

    def __init__(self, upstream: str, certificates: Certificates, user: str, *groups: str, folder: Path) -> None:
        certificates.client(user, *groups)
        self._upstream = upstream
        self._tls = ssl.create_default_context(cafile=str(certificates.ca))
        self._tls.load_cert_chain(certificates.certificate(user), certificates.key(user))
        self.kubeconfig = folder / "kubeconfig"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._faults: list[Fault] = []
        self._asked: Counter[str] = Counter()
        self._watches: set[asyncio.Task[None]] = set()
        self.requests: list[str] = []
        """Each as `METHOD path?query`, but those of the Lease."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def broken(self, *faults: Fault) -> Iterator[None]:
        """Meanwhile these happen, the first one that fits a request."""
        self._faults = list(faults)
        self._asked.clear()
        try:
            yield
        finally:
            self._faults = []

    def end_watches(self) -> int:
        """Close every watch as a server does that has had enough of it; how many there were."""
        ended: int = self._wait(self._end_watches())
        return ended

    def watches(self) -> int:
        """How many go on."""
        return len(self._watches)

    def count(self, pattern: str) -> int:
        """How many requests there were in which the pattern is found."""
        return sum(1 for each in self.requests if re.search(pattern, each))

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        cluster = {"name": "c", "cluster": {"server": f"http://{host}:{port}"}}
        context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
        users = [{"name": "u", "user": {}}]
        content = {"clusters": [cluster], "users": users, "contexts": [context], "current-context": "c"}
        self.kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **content}))

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _end_watches(self) -> int:
        watches = tuple(self._watches)
        for each in watches:
            each.cancel()
        return len(watches)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        asked = f"{request.method} {request.path_qs}"
        if LEASES not in asked:
            self.requests.append(asked)
        fault = self._fault(asked)
        if fault is None:
            return await self._pass_on(request)
        match fault.harm:
            case "hang":
                await asyncio.sleep(HANG)
                return await self._break(request)
            case "break before":
                return await self._break(request)
            case "break after":
                return await self._pass_on(request, answered=False)
            case _:
                return fault.answer()

    def _fault(self, asked: str) -> Fault | None:
        fault = next((each for each in self._faults if re.search(each.pattern, asked)), None)
        if fault is None:
            return None
        self._asked[asked] += 1
        return None if fault.at_first and self._asked[asked] % 2 == 0 else fault

    async def _break(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _pass_on(self, request: web.Request, *, answered: bool = True) -> web.StreamResponse:
        try:
            async with self._session.request(
                request.method,
                f"{self._upstream}{request.raw_path}",
                headers={name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP},
                data=await request.read() or None,
            ) as answer:
                if not answered:
                    await answer.read()
                    return await self._break(request)
                headers = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
                response = web.StreamResponse(status=answer.status, headers=headers)
                await response.prepare(request)
                await self._stream(answer, response, is_watch="watch=true" in request.query_string)
                return response
        except aiohttp.ClientError:  # the API server is away
            return await self._break(request)

    async def _stream(self, answer: aiohttp.ClientResponse, response: web.StreamResponse, *, is_watch: bool) -> None:
        async def copy() -> None:
            async for chunk in answer.content.iter_any():
                await response.write(chunk)

        if not is_watch:
            return await copy()
        task = asyncio.create_task(copy())
        self._watches.add(task)
        try:
            with suppress(asyncio.CancelledError):
                await task
        finally:
            task.cancel()
            self._watches.discard(task)
        return None
