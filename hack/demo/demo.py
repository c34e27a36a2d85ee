"""The demo, step by step: cluster, images, chart, hosts, examples, an image that is Ready, a host that got it."""

from typing import Final

from hack.cluster import binaries, cluster, guard, images, locations, teardown
from hack.cluster.cluster import kubectl, whole
from hack.cluster.commands import say, step
from hack.demo import hosts, progress, release, served, trouble
from hack.demo.errors import NotReadyError
from hack.demo.progress import Published

IMAGE: Final = "worker"
EXAMPLES: Final = locations.REPOSITORY / "examples"
SHOWN: Final = "airshipimages,nodeprofiles,baremetalhosts"


def up() -> None:
    """All of it; what is there already is left as it is. NotReadyError when the image or the host do not get there."""
    with cluster.alone():
        cluster.up()
        images.build_all()
        images.load_all()
    guard.check(whole().kubeconfig)
    try:
        release.install()
        hosts.apply(whole().kubeconfig)
        kubectl("apply", f"--namespace={release.NAMESPACE}", f"--kustomize={EXAMPLES}")
        with hosts.simulated(whole().kubeconfig):
            artifact = progress.follow(IMAGE)
            with step(f"fetching {artifact.url} and hashing it"):
                served.verify(artifact)
            progress.follow_rollout(IMAGE)
    except NotReadyError:
        say(trouble.report(IMAGE))
        raise
    print(summary(artifact))


def down() -> None:
    """Takes down the cluster, and with it all that the demo made."""
    with cluster.alone():
        teardown.down()


def summary(artifact: Published) -> str:
    """What there is now, and how to play on."""
    return f"""
{kubectl("get", SHOWN, f"--namespace={release.NAMESPACE}").rstrip()}

{artifact.url}
  {artifact.size} bytes, fetched through the image server; SHA-256 {artifact.checksum} verified

The cluster stays up to play with:
  export KUBECONFIG={whole().kubeconfig} PATH={binaries.ensure("kubectl").parent}:$PATH
  kubectl get airshipimages --namespace {release.NAMESPACE} --watch
  kubectl edit nodeprofile worker --namespace {release.NAMESPACE}    # a new sysctl: the root filesystem is reused
until:
  make demo-down"""
