"""Is the operator alive, is it at work, and what does it count? Three small HTTP answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from airship_images.controller.settings import Listen


class Leadership(Protocol):
    """Whether we lead, or could."""

    def is_held(self) -> bool:
        """Do we lead?"""
        ...

    def is_followed(self) -> bool:
        """Do we know who does?"""
        ...


@asynccontextmanager
async def answering(listen: Listen, lease: Leadership, complaint: Callable[[], str | None]) -> AsyncIterator[None]:
    """Answer /healthz (503 with a `complaint`), /readyz (503 too while we could not take over) and /metrics."""

    async def healthz(_: web.Request) -> web.Response:
        return _answer(complaint())

    async def readyz(_: web.Request) -> web.Response:
        if lease.is_held():
            return _answer(complaint())
        return _answer(None if lease.is_followed() else "the Lease cannot be read", well="standing by")

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        for port in (listen.health_port, listen.metrics_port):
            await web.TCPSite(runner, listen.address, port).start()
        yield
    finally:
        await runner.cleanup()


def _answer(complaint: str | None, well: str = "ok") -> web.Response:
    return web.Response(text=well) if complaint is None else web.Response(status=503, text=complaint)
