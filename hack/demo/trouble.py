"""What a person needs when the image is not Ready: conditions, the end of the build's log, and what to do next."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from hack.cluster.cluster import kubectl, whole
from hack.cluster.errors import ClusterError
from hack.demo.release import NAMESPACE, RELEASE

OURS: Final = "app.kubernetes.io/managed-by=airship-images"
CONDITIONS: Final = r'jsonpath={range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
TAIL: Final = "--tail=30"


def report(name: str) -> str:
    """All of it as text."""
    pods = json.loads(kubectl("get", "pods", f"--namespace={NAMESPACE}", f"--selector={OURS}", "--output=json"))[
        "items"
    ]
    logs = [log_of(f"pod/{pod}", f"--container={container}") for pod, container in interesting(pods)]
    return "\n\n".join([conditions(name), *logs, log_of(f"deployment/{RELEASE}"), next_steps(name)])


def interesting(pods: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Pod and container of what runs or has failed."""
    for pod in pods:
        status = pod["status"]
        for each in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
            if "running" in each["state"] or each["state"].get("terminated", {}).get("exitCode"):
                yield pod["metadata"]["name"], each["name"]


def conditions(name: str) -> str:
    """The conditions of the image."""
    return f"conditions of {name}:\n{_asked('get', 'airshipimage', name, '--output', CONDITIONS)}"


def log_of(workload: str, *which: str) -> str:
    """The end of the log of a pod or Deployment."""
    return f"log of {workload}:\n{_asked('logs', workload, *which, TAIL)}"


def next_steps(name: str) -> str:
    """What to type."""
    return (
        "The cluster is still up. Look around:\n"
        f"  export KUBECONFIG={whole().kubeconfig}\n"
        f"  kubectl describe airshipimage {name} --namespace {NAMESPACE}\n"
        f"  kubectl get pods --namespace {NAMESPACE}\n"
        "`make demo` goes on from here, `make demo-down` takes everything down."
    )


def _asked(*arguments: str) -> str:
    """The answer, or why there is none: a report is for when things are broken."""
    try:
        return kubectl(*arguments, f"--namespace={NAMESPACE}").strip()
    except ClusterError as error:
        return f"({error})"
