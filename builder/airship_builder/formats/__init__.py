"""Which formats can an image have? One file for each: it makes the finished image out of the base and its changes."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Final

from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.formats.iso import write_iso
from airship_builder.formats.oci import write_oci
from airship_builder.formats.qcow2 import write_qcow2
from airship_builder.formats.raw import write_raw
from airship_builder.formats.rootfs import write_rootfs
from airship_builder.formats.vmdk import write_vmdk
from airship_builder.job import Job
from airship_images.api.build import ImageType

Writer = Callable[[Job, Entry, Future[Changes]], None]
"""Makes `job.image`; the changes are still being worked out when it starts, so that it can copy meanwhile."""

FORMATS: Final[Mapping[ImageType, Writer]] = {
    "qcow2": write_qcow2,
    "raw": write_raw,
    "vmdk": write_vmdk,
    "iso": write_iso,
    "rootfs": write_rootfs,
    "oci": write_oci,
}
