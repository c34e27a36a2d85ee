"""What do users' own roles and scripts make of the root filesystem that our roles have configured?

They need a real one: it is unpacked, our roles' changes are made in it, they run, and what is different then is what
changes on the disk. Images without such code are never unpacked.
"""

from pathlib import Path

from airship_builder.artifacts import pull
from airship_builder.changes import Changes
from airship_builder.commit import ARCHIVE
from airship_builder.delta import difference, look
from airship_builder.job import Job
from airship_builder.scripts import run_scripts, write_scripts
from airship_builder.unpacked import add_devices, place, unpack
from airship_builder.userroles import run_roles, unpack_roles
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason


def has_user_code(job: Job) -> bool:
    """Does anything of the request need an unpacked root filesystem?"""
    return bool(job.inputs.user_scripts() or job.inputs.user_roles())


def fetch_user_code(job: Job) -> None:
    """Have in the cache what the request's roles are pulled from; for the phase `disk`."""
    for role in job.inputs.user_roles():
        if role.oci:
            pull(job, f"system.roles[{role.name}].oci", role.oci)


def run_user_code(job: Job, changes: Changes, work: Path, epoch: int) -> Changes:
    """`changes` and what the request's roles and scripts change after them; the contents of files lie in `work`.

    Raises InputError when a role or script fails or leaves what no image can hold, OutsideError when it takes too long.
    """
    roles, scripts, tree = job.inputs.user_roles(), job.inputs.user_scripts(), work / "tree"
    unpack_roles(job, roles, work / "roles")
    job.report(10, "unpack", "unpacking the root filesystem")
    unpack(_archive(job), tree)
    before = look(tree)
    place(changes, tree)
    add_devices(tree)
    write_scripts(scripts, tree)
    if roles:
        run_roles(job, roles, work / "roles", tree, work / "users")
    run_scripts(job, scripts, tree, epoch)
    job.report(45, "compare", "looking what users' code changed")
    return difference(before, tree, epoch)


def _archive(job: Job) -> Path:
    """The disk phase has verified it."""
    request = job.inputs.build_request()
    entry = job.cache.peek("rootfs", request.rootfs_hash)
    if entry is None:
        message = f"root filesystem {request.rootfs_hash[:10]} is not in the cache; run fetch, rootfs and commit first"
        raise OutsideError(message, reason=Reason.CACHE_CORRUPT)
    archive = entry.file(ARCHIVE)
    if not archive.exists():
        found = "a vendor's disk image as the base"
        right = "a root filesystem of packages, for users' roles and scripts"
        raise InputError("software.base", found, right, reason=Reason.NOT_YET_SUPPORTED)
    return archive
