"""The process: take the Lease, then watch and work until it is lost or somebody says stop."""

import asyncio
import logging
import socket
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from airship_images.api.errors import AirshipError
from airship_images.cluster.client import Client
from airship_images.cluster.lease import Lease
from airship_images.controller import logs, metrics
from airship_images.controller.health import answering
from airship_images.controller.operator import Operator
from airship_images.controller.parts import first_of
from airship_images.controller.settings import Settings
from airship_images.controller.stop import StopSignals

log = logging.getLogger(__name__)

SETTINGS: Final = Path("/etc/airship-images/settings.yaml")
EXAMPLE: Final = "example: python -m airship_images.controller --settings settings.yaml --kubeconfig ~/.kube/config"


async def run(settings: Settings, kubeconfig: Path | None) -> None:
    """Connect and work; raises AirshipError when the Lease is lost."""
    async with await Client.connect(kubeconfig) as client:
        await work(client, settings)


def now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


async def work(client: Client, settings: Settings, clock: Callable[[], datetime] = now) -> None:
    """Wait for the Lease and work while it is ours; returns when told to stop, raises AirshipError when it is lost."""
    identity = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
    lease = Lease(client, settings.lease.namespace, settings.lease.name, identity, clock)
    stop = StopSignals()
    operator = Operator(client, settings, lease, clock, stop)
    async with answering(settings.listen, lease, complaint=operator.complaint):
        try:
            await first_of(lease.keep(), _lead(operator, settings, lease), stop.told())
        finally:
            await lease.release()


async def _lead(operator: Operator, settings: Settings, lease: Lease) -> None:
    await lease.held()
    log.info("holding Lease %s/%s", settings.lease.namespace, settings.lease.name)
    metrics.LEADER.set(1)
    await operator.run()


def _main(
    settings: Annotated[Path, typer.Option(help="YAML file of settings")] = SETTINGS,
    kubeconfig: Annotated[Path | None, typer.Option(help="file to connect by; left out: as the pod's account")] = None,
    log_format: Annotated[Literal["json", "plain"], typer.Option(help="a line of JSON each, or text")] = "json",
) -> None:
    """Build the AirshipImages of a cluster, and roll them out."""
    logs.set_up(log_format)
    try:
        asyncio.run(run(Settings.load(settings), kubeconfig))
    except AirshipError as error:
        log.error("%s", error)
        sys.exit(error.exit_code)


def main() -> None:
    """The entry point of `python -m airship_images.controller`."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(epilog=EXAMPLE)(_main)
    app()
