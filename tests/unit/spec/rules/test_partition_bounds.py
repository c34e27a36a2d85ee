import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import BIOS, ESP, ROOT, Areas, Wrong, disk

WRONG: Wrong = {
    "partitions that overlap": (
        disk(ROOT | {"part_start": "263MiB"}, BIOS, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions",
    ),
    "decimal and binary units that overlap": (
        disk(ROOT | {"part_start": "276MB"}, BIOS, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions",
    ),
    "a partition that ends before it starts": (
        disk(ROOT | {"part_end": "100MiB"}, BIOS, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions[0]",
    ),
    "a partition beyond the disk": (
        disk(ROOT | {"part_end": "5GiB"}, BIOS, ESP, qcow_capacity="4G"),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions[0]",
    ),
    "a partition in the partition table": (
        disk(ROOT, BIOS | {"part_start": "0%"}, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions[1]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "the same partitions in decimal units": disk(ROOT | {"part_start": "277MB"}, BIOS, ESP),
    "bounds in sectors": disk(ROOT | {"part_start": "540672s", "part_end": "4GiB"}, BIOS, ESP, qcow_capacity="4G"),
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()
