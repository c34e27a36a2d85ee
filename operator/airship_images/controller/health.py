"""Is the operator alive, is it at work, and what does it count? Three small HTTP answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from airship_images.controller.settings import Listen


@asynccontextmanager
async def answering(listen: Listen, ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer /healthz, /readyz (503 until `ready`) and /metrics on both ports."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ok") if ready() else web.Response(status=503, text="not the leader yet")

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
