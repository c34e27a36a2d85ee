"""How does the configured root filesystem become an archive?"""

from concurrent.futures import Future

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.configured import configured_archive
from airship_builder.job import Job
from airship_builder.run import run


def write_rootfs(job: Job, rootfs: Entry, changes: Future[Changes]) -> None:
    """A tar of the whole tree, compressed with zstd whatever its name is."""
    archive = configured_archive(job, rootfs, changes)
    job.report(70, "compress", "compressing the archive")
    run("zstd", "-q", "-f", "-T0", "-9", "--rm", archive, "-o", job.image)
