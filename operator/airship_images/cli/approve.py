"""airship-images approve: agree, as the owner of hosts, to their disks being erased for one image."""

import sys
from typing import Annotated, Final

import typer

from airship_images.api.errors import InputError
from airship_images.cli import cluster
from airship_images.cli.columns import print_columns
from airship_images.cli.console import OUT
from airship_images.cli.host_rows import has
from airship_images.cli.options import DEFAULT_KUBECONFIG, ClusterImageArgument, KubeconfigOption
from airship_images.cluster import requests
from airship_images.cluster.client import Client
from airship_images.cluster.onlooker import look
from airship_images.plan.consent import awaiting_consent
from airship_images.plan.hosts import Host
from airship_images.plan.rolling import Round

EXAMPLE: Final = "Example: airship-images approve production/worker rack-1 rack-2"


def approve(
    image: ClusterImageArgument,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[HOST]…", help="BareMetalHosts; left out: all that wait for it.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: needed without a terminal.")] = False,
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
) -> None:
    """Show which provisioned hosts would be erased for an image, ask, and write their owner's consent on them.

    The consent is the annotation airshipit.org/approved-image on each host: for this one digest, written with your own
    rights. Drain the hosts first. With strategy Replace the operator then erases them, at most maxUnavailable at once.
    """
    namespace, name = cluster.split(image, kubeconfig)
    (rollout,) = cluster.ask(kubeconfig, lambda client: look(client, namespace, name)).rollouts
    found = rollout.expect_round()
    chosen = awaiting_consent(f"{namespace}/{name}", found, names or [])
    if not chosen:
        OUT.print(f"no host waits for its owner's consent; airship-images hosts {namespace}/{name}")
        return
    _show(found, chosen)
    if not yes:
        _ask(len(chosen))
    digest = found.artifact.digest
    cluster.ask(kubeconfig, lambda client: _approve(client, chosen, digest))


def _show(found: Round, chosen: tuple[Host, ...]) -> None:
    artifact = found.artifact
    OUT.print(f"These hosts would get {artifact.digest} from {artifact.url}:")
    print_columns(
        ("HOST", "STATE", "HAS", "WOULD GET"),
        [(each.name, each.state, has(each), artifact.short_digest) for each in chosen],
    )
    manual = "" if found.rules.strategy == "Replace" else " once spec.rollout.strategy is Replace"
    OUT.print(f"THEIR DISKS WILL BE ERASED{manual}.", style="bold red")


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise InputError("--yes", "no terminal to ask on", "--yes, to agree without being asked")
    if not typer.confirm(f"Agree for {count} host{'s' if count > 1 else ''}?"):
        raise InputError("the question", "no", "yes; nothing was written")


async def _approve(client: Client, chosen: tuple[Host, ...], digest: str) -> None:
    """One after the other, each told at once: what was written stays written when a later one fails."""
    for host in chosen:
        await requests.approve(client, host, digest)
        OUT.print(f"BareMetalHost {host.namespace}/{host.name} is approved for {digest}")
