"""Which repositories does a profile declare, which keys sign them, and what of them stays in the image?"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airship_builder.apt import Apt
from airship_builder.download import Wanted, download
from airship_builder.inputs import Repository
from airship_builder.job import Job
from airship_builder.run import run
from airship_builder.sources import Source
from airship_images.api.errors import InputError

_KEY_LIMIT: Final = 1 << 20  # bytes
_ARMOR: Final = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_KEYRINGS: Final = ("usr/share/keyrings", "etc/apt/keyrings", "etc/apt/trusted.gpg.d")


@dataclass(frozen=True)
class Declared:
    """A repository of a profile; `keys` are its key files by their paths in an image that keeps it."""

    asked: Repository
    source: Source
    keys: dict[str, Path]

    @property
    def packages(self) -> tuple[str, ...]:
        """What the image gets because of it, besides its packages."""
        kept = self.asked.register_repo_with_rootfs and self.asked.keyring_pkg
        return (self.asked.keyring_pkg,) if kept and self.asked.keyring_pkg else ()

    def kept(self) -> dict[str, str | Path]:
        """The files of an image that keeps it, by path: their text, or the file that they are copied from."""
        if not self.asked.register_repo_with_rootfs:
            return {}
        copied = {} if self.asked.keyring_pkg else self.keys
        return {f"/etc/apt/sources.list.d/{self.asked.name}.sources": self._stanza(), **copied}

    def _stanza(self) -> str:
        fields = {
            "Types": "deb" if self.asked.omitdebsrc else "deb deb-src",
            "URIs": self.source.uri,
            "Suites": self.source.suite,
            "Components": " ".join(self.source.components),
            "Signed-By": " ".join(self.keys),
        }
        return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def declare(job: Job, repositories: Iterable[Repository], archive: Apt) -> tuple[Declared, ...]:
    """The declared repositories with their keys, which come by URL, or in a package of the distribution's `archive`.

    Raises InputError for a key that is not what the profile says, OutsideError when it cannot be had.
    """
    return tuple(_declare(job, repository, archive) for repository in repositories)


def _declare(job: Job, asked: Repository, archive: Apt) -> Declared:
    keys = _key_of_package(job, asked, archive) if asked.keyring_pkg else _key_of_url(job, asked)
    source = Source(asked.source, asked.suite, tuple(asked.components.split()), tuple(keys.values()))
    for own in archive.sources:
        if own.place == source.place:  # as when a profile adds components of the archive
            return Declared(asked, Source(own.uri, own.suite, source.components, own.keys), keys)
    return Declared(asked, source, keys)


def _key_of_url(job: Job, asked: Repository) -> dict[str, Path]:
    if not asked.keyring_url or not asked.keyring_sha256:
        raise InputError(asked.field("keyring_url"), "no key", "keyring_url with keyring_sha256, or keyring_pkg")
    wanted = Wanted(asked.field("keyring_url"), asked.keyring_url, asked.keyring_sha256, _KEY_LIMIT)
    key = _keep(job, download(job.cache, wanted))
    return {f"/etc/apt/keyrings/{asked.name}{key.suffix}": key}


def _key_of_package(job: Job, asked: Repository, archive: Apt) -> dict[str, Path]:
    with tempfile.TemporaryDirectory(dir=job.scratch) as folder:
        run(
            "sh",
            "-c",
            'cd "$1" && exec apt-get download -q "$2"',
            "sh",
            folder,
            asked.keyring_pkg or "",
            env=archive.env,
        )
        for package in Path(folder).glob("*.deb"):
            run("dpkg-deb", "-x", package, Path(folder, "tree"))
        tree = Path(folder, "tree")
        for keyrings in _KEYRINGS:
            if keys := [path for path in sorted((tree / keyrings).glob("*")) if _is_key(path)]:
                return {f"/{path.relative_to(tree)}": _keep(job, path) for path in keys}
    raise InputError(asked.field("keyring_pkg"), asked.keyring_pkg or "", "a package with keys for apt")


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


def by_place(declared: Sequence[Declared], place: str) -> Declared | None:
    """The declared repository whose address is in `place`, as apt writes it."""
    return next((one for one in declared if one.source.place[0] in place), None)
