"""Build our container images where their inputs changed, and load them into the cluster."""

import importlib.util
import sys
import tempfile
import tomllib
from functools import partial
from pathlib import Path
from typing import Final

from hack.cluster import base_image, buildah, containerd, dockerfile, packages
from hack.cluster.commands import output, step
from hack.cluster.locations import REPOSITORY
from hack.cluster.waiting import tried

TARGETS: Final = ("operator", "builder", "server")
BUSYBOX: Final = Path("/bin/busybox")
PAUSE: Final = Path(__file__).parent / "pause" / "Dockerfile"
CA_BUNDLE: Final = Path("/etc/ssl/certs/ca-certificates.crt")
PIP_OPTIONS: Final = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


def name(target: str) -> str:
    """The image of a target of the Dockerfile, tagged with the project's version."""
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    return f"localhost/airship-images/{target}:{version}"


def build_all(targets: tuple[str, ...] = TARGETS) -> None:
    """Build those of `targets` whose inputs changed."""
    packages.ensure(packages.IMAGES)
    text = (REPOSITORY / "Dockerfile").read_text()
    for target in targets:
        digest = dockerfile.inputs_digest(text, target, REPOSITORY)
        if buildah.inputs_digest(name(target)) != digest:
            base_image.ensure()
            _build(target, digest)
    buildah.prune()


def load_all(targets: tuple[str, ...] = TARGETS) -> None:
    """Load the images of `targets` into containerd, unless it has these very ones."""
    for target in targets:
        load(name(target))


def load_pause() -> None:
    """Build the pause image where it is not, and load it."""
    text = PAUSE.read_text() + str(BUSYBOX.stat().st_size)
    digest = dockerfile.text_digest(text)
    if buildah.inputs_digest(containerd.PAUSE_IMAGE) != digest:
        buildah.build(containerd.PAUSE_IMAGE, PAUSE, BUSYBOX.parent, digest)
    load(containerd.PAUSE_IMAGE)


def pip_configuration(listed: str) -> str:
    """A pip.conf for a container, from the output of `pip config list`: what says where and how to download."""
    options = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        option = key.rpartition(".")[2]
        if option in PIP_OPTIONS:
            options[option] = value.strip("'")
    return "\n".join(
        ["[global]", "cert = /run/secrets/ca-bundle", *(f"{key} = {value}" for key, value in options.items()), ""]
    )


def _build(target: str, digest: str) -> None:
    with tempfile.TemporaryDirectory(prefix="airship-images-secrets-") as folder:
        pip = Path(folder) / "pip.conf"
        pip.write_text(pip_configuration(_pip_options()))
        secrets = {"pip.conf": pip, "ca-bundle": CA_BUNDLE}
        build = partial(buildah.build, name(target), REPOSITORY / "Dockerfile", REPOSITORY, digest)
        tried(partial(build, target=target, secrets=secrets))  # what it has downloaded is kept, layer by layer


def _pip_options() -> str:
    if importlib.util.find_spec("pip") is None:
        packages.ensure(("python3-pip",))
    return output((sys.executable, "-m", "pip", "config", "list"))


def load(image: str) -> None:
    """Load an image that was built here into containerd, unless it has this very one."""
    digest = buildah.inputs_digest(image)
    if digest is None or containerd.label(image, buildah.DIGEST_LABEL) == digest:
        return
    with step(f"loading {image}"), tempfile.TemporaryDirectory(prefix="airship-images-load-") as folder:
        archive = Path(folder) / "image.tar"
        buildah.export(image, archive)
        containerd.load(archive)
        containerd.set_label(image, buildah.DIGEST_LABEL, digest)
