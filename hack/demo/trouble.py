"""What a person needs when the image is not Ready: conditions, the end of the build's log, and what to do next."""

import json
from typing import Final

from hack.cluster.cluster import kubectl, whole
from hack.cluster.errors import ClusterError
from hack.demo.progress import get
from hack.demo.release import NAMESPACE, RELEASE

OURS: Final = "app.kubernetes.io/managed-by=airship-images"
TAIL: Final = "--tail=30"


def report(name: str) -> str:
    """All of it as text."""
    return "\n\n".join([conditions(name), *unfinished_jobs(), operator(), next_steps(name)])


def conditions(name: str) -> str:
    """The conditions of the image, one a line."""
    found = get(name).get("status", {}).get("conditions", [])
    lines = [f"  {each['type']}={each['status']} {each['reason']}: {each['message']}" for each in found]
    return "\n".join([f"conditions of {name}:", *(lines or ["  none: has the operator seen it?"])])


def unfinished_jobs() -> list[str]:
    """The end of the log of every Job of ours that has not succeeded."""
    items = json.loads(kubectl("get", "jobs", f"--namespace={NAMESPACE}", f"--selector={OURS}", "--output=json"))[
        "items"
    ]
    names = [item["metadata"]["name"] for item in items if not item["status"].get("succeeded")]
    return [f"job {name}:\n{_log(f'job/{name}')}" for name in names]


def operator() -> str:
    """The end of the operator's log."""
    return f"operator:\n{_log(f'deployment/{RELEASE}')}"


def next_steps(name: str) -> str:
    """What to type."""
    return (
        "The cluster is still up. Look around:\n"
        f"  export KUBECONFIG={whole().kubeconfig}\n"
        f"  kubectl describe airshipimage {name} --namespace {NAMESPACE}\n"
        f"  kubectl get pods --namespace {NAMESPACE}\n"
        "`make demo` goes on from here, `make demo-down` takes everything down."
    )


def _log(of: str) -> str:
    try:
        return kubectl("logs", of, f"--namespace={NAMESPACE}", "--all-containers", "--prefix", TAIL).rstrip()
    except ClusterError as error:
        return f"  no log: {error}"
