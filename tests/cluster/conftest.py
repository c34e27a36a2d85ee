"""One cluster for the whole layer, made when the first test needs it and gone after the last."""

from collections.abc import Iterator

import pytest

from hack.cluster import cluster, guard, images, teardown
from hack.cluster.cluster import whole
from hack.demo import demo, hosts, release, trouble
from hack.demo.errors import NotReadyError
from tests.cluster.story import Story, tell


@pytest.fixture(scope="session")
def installed() -> Iterator[None]:
    """A new cluster with our images, the chart and the hosts of the demo."""
    with cluster.alone():
        teardown.down()
        cluster.up()
        images.build_all()
        images.load_all()
    try:
        guard.check(whole().kubeconfig)
        release.install()
        hosts.apply(whole().kubeconfig)
        yield
    finally:
        with cluster.alone():
            teardown.down()


@pytest.fixture(scope="session")
def story(installed: None) -> Story:
    """The examples, applied once."""
    try:
        return tell()
    except NotReadyError as error:
        pytest.fail(f"{error}\n{trouble.report(demo.IMAGE)}")
