"""Is nothing done when nothing is new?"""

import time

import pytest

from tests.cluster.kube import names, versions
from tests.cluster.story import Story, apply_examples

pytestmark = pytest.mark.timeout(2400)

QUIET_SECONDS = 20
KINDS = ("airshipimages", "nodeprofiles", "jobs", "pods", "configmaps", "baremetalhosts")  # events: the kubelet's


def test_the_same_apply_twice_makes_no_job_and_writes_nothing(story: Story) -> None:
    jobs, before = names("jobs"), versions(*KINDS)
    apply_examples()
    time.sleep(QUIET_SECONDS)
    assert names("jobs") == jobs
    assert versions(*KINDS) == before
