"""How does the configured disk become a qcow2? The cached one is changed where the configuration says."""

from concurrent.futures import Future

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.compressed import QCOW2, copy_metadata
from airship_builder.configured import apply_changes, workplace
from airship_builder.filesystem import block_size
from airship_builder.job import Job
from airship_builder.run import log, run
from airship_builder.splice import CLUSTER, differences, splice


def write_qcow2(job: Job, compressed: Entry, changes: Future[Changes]) -> None:
    """The changes are made in the metadata alone, and what differs afterwards goes into the clusters around it.

    Only clusters that change are compressed; the same disk and changes give the same file.
    """
    with workplace(job) as work:
        run("cp", "--reflink=auto", compressed.file(QCOW2), job.image, quiet=True)
        metadata = copy_metadata(compressed, work)
        places = {mount: str(one.copy) for mount, one in metadata.items()}
        apply_changes(job, compressed, changes.result(), places, work)
        job.report(60, "splice", "writing what changed into the compressed image")
        pieces = (
            piece
            for one in metadata.values()
            for piece in differences(one.cached, one.copy, one.start, block_size(one.copy))
        )
        clusters = splice(job.image, pieces, work / "clusters")
    log(f"{clusters} clusters of {CLUSTER >> 10} KiB changed")
