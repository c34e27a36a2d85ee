"""What a profile's status says."""

from datetime import timedelta

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.api.status import NodeProfileStatus
from airship_images.plan.profile import LISTED, ProfileState, profile_status
from tests.unit.plan.states import NOW

WRONG = Finding(Reason.INLINE_PASSWORD, "NodeProfile/base: spec.system", "a password", "a reference")


def a_state(**changed: object) -> ProfileState:
    fields: dict[str, object] = {
        "now": NOW,
        "generation": 3,
        "findings": [],
        "images": [],
        "status": NodeProfileStatus(),
    }
    return ProfileState(**{**fields, **changed})  # type: ignore[arg-type]


def summary(status: NodeProfileStatus) -> dict[str, str]:
    return {each.type: f"{each.status} {each.reason}" for each in status.conditions}


def test_a_profile_that_is_right_by_itself_is_ready() -> None:
    status = profile_status(a_state())
    assert summary(status) == {"Ready": "True Valid"}
    assert status.observed_generation == 3


def test_what_is_wrong_is_told_with_its_path_and_stalls_the_profile() -> None:
    status = profile_status(a_state(findings=[WRONG]))
    assert summary(status) == {"Ready": "False InlinePassword", "Stalled": "True InlinePassword"}
    assert "spec.system: found a password" in status.conditions[0].message


def test_who_uses_it_is_counted_and_the_first_ones_named() -> None:
    images = [f"image-{number:02}" for number in range(30)]
    used_by = profile_status(a_state(images=images)).used_by
    assert used_by is not None
    assert used_by.count == 30
    assert used_by.images == images[:LISTED]


def test_nothing_moves_while_nothing_changes() -> None:
    first = profile_status(a_state(images=["worker"]))
    later = profile_status(a_state(images=["worker"], status=first, now=NOW + timedelta(days=1)))
    assert later == first
    mended = profile_status(a_state(status=profile_status(a_state(findings=[WRONG])), now=NOW + timedelta(days=1)))
    assert mended.conditions[0].last_transition_time != first.conditions[0].last_transition_time
