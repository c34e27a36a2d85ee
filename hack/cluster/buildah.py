"""buildah with a store of its own in the cache folder: builds and exports images without a daemon."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hack.cluster.commands import MINUTE, logged, output
from hack.cluster.errors import ClusterError
from hack.cluster.locations import cache

DIGEST_LABEL: Final = "airshipit.org/inputs"
"""The label of an image with the hash of what it was built from."""
BUILD_TIMEOUT: Final = 20 * MINUTE
COPY_TIMEOUT: Final = 15 * MINUTE
"""Of an image of a gigabyte, on a slow disk."""


def has(image: str) -> bool:
    """Whether the store has the image."""
    return bool(output((*_command(), "images", "--quiet", "--filter", f"reference={image}")).strip())


def inputs_digest(image: str) -> str | None:
    """What `build` labelled the image with; None where the store has no such image."""
    if not has(image):
        return None
    template = f'{{{{index .OCIv1.Config.Labels "{DIGEST_LABEL}"}}}}'
    return output((*_command(), "inspect", "--type=image", "--format", template, image)).strip()


def pull(image: str) -> None:
    """Pull the image from where the machine's configuration says; ClusterError where it cannot."""
    output((*_command(), "pull", "--quiet", "--retry=0", image), timeout=5 * MINUTE)


def make_from(archive: Path, image: str) -> None:
    """An image of one layer: the content of a tar archive."""
    container = output((*_command(), "from", "scratch")).strip()
    output((*_command(), "add", "--quiet", container, str(archive), "/"), timeout=COPY_TIMEOUT)
    output((*_command(), "config", "--cmd", "/bin/bash", container))
    output((*_command(), "commit", "--quiet", "--rm", container, image), timeout=COPY_TIMEOUT)


def build(
    image: str,
    dockerfile: Path,
    context: Path,
    digest: str,
    *,
    target: str = "",
    secrets: Mapping[str, Path] | None = None,
) -> None:
    """Build the image, labelled with the hash of its inputs; `secrets` are mounted while building only."""
    arguments = [f"--secret=id={name},src={file}" for name, file in (secrets or {}).items()]
    if target:
        arguments.append(f"--target={target}")
    command = (
        *_command(), "build", "--isolation=chroot", "--pull-never", "--layers", f"--label={DIGEST_LABEL}={digest}",
        f"--file={dockerfile}", f"--tag={image}", *arguments, str(context),
    )  # fmt: skip
    log = cache() / "log" / f"image-{image.rpartition('/')[2].partition(':')[0]}.log"
    logged(f"building {image}", command, log, timeout=BUILD_TIMEOUT)


def export(image: str, archive: Path) -> None:
    """Write the image as an uncompressed Docker archive."""
    output((*_command(), "push", "--quiet", image, f"docker-archive:{archive}:{image}"), timeout=COPY_TIMEOUT)
    if not archive.exists():
        raise ClusterError(f"buildah exported no archive of {image}")


def prune() -> None:
    """Remove what earlier builds of the same names left in the store."""
    output((*_command(), "rmi", "--prune"), timeout=COPY_TIMEOUT)


def _command() -> tuple[str, ...]:
    store = cache() / "containers"
    return ("buildah", "--storage-driver=overlay", f"--root={store / 'root'}", f"--runroot={store / 'run'}")
