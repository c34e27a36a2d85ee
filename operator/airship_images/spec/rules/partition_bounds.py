"""Do the partitions fit the disk, side by side?"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.disk_sizes import MIB, bound_bytes, capacity_bytes
from airship_images.spec.rules.subject import Subject

FIRST: Final = MIB
"""Bytes kept for the partition table: what lies before the first aligned sector."""


def partition_bounds(subject: Subject) -> Iterator[Finding]:
    """A partition that ends before it starts, lies outside the disk, or begins inside another one."""
    storage = subject.node.data["storage"]
    capacity = capacity_bytes(storage["qcow_capacity"])
    placed: list[tuple[int, int, str]] = []
    for index, partition in enumerate(storage["partitions"]):
        path = f"storage.partitions[{index}]"
        text = f"{partition['part_start']} to {partition['part_end']}"
        start, end = (bound_bytes(partition[bound], capacity) for bound in ("part_start", "part_end"))
        if FIRST <= start < end <= capacity:
            placed.append((start, end, f"{path} ({partition['mount']}, {text})"))
        else:
            right = f"a start of 1MiB or more, an end after it, both within {storage['qcow_capacity']}iB"
            yield subject.in_node(Reason.PARTITION_OVERLAP, path, text, right)
    for (_, end, before), (start, _, after) in pairwise(sorted(placed)):
        if start < end:
            yield subject.in_node(
                Reason.PARTITION_OVERLAP, "storage.partitions", f"{after} begins inside {before}", "no overlap"
            )
