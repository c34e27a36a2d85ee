"""Are the kinds of these CRDs served? `kubectl wait` gives up on one whose conditions nobody has written yet."""

from pathlib import Path
from typing import Final

from hack.cluster import binaries
from hack.cluster.commands import SECOND, output
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import until

TIMEOUT: Final = 30 * SECOND
ALL: Final = ("customresourcedefinitions", "--all")


def wait_until_served(kubeconfig: Path, *which: str) -> None:
    """Return when the CRDs `which` (arguments of `kubectl wait`) are established; ClusterError after TIMEOUT."""
    kubectl = (str(binaries.ensure("kubectl")), f"--kubeconfig={kubeconfig}", "wait", "--for=condition=Established")
    said = ["nothing"]

    def served() -> bool:
        try:
            output((*kubectl, "--timeout=5s", *which))
        except ClusterError as error:
            said.append(str(error))
            return False
        return True

    until(served, "the CRDs", TIMEOUT, lambda: said[-1])
