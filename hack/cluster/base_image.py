"""debian:trixie-slim where it cannot be pulled: the same made from the machine's own package mirror."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from hack.cluster import buildah
from hack.cluster.commands import MINUTE, logged, output, say
from hack.cluster.errors import ClusterError
from hack.cluster.locations import cache
from hack.cluster.waiting import tried

NAME: Final = "debian:trixie-slim"
SUITE: Final = "trixie"
KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
INDEX_FORMAT: Final = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"


def ensure() -> None:
    """Have the image in the store: the one that is there, the pulled one, or the made one."""
    if buildah.has(NAME):
        return
    try:
        buildah.pull(NAME)
    except ClusterError:
        say(f"{NAME} cannot be pulled here: making it from this machine's package mirror")
        _make()


def sources(indexes: str, own: str, wanted: str) -> list[str]:
    """Lines of sources.list for the suite `wanted`, from the indexes (INDEX_FORMAT) of a machine of suite `own`."""
    lines = []
    for origin, uri, release, component in (line.split("|") for line in indexes.splitlines()):
        if origin == "Debian" and (release == own or release.startswith(f"{own}-")):
            suite = wanted + release.removeprefix(own)
            lines.append(f"deb [signed-by={KEYRING}] {uri} {suite} {component}")
    return list(dict.fromkeys(lines))


def _make() -> None:
    indexes = output(("apt-get", "indextargets", "--format", INDEX_FORMAT, "Created-By: Packages"))
    own = output(("sh", "-c", '. /etc/os-release; printf %s "$VERSION_CODENAME"'))
    lines = sources(indexes, own, SUITE)
    if not lines:
        raise ClusterError(f"{NAME}: apt knows no Debian repository of {own}; run apt-get update, or pull the image")
    with tempfile.TemporaryDirectory(prefix="airship-images-base-") as folder:
        archive = Path(folder) / "root.tar"
        command = ("mmdebstrap", "--mode=root", "--variant=minbase", SUITE, str(archive), *lines)
        tried(partial(logged, f"making {NAME}", command, cache() / "log" / "base-image.log", timeout=10 * MINUTE))
        buildah.make_from(archive, NAME)
