"""A build that is published is not done again, by whichever container of its Job is asked."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from airship_builder.cache import Cache
from airship_builder.inputs import Inputs
from airship_builder.job import Job
from airship_builder.publish import finished
from airship_builder.store import write_whole
from airship_images.api.build import BuildReport, BuildResult
from airship_images.api.errors import OutsideError
from tests.builder.request_files import write_request

DIGEST = "a" * 64
RESULT = BuildResult(digest=DIGEST, size=5, virtual_size=10, format="qcow2", path=f"{DIGEST}/small.qcow2")


def a_job(folder: Path) -> Job:
    write_request(folder / "inputs")
    inputs = Inputs(folder / "inputs")
    return Job(
        inputs,
        Cache(folder / "cache"),
        folder / "output",
        folder / "scratch",
        folder / "secrets",
        folder / "pull",
        mirror=None,
    )


def published(job: Job) -> Job:
    request = job.inputs.build_request()
    report = BuildReport(
        result=RESULT,
        name=request.name,
        rootfs_hash=request.rootfs_hash,
        spec_hash=request.spec_hash,
        build_hash=request.build_hash,
        verified=(),
        secure_boot=False,
        contains_secrets=False,
        lock=(),
        package_count=1,
        sbom_sha256=DIGEST,
        provenance_sha256=DIGEST,
        seconds={},
        cache_hits=(),
    )
    write_whole(job.output / RESULT.path, "image")
    write_whole(job.output / "by-build" / f"{request.build_hash}.json", report.model_dump_json(by_alias=True))
    return job


def test_a_build_that_is_not_published_is_not_finished(tmp_path: Path) -> None:
    assert finished(a_job(tmp_path)) is None


def test_a_published_build_is_finished(tmp_path: Path) -> None:
    assert finished(published(a_job(tmp_path))) == RESULT


def test_a_report_whose_artifact_is_gone_counts_for_nothing(tmp_path: Path) -> None:
    job = published(a_job(tmp_path))
    (job.output / RESULT.path).unlink()
    assert finished(job) is None


def test_a_container_without_the_output_hears_it_from_the_disk_phase(tmp_path: Path) -> None:
    job = published(a_job(tmp_path))
    blind = replace(job, output=tmp_path / "not-mounted")
    assert finished(blind) is None
    finished(job)
    assert finished(replace(blind)) == RESULT  # the next container reads what the disk phase has noted


def test_what_others_write_into_the_notes_while_a_phase_runs_is_lost(tmp_path: Path) -> None:
    job = a_job(tmp_path)
    job.note("lock", ["ours"])
    (job.scratch / "notes.json").write_text('{"lock": ["theirs"], "verified": ["bios"]}')
    job.note("seconds", {"configure": 1.0})
    later = replace(job)
    assert (later.noted("lock"), later.noted("verified")) == (["ours"], None)


def test_who_publishes_what_is_published_says_that_it_is_wanted_again(tmp_path: Path) -> None:
    job = published(a_job(tmp_path))
    record = job.output / "by-build" / f"{job.inputs.build_request().build_hash}.json"
    os.utime(record, (1, 1))
    assert finished(job, keep=True) == RESULT
    assert record.stat().st_mtime > 1


def test_a_build_whose_artifact_was_removed_meanwhile_is_built_anew(tmp_path: Path) -> None:
    job = published(a_job(tmp_path))
    assert finished(job) == RESULT, "the disk phase says so, and the phases after it do nothing"
    (job.output / RESULT.path).unlink()
    with pytest.raises(OutsideError):
        finished(job, keep=True)
