"""How does the configured disk become a qcow2? The cached one is changed where the configuration says."""

from concurrent.futures import Future

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.configured import configured_qcow2
from airship_builder.job import Job


def write_qcow2(job: Job, compressed: Entry, changes: Future[Changes]) -> None:
    """Only clusters that change are compressed; the same disk and changes give the same file."""
    configured_qcow2(job, compressed, changes)
