"""Users' code needs a root filesystem of packages: what if it is not there, or was never one?"""

from pathlib import Path

import pytest

from airship_builder.cache import Cache
from airship_builder.changes import Changes
from airship_builder.inputs import Inputs
from airship_builder.job import Job
from airship_builder.usercode import has_user_code, run_user_code
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason
from tests.builder.request_files import write_request

SCRIPT = {"name": "site", "timeout": "1m", "file_content": "#!/bin/sh\n"}


def a_job(folder: Path, *stored: str) -> Job:
    """A build with a script, and an entry of its root filesystem that has the files `stored`, if any."""
    write_request(folder / "inputs", {"user_scripts": [SCRIPT]})
    cache = Cache(folder / "cache")
    output, scratch, secrets, pull = (folder / name for name in ("output", "scratch", "secrets", "pull-secrets"))
    job = Job(Inputs(folder / "inputs"), cache, output, scratch, secrets, pull, mirror=None)
    if stored:
        with cache.storing("rootfs", job.inputs.build_request().rootfs_hash, {}) as entry:
            for name in stored:
                (entry / name).write_bytes(b"not looked at")
    return job


def run(job: Job) -> None:
    assert has_user_code(job)
    run_user_code(job, Changes({}, ()), job.scratch / "work", 1)


def test_without_its_root_filesystem_in_the_cache_the_build_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="run fetch, rootfs and commit first") as caught:
        run(a_job(tmp_path))
    assert caught.value.reason is Reason.CACHE_CORRUPT


def test_a_vendor_s_disk_image_has_none_to_run_it_in(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        run(a_job(tmp_path, "disk.raw"))
    assert caught.value.reason is Reason.NOT_YET_SUPPORTED
    assert "software.base: found a vendor's disk image as the base, expected a root filesystem of packages" in str(
        caught.value
    )
