"""Which repositories does a profile declare, which keys sign them, and what of them stays in the image?"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from airship_builder.apt import Apt
from airship_builder.download import Wanted, download
from airship_builder.inputs import Repository
from airship_builder.job import Job
from airship_builder.run import ToolError, run
from airship_builder.sources import Source
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

_KEY_LIMIT: Final = 1 << 20  # bytes
_ARMOR: Final = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_UNKNOWN: Final = "Unable to locate package"
_KEYRINGS: Final = ("usr/share/keyrings", "etc/apt/keyrings", "etc/apt/trusted.gpg.d")


@dataclass(frozen=True)
class Declared:
    """A repository of a profile: `source` is where we read it.

    `keys` are its key files by their paths in an image that keeps it; there a package brings them, unless `copied`.
    """

    asked: Repository
    source: Source
    keys: dict[str, Path]
    copied: bool

    @property
    def packages(self) -> tuple[str, ...]:
        """What the image gets because of it, besides its packages."""
        package = self.asked.keyring_pkg
        return (package,) if package and self.asked.register_repo_with_rootfs else ()

    def kept(self) -> dict[str, str | Path]:
        """The files of an image that keeps it, by path: their text, or the file that they are copied from."""
        if not self.asked.register_repo_with_rootfs:
            return {}
        keys = self.keys if self.copied else {}
        return {f"/etc/apt/sources.list.d/{self.asked.name}.sources": self._stanza(), **keys}

    def _stanza(self) -> str:
        fields = {
            "Types": "deb" if self.asked.omitdebsrc else "deb deb-src",
            "URIs": self.asked.source,
            "Suites": self.asked.suite,
            "Components": " ".join(self.source.components),
            "Signed-By": " ".join(self.keys),
        }
        return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def declare(job: Job, repositories: Iterable[Repository], archive: Apt, own: Sequence[Source]) -> tuple[Declared, ...]:
    """The declared repositories with their keys, which come by URL, or in a package of the distribution's `archive`.

    `own`: the sources of the archive by the addresses that the image gets.
    Raises InputError for a key that is not what the profile says, OutsideError when it cannot be had.
    """
    return tuple(_declare(job, repository, archive, own) for repository in repositories)


def _declare(job: Job, asked: Repository, archive: Apt, own: Sequence[Source]) -> Declared:
    source = Source(asked.source, asked.suite, tuple(asked.components.split()))
    for known, read in zip(own, archive.sources, strict=True):
        if known.place == source.place:  # further components of the archive: apt takes one set of keys for a place
            keys = {str(key): key for key in known.keys}
            return Declared(asked, replace(source, uri=read.uri, keys=read.keys), keys, copied=False)
    keys = _key_of_package(job, asked, archive) if asked.keyring_pkg else _key_of_url(job, asked)
    return Declared(asked, replace(source, keys=tuple(keys.values())), keys, copied=not asked.keyring_pkg)


def _key_of_url(job: Job, asked: Repository) -> dict[str, Path]:
    if not asked.keyring_url or not asked.keyring_sha256:
        raise InputError(asked.field("keyring_url"), "no key", "keyring_url with keyring_sha256, or keyring_pkg")
    wanted = Wanted(asked.field("keyring_url"), asked.keyring_url, asked.keyring_sha256, _KEY_LIMIT)
    key = _keep(job, download(job.cache, wanted))
    return {f"/etc/apt/keyrings/{asked.name}{key.suffix}": key}


def _key_of_package(job: Job, asked: Repository, archive: Apt) -> dict[str, Path]:
    package = asked.keyring_pkg or ""
    with tempfile.TemporaryDirectory(dir=job.scratch) as folder:
        try:
            run("sh", "-c", 'cd "$1" && exec apt-get download -q "$2"', "sh", folder, package, env=archive.env)
        except ToolError as error:
            if _UNKNOWN in "\n".join(error.lines):
                expected = "a package of the distribution's archive"
                raise InputError(
                    asked.field("keyring_pkg"), package, expected, reason=Reason.PACKAGES_FAILED
                ) from error
            raise OutsideError(f"the package mirror failed: {error.message}", reason=Reason.MIRROR_FAILED) from error
        for file in Path(folder).glob("*.deb"):
            run("dpkg-deb", "-x", file, Path(folder, "tree"))
        tree = Path(folder, "tree")
        for keyrings in _KEYRINGS:
            if keys := [path for path in sorted((tree / keyrings).glob("*")) if _is_key(path)]:
                return {f"/{path.relative_to(tree)}": _keep(job, path) for path in keys}
    raise InputError(asked.field("keyring_pkg"), package, "a package with keys for apt")


def _is_key(path: Path) -> bool:
    """Is it a key file in use? Distributions also ship those that they have withdrawn."""
    return path.suffix in (".gpg", ".asc", ".pgp") and not path.is_symlink() and "removed" not in path.name


def _keep(job: Job, key: Path) -> Path:
    """The key in the cache under a name that says what it is: apt tells text from bytes by it."""
    data = key.read_bytes()
    suffix = ".asc" if _ARMOR in data else ".gpg"
    path = job.cache.debs / "keys" / f"{hashlib.sha256(data).hexdigest()}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(key, path.with_suffix(f"{suffix}.new"))
    return path.with_suffix(f"{suffix}.new").rename(path)
