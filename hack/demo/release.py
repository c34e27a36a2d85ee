"""Install our chart on hack/cluster, or bring what is installed up to date."""

import os
from typing import Final

from hack.cluster import binaries, buildah, images, locations
from hack.cluster.cluster import kubectl, whole
from hack.cluster.commands import MINUTE, logged

NAMESPACE: Final = "airship-images"
RELEASE: Final = "airship-images"
CHART: Final = locations.REPOSITORY / "charts" / "airship-images"
CRDS: Final = locations.REPOSITORY / "crds"
VALUES: Final = locations.REPOSITORY / "hack" / "demo" / "values.yaml"
TIMEOUT: Final = 5 * MINUTE


def install() -> None:
    """The CRDs, which Helm never upgrades, and the release; returns when its pods are ready."""
    kubectl("apply", "--server-side", "--force-conflicts", f"--filename={CRDS}")
    kubectl("wait", "--for=condition=Established", "--timeout=30s", f"--filename={CRDS}")
    argv = (
        str(binaries.ensure("helm")), "upgrade", RELEASE, str(CHART), "--install",
        "--kubeconfig", str(whole().kubeconfig), "--namespace", NAMESPACE, "--create-namespace",
        "--values", str(VALUES), *_restarts(), "--wait", "--timeout", f"{TIMEOUT:.0f}s",
    )  # fmt: skip
    logged("helm upgrade --install", argv, locations.STATE / "log" / "helm.log", timeout=TIMEOUT + MINUTE, env=clean())


def _restarts() -> list[str]:
    """Settings that replace a pod when its image was built anew under the same tag."""
    digests = {target: buildah.inputs_digest(images.name(target)) for target in ("operator", "server")}
    return [f"--set-string={target}.podAnnotations.inputs={digest}" for target, digest in digests.items()]


def clean() -> dict[str, str]:
    """The environment without Helm's own variables, which could name another cluster."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}
