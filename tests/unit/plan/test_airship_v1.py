"""An upstream builder builds in one Job, if the settings allow it."""

from dataclasses import replace
from typing import Any

from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.reasons import Reason
from airship_images.plan.actions import StartBuild
from airship_images.plan.plan import plan
from airship_images.plan.state import Policy, State
from tests.unit.plan.states import POLICY, a_profile, a_state, an_image, image_job, written

UPSTREAM = "registry.example/image-builder:1"
ALLOWED = replace(POLICY, airship_v1=True, allowed_images=frozenset({UPSTREAM}))


def a_v1_state(policy: Policy = ALLOWED, profile: NodeProfile | None = None, **spec: Any) -> State:
    image = an_image(builder={"engine": "airship-v1", "image": UPSTREAM}, **spec)
    return replace(a_state(image, profile or a_profile(software={}, kernel={})), policy=policy)


def test_it_is_refused_unless_the_settings_allow_it() -> None:
    refused = plan(a_v1_state(replace(ALLOWED, airship_v1=False)))
    assert not refused.actions
    assert any(each.reason == Reason.ENGINE_NOT_ALLOWED for each in refused.status.conditions)


def test_it_starts_at_once_without_a_root_filesystem_of_ours() -> None:
    (started,) = (each for each in plan(a_v1_state()).actions if isinstance(each, StartBuild))
    assert started.kind == "airship-v1"
    assert started.builder_image == POLICY.builder_image
    assert started.v1 is not None
    assert (started.v1.image, started.v1.type) == (UPSTREAM, "qcow")


def test_its_progress_counts_its_own_phases() -> None:
    state = a_v1_state()
    running = replace(state, image_job=image_job(state, phase="airship-v1"))
    build = plan(written(running)).status.build
    assert build is not None
    assert build.phase == "airship-v1"
    assert 0 < build.percent < 70
