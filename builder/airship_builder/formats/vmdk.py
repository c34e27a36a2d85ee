"""How does the configured disk become a VMDK?"""

import re
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.configured import configured_disk
from airship_builder.job import Job
from airship_builder.run import run
from airship_images.api.errors import BugError

_HEAD: Final = 64 * 1024  # bytes: the header and the descriptor behind it
_CONTENT_ID: Final = re.compile(rb"\nCID=[0-9a-f]{8}\n")


def write_vmdk(job: Job, disk: Entry, changes: Future[Changes]) -> None:
    """streamOptimized: compressed, and what vSphere imports; its random content id follows from the image's hash."""
    raw = configured_disk(job, disk, changes)
    job.report(60, "convert", "compressing the image")
    run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, job.image)
    _set_content_id(job.image, job.inputs.build_request().spec_hash[:8])


def _set_content_id(image: Path, content_id: str) -> None:
    with image.open("r+b") as file:
        found = _CONTENT_ID.search(file.read(_HEAD))
        if found is None:
            raise BugError("qemu-img wrote a VMDK without a content id")
        file.seek(found.start())
        file.write(f"\nCID={content_id}\n".encode())
