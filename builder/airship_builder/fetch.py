"""Which packages does the root filesystem need, and are they all in the package cache?"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from airship_builder.apt import Apt
from airship_builder.digest import file_digest
from airship_builder.distribution import distribution
from airship_builder.job import Job
from airship_builder.run import ToolError, log
from airship_builder.sources import Source, machine_sources, mirrored
from airship_images.api.build import RepositoryLock
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact

ARCHITECTURE: Final = "amd64"
_URI: Final = re.compile(r"^'\S+' (?P<name>\S+\.deb) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})$", re.MULTILINE)
_UNKNOWN: Final = (
    re.compile(r"Unable to locate package (?P<name>\S+)"),
    re.compile(r"Package '(?P<name>\S+)' has no installation candidate"),
    re.compile(r"Version '\S+' for '(?P<name>\S+)' was not found"),
)
_UNMET: Final = ("unmet dependencies", "held broken packages", "Unable to satisfy dependencies")


@dataclass(frozen=True)
class Package:
    """One package file as the signed index describes it."""

    name: str
    sha256: str


def fetch(job: Job) -> None:
    """Download and verify the packages of the request, and lock the repositories; nothing when the result is cached.

    Raises InputError for a package that does not exist or cannot be installed, OutsideError when the mirror fails.
    """
    request = job.inputs.rootfs_request()
    job.cache.claim("rootfs", request.rootfs_hash)
    if job.cache.find("rootfs", request.rootfs_hash):
        job.cache.release("rootfs", request.rootfs_hash)
        job.note_cache_hit("rootfs")
        return
    if request.architecture != ARCHITECTURE:
        raise InputError("software.rootfs_arch", request.architecture, ARCHITECTURE, reason=Reason.NOT_YET_SUPPORTED)
    suite = distribution(request.distribution, request.suite).suite
    variables = job.inputs.rootfs_vars()
    sources = machine_sources(suite)
    with job.cache.changing_packages():
        apt = _apt(job, mirrored(sources, job.mirror))
        apt.prepare(pins(variables.unapproved_packages))
        job.report(5, "update", f"reading the package lists of {suite}")
        _update(apt)
        job.report(20, "resolve", "resolving packages")
        packages = _resolve(apt, suite, variables.packages)
        _download(job, apt, suite, variables.packages, packages)
        os.utime(apt.state)  # its last use
    job.note("lists", str(apt.state.relative_to(job.cache.root)))
    job.note("debs", [package.name for package in packages])
    job.note("sources", [source.line() for source in sources])
    job.note("fetchedFrom", [source.line() for source in apt.sources])
    job.note("pins", pins(variables.unapproved_packages))
    _lock(job, apt)


def pins(unapproved: Sequence[str]) -> str:
    """The apt preferences that keep `unapproved` packages out."""
    return "".join(f"Package: {name}\nPin: release *\nPin-Priority: -1\n\n" for name in unapproved)


def selection(suite: str, packages: Sequence[str]) -> tuple[str, ...]:
    """What apt is asked for: as mmdebstrap's variant `required`, with `packages`."""
    base = f"?narrow(?or(?archive(^{suite}$),?codename(^{suite}$)),?architecture({ARCHITECTURE})"
    return (f"{base},?essential)", f"{base},?priority(required))", "apt", *packages)


def _apt(job: Job, sources: Sequence[Source]) -> Apt:
    key = hashlib.sha256("\n".join(source.line() for source in sources).encode()).hexdigest()[:16]
    return Apt(job.cache.debs / f"lists-{key}", job.cache.debs, sources, ARCHITECTURE)


def _update(apt: Apt) -> None:
    try:
        apt.update()
    except ToolError as error:
        raise OutsideError(
            f"the package mirror failed: {redact(error.message)}", reason=Reason.MIRROR_FAILED
        ) from error


def _resolve(apt: Apt, suite: str, wanted: Sequence[str]) -> list[Package]:
    arguments = ("--yes", "--print-uris", "-o", "Acquire::ForceHash=SHA256", "-o", "Dir::Cache::archives=/nonexistent/")
    try:
        plan = apt.get(*arguments, "install", *selection(suite, wanted), quiet=True)
    except ToolError as error:
        raise _explain(error, suite) from error
    return [Package(match["name"], match["sha256"]) for match in _URI.finditer(plan)]


def _explain(error: ToolError, suite: str) -> Exception:
    text = "\n".join(error.lines)
    for pattern in _UNKNOWN:
        if match := pattern.search(text):
            return InputError("software.packages", match["name"], f"a package of {suite}", reason=Reason.INVALID_INPUT)
    if any(sign in text for sign in _UNMET):
        detail = "; ".join(line.strip() for line in error.lines if "Depends:" in line or "Conflicts:" in line)
        return InputError(
            "software.packages", f"packages that exclude each other ({detail})", "a set that can be installed"
        )
    return error


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
        if error.reason is Reason.DISK_FULL:
            raise
        raise OutsideError(
            f"the package mirror failed: {redact(error.message)}", reason=Reason.MIRROR_FAILED
        ) from error
    damaged = [package.name for package in packages if not _intact(apt.archives, package)]
    if damaged:
        raise OutsideError(
            f"the mirror gave other bytes than its index says: {damaged[0]}", reason=Reason.MIRROR_FAILED
        )


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


def _lock(job: Job, apt: Apt) -> None:
    locks, dates = [], []
    for source in apt.sources:
        release = apt.lists / _release_file(source)
        locks.append(RepositoryLock(source=redact(source.uri), suite=source.suite, release_sha256=file_digest(release)))
        dates.append(_date(release))
    job.note("lock", [lock.model_dump(by_alias=True) for lock in locks])
    job.note("epoch", max(dates))


def _release_file(source: Source) -> str:
    address = re.sub(r"^[a-z+]+://(?:[^/@]*@)?", "", source.uri).rstrip("/")
    return f"{address.replace('_', '%5f').replace('/', '_')}_dists_{source.suite.replace('/', '_')}_InRelease"


def _date(release: Path) -> int:
    match = re.search(r"(?m)^Date: (.+)$", release.read_text())
    if match is None:
        raise OutsideError(f"{release.name} has no Date", reason=Reason.MIRROR_FAILED)
    return int(parsedate_to_datetime(match[1]).replace(tzinfo=UTC).timestamp())
