"""Hosts get their images though the operator is killed after each of its writes, or stopped in the middle of it."""

import time
from collections.abc import Callable

import pytest

from tests.api.documents import a_profile, an_image
from tests.api.killing import SOAK, Stage, report
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import NAMESPACE, Metal3
from tests.api.operator_process import OperatorProcess
from tests.api.stories import RACKS, RULES, Story, Tell, goes_back, lives, named, replaces

AnOperator = Callable[..., OperatorProcess]

OUTSIDE_FAILED = 3
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


@pytest.mark.parametrize("tell", (replaces, goes_back, lives) if SOAK else (replaces,), ids=named)
@pytest.mark.timeout(3600 if SOAK else 1800)
def test_kill_after_each_write_of_a_rollout_patches_no_host_twice_and_forgets_none(
    with_hosts: Metal3, stage: Stage, tell: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    deaths = stage.killed_everywhere(tell)
    report(capsys, tell, deaths)
    assert deaths > 5


@pytest.mark.parametrize(("tell", "least"), [(lives, 25), (goes_back, 6)], ids=["lives", "goes_back"])
@pytest.mark.timeout(1800)
def test_kill_after_every_write_of_a_rollout_patches_no_host_twice_and_forgets_none(
    with_hosts: Metal3, stage: Stage, tell: Tell, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    deaths = stage.killed_again_and_again(tell)
    report(capsys, tell, deaths)
    assert deaths >= least


def test_a_leader_that_is_stopped_and_resumed_in_mid_rollout_patches_nothing(
    metal3: Metal3,
    kube: Kube,
    kubelet: Kubelet,
    an_operator: AnOperator,
    job_of: Callable[[str], str],
) -> None:
    for name in RACKS:
        metal3.available(name)
    first, second = (an_operator(rolloutNamespaces=[NAMESPACE]) for _ in range(2))
    story = Story(kube, kubelet, first, "", hosts=RACKS)
    with first, second.waiting():
        kube.apply(a_profile(), an_image(rollout={**RULES, "maxUnavailable": 1}))
        kubelet.finishes_rootfs(job_of("rootfs-"))
        kubelet.finishes_image(job_of("worker-"))
        eventually(lambda: patched(first) == 1, "the first host is patched, and its operator knows")
        assert given(kube) == ["rack-1"]
        with first.frozen():
            for _ in range(3):
                story.metal3_looks()
            eventually(second.leads, "the second operator leads", seconds=60)
            eventually(lambda: given(kube) == ["rack-1", "rack-2"], "the second one goes on")
            time.sleep(SETTLED)
            before = versions(kube)
        assert first.ended(within=60) == OUTSIDE_FAILED
        time.sleep(SETTLED)
        assert versions(kube) == before
        assert patched(first) == 1
        story.operator = second
        story.rolled_out()
        assert story.at_once == 1
        generations = {kube.get("BareMetalHost", name)["metadata"]["generation"] for name in RACKS}
        assert generations == {2}, "made, then patched once"


def patched(operator: OperatorProcess) -> int:
    """How many hosts it says that it has patched."""
    return operator.log.read_text().count("patched BareMetalHost")


def given(kube: Kube) -> list[str]:
    return [name for name in RACKS if "image" in kube.get("BareMetalHost", name)["spec"]]


def versions(kube: Kube) -> list[str]:
    return [kube.get("BareMetalHost", name)["metadata"]["resourceVersion"] for name in RACKS]
