"""The hosts of the demo, played without hardware.

examples:
  python3 -m hack.demo.hosts apply KUBECONFIG
  python3 -m hack.demo.hosts simulate KUBECONFIG --seconds 60
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from hack.cluster import binaries, crds, guard
from hack.cluster.commands import SECOND, output, say
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import tried
from tests.bmh.machine import Machine, state_of, step

HERE: Final = Path(__file__).resolve().parent
CRD: Final = HERE / "baremetalhost-crd.yaml"
HOSTS: Final = HERE / "hosts.yaml"
KIND: Final = "baremetalhosts.metal3.io"
PAUSE: Final = 2 * SECOND
"""Metal3 of the demo looks at its hosts so often; a host is in each state at least that long."""

Json = dict[str, Any]


def apply(kubeconfig: Path) -> None:
    """The CRD, the hosts, and the status of those that have none yet; ClusterError on a cluster that is not ours."""
    guard.check(kubeconfig)
    documents = list(yaml.safe_load_all(HOSTS.read_text()))
    _kubectl(kubeconfig, "apply", "--server-side", f"--filename={CRD}")
    crds.wait_until_served(kubeconfig, f"--filename={CRD}")
    for namespace in sorted({document["metadata"]["namespace"] for document in documents}):
        _ensure_namespace(kubeconfig, namespace)
    _kubectl(kubeconfig, "apply", "--server-side", "--field-manager=demo", f"--filename={HOSTS}")
    for host in _hosts(kubeconfig):
        if not state_of(host):
            _write_status(kubeconfig, {**host, "status": first_status(host)})


def first_status(host: Json) -> Json:
    """What Metal3 would say of a host that was registered long ago: provisioned if it has an image, else available."""
    image = host["spec"].get("image")
    past = "2026-01-01T00:00:00Z"
    status = {
        "operationalStatus": "OK",
        "errorMessage": "",
        "errorCount": 0,
        "poweredOn": True,
        "provisioningFailCount": 0,
        "provisioning": {"ID": host["metadata"]["uid"], "state": "available"},
    }
    if image:
        status["provisioning"] = {"ID": host["metadata"]["uid"], "state": "provisioned", "image": image}
        status["operationHistory"] = {"provision": {"start": past, "end": past}}
    return status


def simulate(kubeconfig: Path, seconds: float, stop: threading.Event | None = None) -> None:
    """Play Metal3 to every host that waits for its image, for `seconds` or until `stop`."""
    guard.check(kubeconfig)
    stop = stop or threading.Event()
    machines: dict[str, Machine] = {}
    end = time.monotonic() + seconds
    while not stop.wait(PAUSE) and time.monotonic() < end:
        for host in tried(partial(_hosts, kubeconfig)):
            uid = host["metadata"]["uid"]
            before = Machine(host, deploying=machines[uid].deploying if uid in machines else None)
            machines[uid] = after = step(before, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            if after.host != host:
                say(f"host {host['metadata']['name']}: {state_of(after.host)}")
                tried(partial(_write_status, kubeconfig, after.host))


@contextmanager
def simulated(kubeconfig: Path, seconds: float = 3600 * SECOND) -> Iterator[None]:
    """Metal3 is played for the time of a `with` block; an error of the player is raised at its end."""
    stop, errors = threading.Event(), []

    def play() -> None:
        try:
            simulate(kubeconfig, seconds, stop)
        except ClusterError as error:
            errors.append(error)

    player = threading.Thread(target=play, name="metal3", daemon=True)
    player.start()
    try:
        yield
    finally:
        stop.set()
        player.join()
    if errors:
        raise errors[0]


def _hosts(kubeconfig: Path) -> list[Json]:
    """The demo's own hosts as the API server has them."""
    found: Json = json.loads(_kubectl(kubeconfig, "get", f"--filename={HOSTS}", "--output=json"))
    return list(found["items"])


def _write_status(kubeconfig: Path, host: Json) -> None:
    """Refused by the API server when the host has changed since it was read; the next look then sees the change."""
    try:
        _kubectl(kubeconfig, "replace", "--subresource=status", "--filename=-", text=json.dumps(host))
    except ClusterError as error:
        if "the object has been modified" not in str(error):
            raise
        say(f"host {host['metadata']['name']} changed meanwhile")


def _ensure_namespace(kubeconfig: Path, name: str) -> None:
    if not _kubectl(kubeconfig, "get", "namespace", name, "--ignore-not-found", "--output=name"):
        _kubectl(kubeconfig, "create", "namespace", name)


def _kubectl(kubeconfig: Path, *arguments: str, text: str = "") -> str:
    kubectl = (str(binaries.ensure("kubectl")), "--kubeconfig", str(kubeconfig), "--request-timeout=30s")
    return output((*kubectl, *arguments), text=text)


def main(arguments: Sequence[str]) -> None:
    """Run the verb that the arguments name."""
    parser = argparse.ArgumentParser(
        prog="python3 -m hack.demo.hosts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB", dest="verb")
    for verb, text in (("apply", apply.__doc__), ("simulate", simulate.__doc__)):
        added = verbs.add_parser(verb, help=text, description=text)
        added.add_argument("kubeconfig", type=Path, metavar="KUBECONFIG")
        if verb == "simulate":
            added.add_argument("--seconds", type=float, required=True, help="how long to play")
    chosen = parser.parse_args(arguments)
    if chosen.verb == "apply":
        apply(chosen.kubeconfig)
    else:
        simulate(chosen.kubeconfig, chosen.seconds)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ClusterError as error:
        sys.exit(f"error: {error}")
