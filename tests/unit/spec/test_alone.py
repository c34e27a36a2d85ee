"""What is told of a profile before any image uses it."""

from typing import Any

import pytest

from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.reasons import Reason
from airship_images.spec.alone import alone


def a_profile(**spec: Any) -> NodeProfile:
    document = {"apiVersion": "airshipit.org/v1alpha1", "kind": "NodeProfile", "metadata": {"name": "base"}}
    return NodeProfile.model_validate({**document, "spec": spec})


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"system": {"banners": {"login": "welcome"}}},
        {"software": {"packages": ["vim"]}},
        {"system": {"files": [{"name": "/etc/of-another-profile", "omit": True}]}},
    ],
)
def test_a_part_of_a_node_is_right_by_itself(spec: dict[str, Any]) -> None:
    assert alone(a_profile(**spec)) == []


def test_a_password_is_wrong_whatever_it_is_composed_with() -> None:
    (found,) = alone(a_profile(system={"user_management": [{"name": "ops", "password": "hunter2"}]}))
    assert found.reason is Reason.INLINE_PASSWORD
    assert found.path.startswith("NodeProfile/base: spec.system.user_management[ops]")


def test_what_no_version_builds_yet_is_told() -> None:
    (found,) = alone(a_profile(software={"rootfs_arch": "arm64"}))
    assert found.reason is Reason.NOT_YET_SUPPORTED
