"""How far is the image: follow it until it is Ready, for a bounded time."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from hack.cluster.cluster import kubectl
from hack.cluster.commands import MINUTE, QUIET_INTERVAL, SECOND, say
from hack.cluster.waiting import tried
from hack.demo.errors import NotReadyError
from hack.demo.release import NAMESPACE

TIMEOUT: Final = 45 * MINUTE
ROLLOUT_TIMEOUT: Final = 10 * MINUTE
STALLED_FOR: Final = 30 * SECOND
"""An image may be Stalled for a moment, while its profiles are being created."""
PAUSE: Final = SECOND

Json = dict[str, Any]


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
    """Say what the build does until the image is Ready; NotReadyError when it is Stalled, or after `timeout` s."""
    image = _until(name, "Ready", lambda image: holds(image, "Ready"), describe, timeout)
    artifact = image["status"]["image"]
    return Published(artifact["url"], artifact["checksum"], artifact["size"])


def follow_rollout(name: str, timeout: float = ROLLOUT_TIMEOUT) -> None:
    """The same, until a host runs the image and no other one can take it."""
    _until(name, "rolled out", is_rolled_out, describe_rollout, timeout)


def is_rolled_out(image: Json) -> bool:
    """Whether every host that may get the image has it, and at least one does."""
    hosts = image["status"].get("hosts", {})
    return bool(hosts.get("updated") and not hosts["eligible"] and not hosts["updating"])


def describe(image: Json) -> str:
    """One line on where the image is: phase, percent of the build, what it does now."""
    status = image.get("status", {})
    build = status.get("build")
    if build is None:
        return f"{status.get('phase', 'Pending')}: {condition(image, 'Ready').get('message', 'not seen yet')}"
    return f"{status['phase']}: {build['phase']} {build['percent']:3d} %  {build['message']}"


def describe_rollout(image: Json) -> str:
    """One line on the hosts."""
    return f"rollout: {condition(image, 'RolledOut').get('message', 'not begun')}"


def _until(name: str, wish: str, done: Callable[[Json], bool], line_of: Callable[[Json], str], timeout: float) -> Json:
    start = moving = spoke = time.monotonic()
    said = ""
    while not done(image := tried(partial(get, name))):
        now = time.monotonic()
        if not holds(image, "Stalled"):
            moving = now
        if now - moving > STALLED_FOR:
            raise NotReadyError(f"{name} is Stalled: {condition(image, 'Stalled')['message']}")
        if now - start > timeout:
            raise NotReadyError(f"{name} is not {wish} after {timeout / MINUTE:.0f} min: {line_of(image)}")
        if (line := line_of(image)) != said or now - spoke > QUIET_INTERVAL:
            say(f"{now - start:5.0f} s  {name}: {line}")
            said, spoke = line, now
        time.sleep(PAUSE)
    return image
