"""Is the cluster of this kubeconfig one that tests and the demo may write to?

They make BareMetalHosts and write their status. A cluster that has the BareMetalHost CRD without our label may manage
real machines.
"""

import json
from pathlib import Path
from typing import Final

from hack.cluster import binaries
from hack.cluster.commands import output
from hack.cluster.errors import ClusterError

CRD: Final = "baremetalhosts.metal3.io"
LABEL: Final = "airshipit.org/hack-cluster"


def check(kubeconfig: Path) -> None:
    """Return when the cluster is ours or has no BareMetalHosts; ClusterError otherwise, or when it does not answer."""
    if not kubeconfig.is_file():
        raise ClusterError(f"kubeconfig: found no file {kubeconfig}; `python3 -m hack.cluster up` makes one")
    kubectl = (str(binaries.ensure("kubectl")), "--kubeconfig", str(kubeconfig), "--request-timeout=30s")
    found = output((*kubectl, "get", "customresourcedefinition", CRD, "--ignore-not-found", "--output=json"))
    if found and LABEL not in json.loads(found)["metadata"].get("labels", {}):
        raise ClusterError(
            f"{kubeconfig} is of a cluster whose {CRD} has no label {LABEL}: its hosts may be real."
            " Tests and the demo run on `python3 -m hack.cluster up` alone"
        )
