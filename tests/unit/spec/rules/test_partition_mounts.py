import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import SMALL, Areas, Wrong, disk, more

WRONG: Wrong = {
    "a mount point that the system itself needs": (
        disk(*SMALL, more("/etc")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3].mount",
    ),
    "a mount point in a file system that stays empty": (
        disk(*SMALL, more("/srv", type="xfs"), more("/srv/data", "2GiB")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[4].mount",
    ),
    "an order that mounts the inner one first": (
        disk(*SMALL, more("/srv") | {"mount_order": 5}, more("/srv/data", "2GiB") | {"mount_order": 4}),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[4].mount_order",
    ),
    "a file on a file system that stays empty": (
        disk(*SMALL, more("/srv", type="vfat")) | {"system": {"files": [{"name": "/srv/a"}]}},
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]
