"""What happens to a machine when its BareMetalHost changes? Metal3's state machine, one step a call.

After baremetal-operator's host_state_machine.go: images are compared by URL alone, provisioning is not cancelled by a
new URL and then reports the new one, a paused host latches its changes, and five failures end the tries.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

PAUSED: Final = "baremetalhost.metal3.io/paused"
DETACHED: Final = "baremetalhost.metal3.io/detached"
BEFORE_AVAILABLE: Final = {
    "": "registering",
    "registering": "inspecting",
    "inspecting": "preparing",
    "preparing": "available",
}
RETRIES: Final = 5

Json = dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """The truth beside the API: what is being written to the disk, and what is on it."""

    host: Json
    deploying: Json | None = None
    disk: Json | None = None
    wiped: int = 0
    """How often a disk with something on it was erased."""
    history: tuple[str, ...] = field(default=(), compare=False)


def step(machine: Machine, now: str, *, fails: bool = False) -> Machine:
    """The machine after one look of Metal3 at its host; `fails` makes a deployment that ends now end badly."""
    after = _step(machine, now, fails=fails)
    if after.host == machine.host:
        return after
    return replace(after, host=_status(after.host, lastUpdated=now))


def _step(machine: Machine, now: str, *, fails: bool) -> Machine:
    annotations = machine.host["metadata"].get("annotations") or {}
    if PAUSED in annotations:
        return machine
    if DETACHED in annotations:
        return replace(machine, host=_status(machine.host, operationalStatus="detached"))
    if machine.host.get("status", {}).get("operationalStatus") == "detached":
        return replace(machine, host=_status(machine.host, operationalStatus="OK"))
    state = state_of(machine.host)
    if state in BEFORE_AVAILABLE:
        machine = replace(machine, host=_to(machine.host, BEFORE_AVAILABLE[state]))
    elif state in {"available", "ready"}:
        machine = _available(machine, now)
    elif state == "provisioning":
        machine = _provisioning(machine, now, fails)
    elif state == "provisioned":
        machine = _provisioned(machine)
    elif state == "deprovisioning":
        machine = replace(machine, host=_to(machine.host, "available", image=None), deploying=None)
    return machine


def _available(machine: Machine, now: str) -> Machine:
    host = machine.host
    image = host["spec"].get("image")
    if host["spec"].get("externallyProvisioned"):
        return replace(machine, host=_to(host, "externally provisioned"))
    if not image or not host["spec"].get("online"):
        return machine
    status = host["status"]
    failures = status.get("provisioningFailCount", 0) if status.get("lastAttemptedImage") == image else 0
    if failures >= RETRIES:
        return machine
    host = _status(
        _to(host, "provisioning"),
        lastAttemptedImage=image,
        provisioningFailCount=failures,
        operationHistory={**status.get("operationHistory", {}), "provision": {"start": now, "end": None}},
    )
    return replace(machine, host=host, deploying=image, history=(*machine.history, image["url"]))


def _provisioning(machine: Machine, now: str, fails: bool) -> Machine:
    host, status = machine.host, machine.host["status"]
    image = host["spec"].get("image")
    if not image or status.get("errorType"):
        return replace(machine, host=_to(host, "deprovisioning"))
    if fails:
        failed = _status(
            host,
            operationalStatus="error",
            errorType="provisioning error",
            errorMessage="image cannot be written",
            errorCount=status.get("errorCount", 0) + 1,
            provisioningFailCount=status.get("provisioningFailCount", 0) + 1,
        )
        return replace(machine, host=failed)
    history = status["operationHistory"]
    ended = {**history, "provision": {**history["provision"], "end": now}}
    host = _status(
        _to(host, "provisioned", image=image), operationHistory=ended, provisioningFailCount=0, poweredOn=True
    )
    return replace(machine, host=host, disk=machine.deploying, deploying=None)


def _provisioned(machine: Machine) -> Machine:
    image = machine.host["spec"].get("image")
    if image and image["url"] == machine.host["status"]["provisioning"]["image"]["url"]:
        return machine
    return replace(machine, host=_to(machine.host, "deprovisioning"), disk=None, wiped=machine.wiped + 1)


def _to(host: Json, state: str, **provisioning: Any) -> Json:
    """The host in another state, with no error."""
    status = host.get("status", {})
    changed = {"ID": "", **status.get("provisioning", {}), "state": state, **provisioning}
    kept = {key: value for key, value in changed.items() if value is not None}
    return _status(host, provisioning=kept, operationalStatus="OK", errorType="", errorMessage="", errorCount=0)


def _status(host: Json, **changes: Any) -> Json:
    complete = {"poweredOn": True, "provisioningFailCount": 0, **host.get("status", {}), **changes}
    return {**host, "status": {key: value for key, value in complete.items() if key != "errorType" or value}}


def state_of(host: Mapping[str, Any]) -> str:
    """status.provisioning.state."""
    return str(host.get("status", {}).get("provisioning", {}).get("state", ""))
