"""What is the cached base with its configuration?"""

import shutil
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.commit import read_facts
from airship_builder.disk import DISK
from airship_builder.filesystem import Filesystem
from airship_builder.job import Job
from airship_builder.run import run

RAW: Final = "image.raw"


def configured_disk(job: Job, disk: Entry, changes: Future[Changes]) -> Path:
    """A copy of the cached disk with `changes`, which are waited for when it is made."""
    raw = raw_image(job)
    run("cp", "--reflink=auto", "--sparse=auto", disk.file(DISK), raw)
    wanted = changes.result()
    job.report(50, "write", f"writing {len(wanted.written)} changes")
    work = job.scratch / "changes"
    shutil.rmtree(work, ignore_errors=True)
    root = Filesystem(raw, disk.facts["rootOffset"], read_facts(disk).paths, disk.facts["epoch"])
    root.apply(wanted.written, wanted.removed, work)
    shutil.rmtree(work)
    job.image.parent.mkdir(parents=True, exist_ok=True)
    return raw


def raw_image(job: Job) -> Path:
    """The configured disk before it becomes the image's format."""
    return job.scratch / RAW
