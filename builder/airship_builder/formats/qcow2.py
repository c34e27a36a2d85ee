"""How does the configured disk become a qcow2?"""

from concurrent.futures import Future

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.configured import configured_disk
from airship_builder.job import Job
from airship_builder.run import run


def write_qcow2(job: Job, disk: Entry, changes: Future[Changes]) -> None:
    """Clusters are compressed at once but written in order: the same disk gives the same file."""
    raw = configured_disk(job, disk, changes)
    job.report(60, "convert", "compressing the image")
    compression = ("-c", "-o", "compression_type=zstd") if job.inputs.image_vars().qcow_compress else ()
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-m", "8", *compression, raw, job.image)
