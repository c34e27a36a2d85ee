"""airship-images rebuild: build an image anew, though nothing of its spec has changed."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from airship_images.cli import cluster
from airship_images.cli.console import OUT
from airship_images.cli.options import DEFAULT_KUBECONFIG, KubeconfigOption
from airship_images.cluster.requests import request_rebuild

EXAMPLE: Final = "Example: airship-images rebuild production/worker"


def rebuild(
    image: Annotated[str, typer.Argument(metavar="[NAMESPACE/]IMAGE", help="The AirshipImage.")],
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
) -> None:
    """Ask the operator to configure, test and publish an image again, for example with a Secret's new content.

    It sets the annotation airshipit.org/rebuild-requested to the present time; the published image stays until then.
    """
    namespace, name = cluster.split(image, kubeconfig)
    now = datetime.now(UTC)
    cluster.ask(kubeconfig, lambda client: request_rebuild(client, namespace, name, now))
    OUT.print(f"AirshipImage {namespace}/{name} is built anew; kubectl get airshipimage {name} -n {namespace} --watch")
