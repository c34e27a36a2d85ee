"""What a person needs when the image is not Ready: conditions, the end of the build's log, and what to do next."""

from typing import Final

from hack.cluster.cluster import kubectl, whole
from hack.cluster.errors import ClusterError
from hack.demo.release import NAMESPACE, RELEASE

OURS: Final = "app.kubernetes.io/managed-by=airship-images"
CONDITIONS: Final = (
    r'jsonpath={range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'  # one a line
)
UNFINISHED: Final = "--field-selector=status.successful=0"
TAIL: Final = "--tail=30"


def report(name: str) -> str:
    """All of it as text."""
    jobs = _asked("get", "jobs", f"--selector={OURS}", UNFINISHED, "--output=name").split()
    logs = [log_of(workload) for workload in (*jobs, f"deployment/{RELEASE}")]
    return "\n\n".join([conditions(name), *logs, next_steps(name)])


def conditions(name: str) -> str:
    """The conditions of the image."""
    return f"conditions of {name}:\n{_asked('get', 'airshipimage', name, '--output', CONDITIONS)}"


def log_of(workload: str) -> str:
    """The end of the log of all containers of a Job or Deployment."""
    return f"{workload}:\n{_asked('logs', workload, '--all-containers', '--prefix', TAIL)}"


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
