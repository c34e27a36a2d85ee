"""airship-images pause and resume: may the rollout of an image patch hosts?"""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from airship_images.cli import cluster
from airship_images.cli.console import OUT
from airship_images.cli.options import DEFAULT_KUBECONFIG, ClusterImageArgument, KubeconfigOption
from airship_images.cluster import requests

PAUSE_EXAMPLE: Final = "Example: airship-images pause production/worker"
RESUME_EXAMPLE: Final = "Example: airship-images resume production/worker --accept-failures"


def pause(image: ClusterImageArgument, kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG) -> None:
    """Have the operator patch no host for an image until `resume`; hosts that got it already go on.

    It sets the annotation airshipit.org/rollout-paused to "true".
    """
    namespace, name = cluster.split(image, kubeconfig)
    cluster.ask(kubeconfig, lambda client: requests.pause(client, namespace, name))
    OUT.print(f"the rollout of AirshipImage {namespace}/{name} is paused; airship-images hosts {namespace}/{name}")


def resume(
    image: ClusterImageArgument,
    accept_failures: Annotated[
        bool, typer.Option("--accept-failures", help="Go on in spite of the hosts that have failed until now.")
    ] = False,
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
) -> None:
    """Let the rollout of an image go on: after `pause`, and with --accept-failures after hosts that failed to take it.

    It removes the annotation airshipit.org/rollout-paused, and sets airshipit.org/rollout-resumed to the present time.
    """
    namespace, name = cluster.split(image, kubeconfig)
    accepted = datetime.now(UTC) if accept_failures else None
    cluster.ask(kubeconfig, lambda client: requests.resume(client, namespace, name, accepted))
    OUT.print(f"the rollout of AirshipImage {namespace}/{name} goes on; airship-images hosts {namespace}/{name}")
