"""Which packages does the root filesystem need, and are they all in the package cache?"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from airship_builder import refusals
from airship_builder.apt import Apt
from airship_builder.chosen import lay_out
from airship_builder.digest import file_digest
from airship_builder.distribution import Distribution, distribution
from airship_builder.dkms import compilers, fetch_sources
from airship_builder.inputs import Repository, RootfsVars
from airship_builder.job import Job
from airship_builder.preferences import preferences, unapproved
from airship_builder.release import Release
from airship_builder.repack import repack
from airship_builder.repositories import Declared, declare
from airship_builder.run import ToolError, log
from airship_builder.sources import Source, mirrored
from airship_builder.vendor import fetch_base
from airship_images.api.build import CacheLookup, RootfsRequest
from airship_images.api.distributions import ARCHITECTURE
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

_URI: Final = re.compile(
    r"^'(?P<uri>\S+)' (?P<name>\S+\.deb) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})$", re.MULTILINE
)


@dataclass(frozen=True)
class Package:
    """One package file as the signed index describes it."""

    name: str
    sha256: str
    uri: str

    @property
    def selector(self) -> str:
        """NAME:ARCHITECTURE=VERSION, which the name of its file is made of."""
        name, version, architecture = unquote(self.name).removesuffix(".deb").split("_")
        return f"{name}:{architecture}={version}"


@dataclass(frozen=True)
class Resolved:
    """What apt makes of a request now: nothing is downloaded yet but the lists."""

    apt: Apt
    own: tuple[Source, ...]
    declared: tuple[Declared, ...]
    wanted: tuple[str, ...]
    packages: Sequence[Package]
    compilers: Sequence[Package]
    """What compiles drivers for the kernel of `packages`, with what it needs of those."""

    @property
    def digest(self) -> str:
        """The SHA-256 of all package files that make the root filesystem, by name and content."""
        lines = sorted({f"{package.name} {package.sha256}\n" for package in (*self.packages, *self.compilers)})
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def fetch(job: Job) -> CacheLookup:
    """Download and verify the packages of the request, and lock the repositories; nothing when the result is cached.

    Raises InputError for a package that does not exist or cannot be installed, OutsideError when the mirror fails.
    """
    request = job.inputs.rootfs_request()
    job.cache.claim("rootfs", request.rootfs_hash)
    if job.cache.find("rootfs", request.rootfs_hash):
        job.cache.release("rootfs", request.rootfs_hash)
        job.note_cache_hit("rootfs")
        return CacheLookup(entry="rootfs", hit=True)
    if base := job.inputs.rootfs_vars().base:
        fetch_base(job, base)
    else:
        with job.cache.changing_packages():
            _fetch(job, driver_of(request))
    return CacheLookup(entry="rootfs", hit=False)


def driver_of(request: RootfsRequest) -> Distribution:
    """What builds the suite of the request; raises InputError where nothing does."""
    if request.architecture != ARCHITECTURE:
        raise InputError("software.rootfs_arch", request.architecture, ARCHITECTURE, reason=Reason.NOT_YET_SUPPORTED)
    return distribution(request.distribution, request.suite)


def _fetch(job: Job, driver: Distribution) -> None:
    found = resolved(job, driver)
    variables = job.inputs.rootfs_vars()
    fetch_sources(job, variables.dkms)
    _download(job, found.apt, driver.suite, found.wanted, found.packages)
    if found.compilers:
        more = (*found.wanted, *compilers([package.name for package in found.packages]))
        _download(job, found.apt, driver.suite, more, found.compilers)
    _lay_out(job, found.apt, driver.suite, found.packages)
    names = [package.name for package in found.packages]
    job.note("compilers", [package.name for package in found.compilers if package.name not in names])
    job.note("wanted", [name.partition("=")[0] for name in found.wanted])
    job.note("debs", names)
    job.note("packages", found.digest)
    job.note("sources", [source.line() for source in found.own])
    job.note("keptFiles", _kept_files(job, variables, found.declared))
    _note_repositories(job, found.apt)


def resolved(job: Job, driver: Distribution) -> Resolved:
    """Read the lists of all repositories anew, and resolve the request's packages; others must not do so meanwhile.

    Raises InputError for a package that does not exist or cannot be installed, OutsideError when the mirror fails.
    """
    variables = job.inputs.rootfs_vars()
    own = driver.sources()
    job.report(5, "update", f"reading the package lists of {driver.suite}")
    declared = _declare(job, own, variables.repos)
    apt = _apt(job, (*mirrored(own, job.mirror), *(one.source for one in declared)))
    _update(apt, declared)
    apt.prefer(preferences(apt, variables, declared, driver))
    job.report(20, "resolve", "resolving packages")
    wanted = tuple(dict.fromkeys((*variables.packages, *(name for one in declared for name in one.packages))))
    packages = _resolve(apt, driver.suite, wanted, variables.unapproved_packages)
    _check_origins(packages, declared)
    more = (*wanted, *compilers([package.name for package in packages])) if variables.dkms else ()
    tools = _resolve(apt, driver.suite, more, variables.unapproved_packages) if more else []
    return Resolved(apt, own, declared, wanted, packages, tools)


def _note_repositories(job: Job, apt: Apt) -> None:
    """From where the packages came, and as of when."""
    os.utime(apt.state)  # its last use
    releases = [Release.of(source, apt) for source in {source.place: source for source in apt.sources}.values()]
    job.note("lock", [release.lock().model_dump(by_alias=True) for release in releases])
    job.note("epoch", max(release.date() for release in releases))


def _declare(job: Job, own: tuple[Source, ...], repositories: Sequence[Repository]) -> tuple[Declared, ...]:
    archive = _apt(job, mirrored(own, job.mirror))
    if any(repository.keyring_pkg for repository in repositories):
        _update(archive, ())
    return declare(job, repositories, archive, own)


def _kept_files(job: Job, variables: RootfsVars, declared: Sequence[Declared]) -> dict[str, dict[str, str]]:
    """What apt finds in the image: by path, the text of a file, or the file of the cache that it is."""
    pins = unapproved(variables.unapproved_packages)
    files: dict[str, str | Path] = {"/etc/apt/preferences.d/unapproved": pins} if pins else {}
    for one in declared:
        files |= one.kept()
    return {
        path: {"text": file} if isinstance(file, str) else {"from": str(file.relative_to(job.cache.root))}
        for path, file in files.items()
    }


def selection(suite: str, packages: Sequence[str]) -> tuple[str, ...]:
    """What apt is asked for: as mmdebstrap's variant `required`, with `packages`."""
    base = f"?narrow(?or(?archive(^{suite}$),?codename(^{suite}$)),?architecture({ARCHITECTURE})"
    return (f"{base},?essential)", f"{base},?priority(required))", "apt", *packages)


