"""Why an image is built again, as a person reads it."""

from dataclasses import replace
from typing import Any

import pytest

from airship_images.api.nodeprofile import NodeProfile
from airship_images.plan.explain import explain
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from airship_images.spec import Prepared, prepare
from tests.unit.plan.states import a_profile, a_state, an_image, published, rootfs_job, with_built_rootfs, written

SYSCTL = [{"name": "vm.swappiness", "value": "10"}]
SOFTWARE = {"distribution": "debian", "suite": "bookworm", "packages": ["systemd-sysv"]}
KERNEL = {"kernel_base_pkg": "linux-image-amd64"}


def a_bare_profile(name: str, **spec: Any) -> NodeProfile:
    metadata = {"name": name}
    document = {"apiVersion": "airshipit.org/v1alpha1", "kind": "NodeProfile", "metadata": metadata, "spec": spec}
    return NodeProfile.model_validate(document)


def of(
    status_of: State | None, *profiles: NodeProfile, generations: dict[str, int] | None = None, **image: Any
) -> State:
    """A state of these profiles, with the status of another one."""
    wished = an_image(profiles=[{"name": each.metadata.name} for each in profiles], **image)
    inputs = prepare(wished, {each.metadata.name: each for each in profiles})
    known = generations or {each.metadata.name: 1 for each in profiles}
    state = replace(a_state(), spec=wished.spec, inputs=inputs, profiles=known)
    return replace(state, status=status_of.status) if status_of else state


BASE = a_bare_profile("base", software=SOFTWARE, kernel=KERNEL)
EXTRA = a_bare_profile("extra", system={"banners": {"login": "welcome"}})
FORMER = published(of(None, BASE, EXTRA))


def asked_again(state: State, requested: str, **image: Any) -> State:
    """The state with this rebuild request on its image."""
    wished = an_image(profiles=[{"name": "base"}, {"name": "extra"}], **image)
    asked = prepare(wished, {"base": BASE, "extra": EXTRA}, trigger=requested)
    return replace(state, spec=wished.spec, inputs=asked)


def told(state: State) -> str:
    assert isinstance(state.inputs, Prepared)
    return explain(state, state.inputs)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (of(None, BASE), "nothing is published yet"),
        (
            of(
                FORMER,
                a_bare_profile("base", software=SOFTWARE, kernel={**KERNEL, "sysctl": SYSCTL}),
                EXTRA,
                generations={"base": 2, "extra": 1},
            ),
            "kernel.sysctl was set in NodeProfile/base",
        ),
        (
            of(
                FORMER,
                BASE,
                a_bare_profile("extra", system={"banners": {"login": "go away"}}),
                generations={"base": 1, "extra": 2},
            ),
            "system.banners changed in NodeProfile/extra",
        ),
        (of(FORMER, BASE), "system.banners was taken out in NodeProfile/extra"),
        (of(FORMER, BASE, EXTRA, params={"kernel": {"sysctl": SYSCTL}}), "kernel.sysctl was set in params"),
        (of(FORMER, BASE, EXTRA, verify={"boot": False}), "its file names, output or verify changed"),
    ],
)
def test_what_changed_is_named_with_the_document_that_changed_it(state: State, words: str) -> None:
    assert words in told(state)
    assert told(state).startswith("build ")


@pytest.mark.parametrize(
    "requested", ["2026-03-02T00:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T11:58:00Z", "2026-03-01T02:00:00-11:00"]
)
def test_a_rebuild_request_is_named_whatever_the_clock_and_zone_of_who_asked(requested: str) -> None:
    state = asked_again(FORMER, requested)
    running = written(state)
    assert f"a rebuild was requested at {requested}" in told(state)
    assert f"a rebuild was requested at {requested}" in told(running)


@pytest.mark.parametrize("requested", ["2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z", "2026-03-02T01:00:00+11:00"])
def test_a_request_that_was_answered_is_no_reason_for_a_later_build(requested: str) -> None:
    answered = published(asked_again(FORMER, requested))
    assert answered.status.image is not None
    assert answered.status.image.trigger == requested
    later = asked_again(answered, requested, verify={"boot": False})
    assert "its file names, output or verify changed" in told(later)
    assert "its file names, output or verify changed" in told(written(later))


def test_what_is_in_the_cache_is_told() -> None:
    assert "made from packages" in told(a_state())
    assert "is being made" in told(replace(a_state(), rootfs_job=rootfs_job(a_state())))
    assert "is in the cache, the disk is made" in told(with_built_rootfs(a_state()))
    configured = of(FORMER, BASE, EXTRA, params={"system": {"banners": {"motd": "x"}}})
    assert "and disk are in the cache" in told(configured)


def test_the_reason_stays_the_same_from_the_first_look_to_the_last() -> None:
    changed = of(FORMER, BASE, generations={"base": 1})
    first = plan(changed).status
    assert first.plan is not None
    assert first.plan.build is not None
    assert "system.banners was taken out" in first.plan.build
    later = plan(replace(changed, status=first, rootfs_job=rootfs_job(changed))).status
    assert later.plan is not None
    assert later.plan.build is not None
    assert "system.banners was taken out" in later.plan.build
    assert later.areas == FORMER.status.areas, "compared with what is published"


def test_a_finished_image_has_nothing_ahead() -> None:
    assert FORMER.status.plan is None


def test_a_rebuild_says_why_in_an_event_and_a_first_build_does_not() -> None:
    changed = of(FORMER, BASE)
    assert any("system.banners was taken out" in event.message for event in plan(changed).events)
    assert plan(a_state(profile=a_profile())).events == ()
