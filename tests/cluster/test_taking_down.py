"""Is nothing left on the machine after the cluster was taken down?"""

import pytest

from hack.cluster import cluster, leftovers, teardown

pytestmark = pytest.mark.timeout(1200)


def test_taking_down_leaves_no_process_mount_device_chain_or_file(installed: None) -> None:
    assert leftovers.find()
    with cluster.alone():
        teardown.down()
    assert leftovers.find() == {}
