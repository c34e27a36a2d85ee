"""The chart rendered by the real helm."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import yaml

from hack.cluster import binaries, locations

CHART = locations.REPOSITORY / "charts" / "airship-images"
KUBERNETES = "1.34.0"

Manifest = dict[str, Any]


def helm(*arguments: str, values: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """`helm ARGUMENTS`, with the values on its standard input."""
    command = (str(binaries.ensure("helm")), *arguments, "--values", "-")
    text = json.dumps(values or {})
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


def render(values: Mapping[str, Any] | None = None, release: str = "airship-images") -> list[Manifest]:
    """The manifests of a release in namespace airship-images."""
    where = (release, str(CHART), "--namespace", "airship-images", "--kube-version", KUBERNETES)
    done = helm("template", *where, values=values)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """The only manifest of this kind and name."""
    (found,) = (each for each in manifests if each["kind"] == kind and each["metadata"]["name"] == name)
    return found


def refusal(values: Mapping[str, Any]) -> str:
    """What helm says of values that it refuses."""
    done = helm("template", str(CHART), "--kube-version", KUBERNETES, values=values)
    assert done.returncode != 0
    return done.stderr
