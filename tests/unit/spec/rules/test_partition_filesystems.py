import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import BIOS, ESP, ROOT, SMALL, Areas, Wrong, disk, more

WRONG: Wrong = {
    "a root without a file system": (
        disk({key: value for key, value in ROOT.items() if key != "filesystem"}, BIOS, ESP),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[0].filesystem",
    ),
    "swap that is mounted": (
        disk(*SMALL, more("/srv", type="swap")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3].filesystem",
    ),
    "a /var that cannot be filled": (
        disk(*SMALL, more("/var", type="xfs")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3].filesystem",
    ),
    "a file system on the partition of GRUB": (
        disk(ROOT, BIOS | {"filesystem": {"type": "ext4"}}, ESP),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[1].filesystem",
    ),
    "an XFS that mkfs.xfs does not make": (
        disk(*SMALL, more("/srv", type="xfs") | {"part_end": "1200MiB"}),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3]",
    ),
    "an ESP without room for a FAT32": (
        disk(ROOT, BIOS, ESP | {"part_end": "30MiB"}),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[2]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "file systems of every kind": disk(
        *SMALL,
        more("/srv", type="xfs"),
        more("none", "2GiB") | {"part_end": "2100MiB", "filesystem": {"type": "swap"}},
        {"mount": "none", "part_start": "2100MiB", "part_end": "2200MiB"},
        {"mount": "/var/log", "part_start": "2200MiB", "part_end": "2300MiB", "filesystem": {"type": "ext4"}},
        {"mount": "/var", "part_start": "2300MiB", "part_end": "3GiB", "filesystem": {"type": "ext4"}},
    ),
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()
