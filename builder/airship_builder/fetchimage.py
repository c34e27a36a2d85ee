"""Where are the bytes of an image that was built elsewhere? In the scratch folder, as the request names them.

They are copied and hashed here and never read as an image: this phase writes the cache. The one that boots them does
not.
"""

from dataclasses import replace
from typing import Final

from airship_builder.download import PATIENCE, Patience, Wanted, download
from airship_builder.job import Job
from airship_builder.run import run

FIELD: Final = "image.source"
_SLOWEST: Final = 1 << 20  # bytes per second


def fetch_image(job: Job) -> None:
    """Download and verify the image, unless it is in the cache, and lay it where the boot test finds it."""
    request = job.inputs.source_request()
    job.report(10, "download", f"downloading {request.url}")
    wanted = Wanted(FIELD, request.url, request.sha256, request.size)
    stored = download(job.cache, wanted, _patience(request.size))
    job.report(80, "copy", "copying it")
    job.image.parent.mkdir(parents=True, exist_ok=True)
    run("cp", "--reflink=auto", "--sparse=auto", stored, job.image)


def _patience(size: int) -> Patience:
    return replace(PATIENCE, whole=max(PATIENCE.whole, size / _SLOWEST))
