"""Which packages would the root filesystem get if it were made now? Asked by a schedule, and nothing is made."""

from airship_builder.fetch import driver_of, resolved
from airship_builder.job import Job
from airship_images.api.build import Resolution


def resolve(job: Job) -> Resolution:
    """Read the package lists anew and say what they come to; the package cache gets no package.

    Raises InputError for a package that does not exist or cannot be installed, OutsideError when the mirror fails.
    """
    request = job.inputs.rootfs_request()
    with job.cache.changing_packages():
        found = resolved(job, driver_of(request))
    return Resolution(packages=found.digest, package_count=len(found.packages))