def _apt(job: Job, sources: Sequence[Source]) -> Apt:
    key = hashlib.sha256("\n".join(source.line() for source in sources).encode()).hexdigest()[:16]
    return Apt(job.cache.debs / f"lists-{key}", job.cache.debs, sources, ARCHITECTURE)


def _update(apt: Apt, declared: Sequence[Declared]) -> None:
    apt.prepare()
    try:
        apt.update()
    except ToolError as error:
        raise refusals.of_update(error, declared) from error


def _resolve(apt: Apt, suite: str, wanted: Sequence[str], unapproved: Sequence[str]) -> list[Package]:
    arguments = ("--yes", "--print-uris", "-o", "Acquire::ForceHash=SHA256", "-o", "Dir::Cache::archives=/nonexistent/")
    try:
        plan = apt.get(*arguments, "install", *selection(suite, wanted), quiet=True)
    except ToolError as error:
        raise refusals.of_install(error, suite, unapproved) from error
    return [Package(match["name"], match["sha256"], match["uri"]) for match in _URI.finditer(plan)]


def _check_origins(packages: Sequence[Package], declared: Sequence[Declared]) -> None:
    """Two repositories may have one version of a package in different bytes, which no preference tells apart."""
    for one in declared:
        wanted = {package.partition("=")[0] for package in one.asked.packages}
        for package in packages:
            if package.name.partition("_")[0] in wanted and not package.uri.startswith(f"{one.source.place[0]}/"):
                expected = f"a version that {one.source.uri} alone has: {package.uri} is as good for apt"
                raise InputError(one.asked.field("packages"), package.name, expected)


def _download(job: Job, apt: Apt, suite: str, wanted: Sequence[str], packages: Sequence[Package]) -> None:
    missing = [package.name for package in packages if not _intact(apt.archives, package)]
    log(f"{len(packages)} packages, {len(missing)} to download")
    if not missing:
        job.note_cache_hit("debs")
        return
    job.report(30, "download", f"downloading {len(missing)} packages")
    try:
        apt.get("--yes", "--download-only", "-q", "install", *selection(suite, wanted))
    except ToolError as error:
        raise refusals.of_download(error) from error
    damaged = [package.name for package in packages if not _intact(apt.archives, package)]
    if damaged:
        raise OutsideError(
            f"the mirror gave other bytes than its index says: {damaged[0]}", reason=Reason.MIRROR_FAILED
        )


def _lay_out(job: Job, apt: Apt, suite: str, packages: Sequence[Package]) -> None:
    """Leave the packages for the next phase, in the form in which they are unpacked fastest."""
    digests = {package.name: package.sha256 for package in packages}
    files = repack(
        apt.archives, digests, lambda missing: job.report(80, "repack", f"repacking {missing} packages for dpkg")
    )
    lay_out(job.scratch, suite, apt.show(package.selector for package in packages), digests, files)


def _intact(archives: Path, package: Package) -> bool:
    """Is it there, with the bytes of the index? A damaged file is removed, so that apt downloads it again."""
    path = archives / package.name
    if path.exists() and file_digest(path) != package.sha256:
        log(f"{package.name} in the package cache is damaged: removing it")
        path.unlink()
    if not path.exists():
        return False
    os.utime(path)  # its last use
    return True
