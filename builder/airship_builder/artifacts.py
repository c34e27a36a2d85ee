"""Where are the files of an artifact in a registry? In the cache under its digest, pulled by the phase `disk`."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Final

from airship_builder.cache import Cache
from airship_builder.digest import file_digest
from airship_builder.inputs import OciArtifact
from airship_builder.job import Job
from airship_builder.run import MINUTE, ToolError, run
from airship_images.api.build import DOCKER_CONFIG
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

KIND: Final = "artifact"
"""Of the cache's entries."""
LAYER: Final = "layer"
LIMIT: Final = 64 << 20
"""Bytes of a layer, compressed: roles are text."""


def pull(job: Job, field: str, artifact: OciArtifact) -> None:
    """Have the one layer of `artifact`, which a profile names in `field`, in the cache.

    Raises InputError when it is not there or has not one layer, OutsideError when the registry does not give it.
    """
    with job.cache.alone(KIND, artifact.digest):
        if job.cache.find(KIND, artifact.digest):
            return
        job.report(2, "pull", f"pulling {artifact.reference.partition('@')[0]}")
        work = job.scratch / "pull"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        with job.cache.storing(KIND, artifact.digest, {}) as folder:
            _pull(job, field, artifact, work, folder / LAYER)
        shutil.rmtree(work)


def layer(cache: Cache, artifact: OciArtifact) -> Path:
    """The file of its layer; raises OutsideError when it was not pulled."""
    entry = cache.peek(KIND, artifact.digest)
    if entry is None:
        message = f"artifact {artifact.digest[:10]} is not in the cache; run the phase disk first"
        raise OutsideError(message, reason=Reason.CACHE_CORRUPT)
    return entry.file(LAYER)


def _pull(job: Job, field: str, artifact: OciArtifact, work: Path, target: Path) -> None:
    login: tuple[str | Path, ...] = ()
    if artifact.pull_secret_name:
        login = ("--registry-config", job.pull_secrets / artifact.pull_secret_name / DOCKER_CONFIG)
    manifest = work / "manifest.json"
    _oras(field, "manifest", "fetch", *login, "--output", manifest, artifact.reference)
    _expect(field, artifact.digest, hashlib.sha256(manifest.read_bytes()).hexdigest())
    algorithm, _, digest = _only_layer(field, manifest)["digest"].partition(":")
    _expect(field, "sha256", algorithm)
    repository = artifact.reference.partition("@")[0]
    _oras(field, "blob", "fetch", *login, "--output", target, f"{repository}@sha256:{digest}")
    _expect(field, digest, file_digest(target))


def _only_layer(field: str, manifest: Path) -> Any:
    found = json.loads(manifest.read_text()).get("layers", [])
    if len(found) != 1:
        raise InputError(field, f"an artifact of {len(found)} layers", "one layer, a tar.gz of the role")
    if found[0]["size"] > LIMIT:
        raise InputError(field, f"a layer of {found[0]['size'] >> 20} MiB", f"at most {LIMIT >> 20} MiB")
    return found[0]


def _oras(field: str, *arguments: str | Path) -> None:
    try:
        run("oras", *arguments, timeout=5 * MINUTE)
    except ToolError as error:
        if any("mismatch" in line for line in error.lines):
            right = f"the bytes of {arguments[-1]}"
            raise InputError(field, "other bytes", right, reason=Reason.DIGEST_MISMATCH) from error
        if any(line.endswith(": not found") for line in error.lines):
            found = f"nothing at {arguments[-1]}"
            raise InputError(field, found, "an artifact of the registry", reason=Reason.DOWNLOAD_FAILED) from error
        if error.reason is Reason.DISK_FULL:
            raise
        raise OutsideError(f"{field}: {error.message}", reason=Reason.DOWNLOAD_FAILED) from error


def _expect(field: str, expected: str, found: str) -> None:
    if found != expected:
        raise InputError(field, found, expected, reason=Reason.DIGEST_MISMATCH)
