"""Where does the image go? Into the store under its own digest, whole or not at all, and never twice."""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from airship_builder.cache import sync
from airship_builder.digest import file_digest
from airship_builder.imageinfo import image_info
from airship_builder.job import Job
from airship_builder.prune import sweep_store
from airship_builder.run import log
from airship_builder.store import BY_BUILD, BY_SPEC, alone_in, keep_consoles, write_whole
from airship_images.api.build import PROVENANCE, SBOM, UNBOOTED_TYPES, BuildReport, BuildRequest, BuildResult
from airship_images.api.errors import BugError, OutsideError


def finished(job: Job, *, keep: bool = False) -> BuildResult | None:
    """The result of this very build if it is published and its artifact is there.

    The phases that see no output are told by the disk phase, which does. `keep`: say that it is wanted again, so that
    nobody removes it; raises OutsideError when somebody just did.
    """
    if not job.inputs.has("build.yaml"):
        return None
    request = job.inputs.build_request()
    record = job.output / BY_BUILD / f"{request.build_hash}.json"
    noted = job.noted("finished", {}).get(request.build_hash)
    if not keep:
        return _published(job, record) or (BuildResult.model_validate_json(noted) if noted else None)
    with alone_in(job.output):
        found = _published(job, record)
        if found is not None:
            os.utime(record)
    if noted and found is None:
        raise OutsideError("it was published before, and its artifact was removed just now: it is built anew")
    return found


def _published(job: Job, record: Path) -> BuildResult | None:
    if not record.exists():
        return None
    result = BuildReport.model_validate_json(record.read_text()).result
    artifact = job.output / result.path
    if not artifact.exists() or artifact.stat().st_size != result.size:
        return None
    job.note("finished", {record.stem: result.model_dump_json(by_alias=True)})
    return result


def publish(job: Job) -> BuildResult:
    """Move the image into the store, then write the reports that make it known: by-spec, and last by-build."""
    started = time.monotonic()
    request = job.inputs.build_request()
    if request.verify_boot and set(job.noted("verified", [])) != set(request.firmware):
        raise BugError(f"verified with {job.noted('verified', [])}, but {list(request.firmware)} was asked for")
    sweep_store(job.output)
    job.report(10, "hash", "hashing the image")
    digest = file_digest(job.image)
    result = BuildResult(
        digest=digest,
        size=job.image.stat().st_size,
        virtual_size=_virtual_size(job.image, request),
        format=request.type,
        path=f"{digest}/{request.file_name}",
        packages=job.noted("packages"),
    )
    job.report(40, "store", f"storing {result.path}")
    from airship_builder.sidefiles import side_files  # noqa: PLC0415  (its libraries take as long as a small phase)

    texts = side_files(job, result)
    with alone_in(job.output):
        _store(job, result, texts)
        keep_consoles(job.scratch, job.output, request.build_hash)
        text = _report(job, request, result, time.monotonic() - started).model_dump_json(by_alias=True, indent=1)
        for folder, name in ((BY_SPEC, request.spec_hash), (BY_BUILD, request.build_hash)):
            write_whole(job.output / folder / f"{name}.json", text)
    return result


def _store(job: Job, result: BuildResult, texts: Mapping[str, str]) -> None:
    """What is there already wins: nothing in a published folder is ever replaced, only what is missing is added."""
    target, image = job.output / result.digest, job.output / result.path
    missing = {name: text for name, text in texts.items() if not (target / name).exists()}
    if image.exists() and not missing:
        log(f"{result.path} is there already")
        return
    job.output.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=job.output))
    try:
        for name, text in missing.items():
            (unfinished / name).write_text(text)
        if not image.exists():
            shutil.copy(job.image, unfinished / image.name)
        unfinished.chmod(0o755)
        for path in (*unfinished.iterdir(), unfinished):
            sync(path)
        _place(unfinished, target, last=image.name)
        sync(job.output)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)  # absent when it was renamed


def _place(unfinished: Path, target: Path, last: str) -> None:
    """As a whole; one by one beside what is there when the same bytes were published under another name."""
    if not target.exists():
        unfinished.rename(target)
        return
    for path in sorted(unfinished.iterdir(), key=lambda one: one.name == last):
        if not (target / path.name).exists():
            path.rename(target / path.name)


def _report(job: Job, request: BuildRequest, result: BuildResult, publishing: float) -> BuildReport:
    seconds = {**job.noted("seconds", {}), "publish": round(publishing, 2)}
    beside = job.output / result.digest
    return BuildReport(
        result=result,
        name=request.name,
        rootfs_hash=request.rootfs_hash,
        spec_hash=request.spec_hash,
        build_hash=request.build_hash,
        verified=tuple(job.noted("verified", [])),
        secure_boot=request.secure_boot and "uefi" in job.noted("verified", []),
        contains_secrets=job.noted("containsSecrets", False),
        lock=job.lock,
        package_count=len(job.noted("inventory")["packages"]),
        sbom_sha256=file_digest(beside / (request.file_name + SBOM)),
        provenance_sha256=file_digest(beside / (request.file_name + PROVENANCE)),
        seconds=seconds,
        cache_hits=tuple(job.noted("cacheHits", [])),
    )


def _virtual_size(image: Path, request: BuildRequest) -> int:
    if request.type in UNBOOTED_TYPES:
        return image.stat().st_size
    return image_info(image).virtual_size
