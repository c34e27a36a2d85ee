"""Is nothing done when nothing is new?"""

import time

import pytest

from hack.cluster.commands import MINUTE
from hack.cluster.waiting import until
from tests.cluster.kube import names, versions
from tests.cluster.story import Story, apply_examples

pytestmark = pytest.mark.timeout(5400)

QUIET_SECONDS = 20
KINDS = ("airshipimages", "nodeprofiles", "jobs", "pods", "configmaps", "baremetalhosts")  # events: the kubelet's


def settled() -> dict[str, str]:
    """The versions, once the kubelet and the controllers have said all that there is to say of the builds."""
    seen = [versions(*KINDS)]

    def is_quiet() -> bool:
        time.sleep(QUIET_SECONDS / 2)
        seen.append(versions(*KINDS))
        return seen[-1] == seen[-2]

    until(is_quiet, "the end of all writes", 5 * MINUTE, lambda: str(set(seen[-1].items()) ^ set(seen[-2].items())))
    return seen[-1]


def test_the_same_apply_twice_makes_no_job_and_writes_nothing(story: Story) -> None:
    before, jobs = settled(), names("jobs")
    apply_examples()
    time.sleep(QUIET_SECONDS)
    assert names("jobs") == jobs
    assert versions(*KINDS) == before
