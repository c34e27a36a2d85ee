"""Install our chart on hack/cluster, or bring what is installed up to date."""

import os
from typing import Final

from hack.cluster import binaries, buildah, crds, images, locations
from hack.cluster.cluster import kubectl, whole
from hack.cluster.commands import MINUTE, logged, output, step
from hack.cluster.errors import ClusterError
from hack.demo.errors import NotReadyError

NAMESPACE: Final = "airship-images"
RELEASE: Final = "airship-images"
DEPLOYMENTS: Final = (RELEASE, f"{RELEASE}-server")
CHART: Final = locations.REPOSITORY / "charts" / "airship-images"
CRDS: Final = locations.REPOSITORY / "crds"
VALUES: Final = locations.REPOSITORY / "hack" / "demo" / "values.yaml"
TIMEOUT: Final = 6 * MINUTE


def install(*options: str) -> None:
    """The CRDs, which Helm never upgrades, and the release; NotReadyError when its pods do not get ready.

    `options` are Helm's, such as --set=VALUE, and win over the values of the demo.
    """
    kubectl("apply", "--server-side", "--force-conflicts", f"--filename={CRDS}")
    crds.wait_until_served(whole().kubeconfig, f"--filename={CRDS}")
    with step("helm upgrade --install"):
        for interrupted in _helm("list", "--pending", "--short").split():
            _helm("uninstall", interrupted)
        upgrade = ("upgrade", RELEASE, str(CHART), "--install", "--create-namespace", f"--values={VALUES}")
        _helm(*upgrade, *_restarts(), *options)
    for deployment in DEPLOYMENTS:
        _wait_for(deployment)


def _wait_for(deployment: str) -> None:
    rollout = ("rollout", "status", f"deployment/{deployment}", f"--namespace={NAMESPACE}", f"--timeout={TIMEOUT:.0f}s")
    argv = (str(binaries.ensure("kubectl")), "--kubeconfig", str(whole().kubeconfig), *rollout)
    try:
        logged(f"deployment {deployment}", argv, locations.STATE / "log" / "rollout.log", timeout=TIMEOUT + MINUTE)
    except ClusterError as error:
        raise NotReadyError(str(error)) from error


def _helm(*arguments: str) -> str:
    where = ("--kubeconfig", str(whole().kubeconfig), "--namespace", NAMESPACE)
    return output((str(binaries.ensure("helm")), *arguments, *where), env=_without_helms_own())


def _restarts() -> list[str]:
    """Settings that replace a pod when its image was built anew under the same tag."""
    digests = {target: buildah.inputs_digest(images.name(target)) for target in ("operator", "server")}
    return [f"--set-string={target}.podAnnotations.inputs={digest}" for target, digest in digests.items()]


def _without_helms_own() -> dict[str, str]:
    """The environment without Helm's variables, which could name another cluster."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}
