import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import BIOS, ESP, ROOT, SMALL, Areas, Wrong, disk, more

WRONG: Wrong = {
    "a root that is not the first": (
        disk(BIOS, ROOT, ESP),
        Reason.ROOT_NOT_FIRST,
        "NodeProfile/base: spec.storage.partitions[0].mount",
    ),
    "no partition for BIOS": (disk(ROOT, ESP), Reason.INVALID_INPUT, "NodeProfile/base: spec.storage.partitions"),
    "no partition for UEFI": (disk(ROOT, BIOS), Reason.INVALID_INPUT, "NodeProfile/base: spec.storage.partitions"),
    "a mount point twice": (
        disk(*SMALL, more("/srv"), more("/srv", "2GiB")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "the layout of Airship's own builder": disk(
        ROOT | {"part_start": "1284MiB"},
        BIOS,
        ESP | {"part_start": "5MiB", "part_end": "516MiB"},
        {"mount": "/boot", "part_start": "516MiB", "part_end": "1284MiB", "filesystem": {"type": "ext4"}},
    ),
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()
