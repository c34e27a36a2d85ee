"""airship-images rebuild: build an image anew, though nothing of its spec has changed."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from airship_images.cli import cluster
from airship_images.cli.console import OUT
from airship_images.cli.options import DEFAULT_KUBECONFIG, ClusterImageArgument, KubeconfigOption
from airship_images.cluster.requests import request_rebuild, request_refresh

EXAMPLE: Final = "Example: airship-images rebuild production/worker --refresh"


def rebuild(
    image: ClusterImageArgument,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Build it only if its packages have newer versions, and with those.")
    ] = False,
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
) -> None:
    """Ask the operator to configure, test and publish an image again, for example with a Secret's new content.

    It sets the annotation airshipit.org/rebuild-requested, or refresh-requested, to the present time; the published
    image stays until then.
    """
    namespace, name = cluster.split(image, kubeconfig)
    now = datetime.now(UTC)
    ask = request_refresh if refresh else request_rebuild
    cluster.ask(kubeconfig, lambda client: ask(client, namespace, name, now))
    what = "gets newer packages, if there are any" if refresh else "is built anew"
    OUT.print(f"AirshipImage {namespace}/{name} {what}; kubectl get airshipimage {name} -n {namespace} --watch")
