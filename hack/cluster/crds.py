"""Are the kinds of these CRDs served? `kubectl wait` gives up on one whose conditions nobody has written yet."""

from pathlib import Path
from typing import Final

from hack.cluster import binaries
from hack.cluster.commands import MINUTE, output
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import until

TIMEOUT: Final = 2 * MINUTE
ALL: Final = ("customresourcedefinitions", "--all")


def wait_until_served(kubeconfig: Path, *which: str) -> None:
    """Return when the CRDs `which` (arguments of `kubectl wait`) are served; ClusterError after TIMEOUT.

    A client that looks for a kind may find it only a moment after its CRD is established.
    """
    kubectl = (str(binaries.ensure("kubectl")), f"--kubeconfig={kubeconfig}")
    said = ["nothing"]

    def served() -> bool:
        try:
            met = output((*kubectl, "wait", "--for=condition=Established", "--timeout=5s", *which))
            output((*kubectl, "get", ",".join(names(met)), "--all-namespaces", "--output=name"))
        except ClusterError as error:
            said.append(str(error))
            return False
        return True

    until(served, "the CRDs", TIMEOUT, lambda: said[-1])


def names(met: str) -> list[str]:
    """The CRDs of what `kubectl wait` says, each as PLURAL.GROUP."""
    return [line.split()[0].rpartition("/")[2] for line in met.splitlines()]
