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
_FROM_CONTENT_ID: Final = re.compile(rb"(?<=\n)CID=[0-9a-f]{1,8}\n(?P<rest>[^\0]+)")  # QEMU writes no leading zeros


def write_vmdk(job: Job, disk: Entry, changes: Future[Changes]) -> None:
    """streamOptimized: compressed, and what vSphere imports; its random content id follows from the image's hash."""
    raw = configured_disk(job, disk, changes)
    job.report(60, "convert", "compressing the image")
    run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, job.image)
    set_content_id(job.image, job.inputs.build_request().spec_hash[:8])


def set_content_id(image: Path, content_id: str) -> None:
    """Put `content_id`, 8 hex digits, in the place of the random one, of 1 to 8: the zeros behind the text give way.

    Raises BugError where `image` has no descriptor.
    """
    with image.open("r+b") as file:
        found = _FROM_CONTENT_ID.search(file.read(_HEAD))
        if found is None:
            raise BugError("qemu-img wrote a VMDK without a content id")
        file.seek(found.start())
        file.write(f"CID={content_id}\n".encode() + found["rest"])
