"""How far is the image: follow it until it is Ready, for a bounded time."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from hack.cluster.cluster import kubectl
from hack.cluster.commands import MINUTE, SECOND, say
from hack.cluster.errors import ClusterError
from hack.demo.release import NAMESPACE

TIMEOUT: Final = 30 * MINUTE
STALLED_FOR: Final = 15 * SECOND
"""An image may be Stalled for a moment, while its profiles are being created."""
PAUSE: Final = SECOND

Json = dict[str, Any]


class NotReadyError(ClusterError):
    """Why the image is not Ready and will not become so by waiting."""


@dataclass(frozen=True)
class Published:
    """The artifact of an image that is Ready; `size` in bytes."""

    url: str
    checksum: str
    size: int


def get(name: str) -> Json:
    """The AirshipImage as the API server has it."""
    found: Json = json.loads(kubectl("get", "airshipimage", name, f"--namespace={NAMESPACE}", "--output=json"))
    return found


def condition(image: Json, kind: str) -> Json:
    """The condition of this type when it is about the current spec, otherwise an empty one."""
    conditions = image.get("status", {}).get("conditions", [])
    generation = image["metadata"]["generation"]
    return next(
        (each for each in conditions if each["type"] == kind and each.get("observedGeneration") == generation), {}
    )


def holds(image: Json, kind: str) -> bool:
    """Whether the condition is True of the current spec."""
    return bool(condition(image, kind).get("status") == "True")


def follow(name: str, timeout: float = TIMEOUT) -> Published:
    """Say what the build does until the image is Ready; NotReadyError when it is Stalled or `timeout` seconds pass."""
    start = time.monotonic()
    moving = start
    said = ""
    while not holds(image := get(name), "Ready"):
        now = time.monotonic()
        if not holds(image, "Stalled"):
            moving = now
        if now - moving > STALLED_FOR:
            raise NotReadyError(f"{name} is Stalled: {condition(image, 'Stalled')['message']}")
        if now - start > timeout:
            raise NotReadyError(f"{name} is not Ready after {timeout / MINUTE:.0f} min: {describe(image)}")
        if (line := describe(image)) != said:
            say(f"{now - start:5.0f} s  {name}: {line}")
            said = line
        time.sleep(PAUSE)
    artifact = image["status"]["image"]
    return Published(artifact["url"], artifact["checksum"], artifact["size"])


def describe(image: Json) -> str:
    """One line on where the image is: phase, percent of the build, what it does now."""
    status = image.get("status", {})
    build = status.get("build")
    if build is None:
        return f"{status.get('phase', 'Pending')}: {condition(image, 'Ready').get('message', 'not seen yet')}"
    return f"{status['phase']}: {build['phase']} {build['percent']:3d} %  {build['message']}"
