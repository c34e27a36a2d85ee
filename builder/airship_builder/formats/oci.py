"""How does the configured root filesystem become a container image?"""

import shutil
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Final

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.configured import configured_archive
from airship_builder.job import Job
from airship_builder.run import run

_TAG: Final = "latest"


def write_oci(job: Job, rootfs: Entry, changes: Future[Changes]) -> None:
    """One layer in an OCI image layout, packed as `podman load` and `skopeo copy oci-archive:` read it."""
    layer = configured_archive(job, rootfs, changes)
    request, epoch = job.inputs.build_request(), int(rootfs.facts["epoch"])
    created = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    layout = job.scratch / "oci"
    shutil.rmtree(layout, ignore_errors=True)
    job.report(60, "layer", "compressing the layer")
    image = f"{layout}:{_TAG}"
    run("umoci", "init", "--layout", layout)
    run("umoci", "new", "--image", image)
    run("umoci", "raw", "add-layer", "--no-history", "--image", image, layer)
    layer.unlink()
    run(
        *(
            "umoci",
            "config",
            "--no-history",
            "--image",
            image,
            "--created",
            created,
            "--architecture",
            request.architecture,
        ),
        *("--os", "linux", "--config.cmd", "/sbin/init", "--config.stopsignal", "SIGRTMIN+3"),
        *("--config.label", f"org.opencontainers.image.title={request.name}"),
    )
    run("umoci", "gc", "--layout", layout)
    job.report(90, "pack", "packing the image")
    run(
        *("tar", "--create", f"--file={job.image}", f"--directory={layout}", "--sort=name", f"--mtime=@{epoch}"),
        *("--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "blobs", "index.json", "oci-layout"),
    )
    shutil.rmtree(layout)
