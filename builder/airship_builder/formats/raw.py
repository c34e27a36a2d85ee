"""How does the configured disk become a raw image? It is one."""

import os
from concurrent.futures import Future

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.configured import configured_disk
from airship_builder.job import Job


def write_raw(job: Job, disk: Entry, changes: Future[Changes]) -> None:
    """The disk under the image's name, holes and all."""
    raw = configured_disk(job, disk, changes)
    job.image.unlink(missing_ok=True)
    os.link(raw, job.image)
