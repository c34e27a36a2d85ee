"""An item for images of another type is no part of the node: neither in the image nor in its hash."""

from typing import Any, get_args

import pytest
import yaml

from airship_images.api.build import ImageType
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.spec.contexts import CONTEXTS, for_type
from airship_images.spec.tree import NODE, plain
from tests.unit.spec.nodes import a_profile, composed_tree, findings, prepared

FILE = {"name": "/a", "file_content": ""}


def system_of(image_type: ImageType, **system: Any) -> Any:
    spec = NodeProfileSpec.model_validate({"system": system})
    return plain(NODE, for_type(NODE, composed_tree(spec), image_type)).get("system", {})


@pytest.mark.parametrize(
    ("contexts", "types"),
    [
        (None, {"qcow2", "raw", "vmdk", "iso", "rootfs", "oci"}),
        (["qcow"], {"qcow2", "raw", "vmdk"}),
        (["iso"], {"iso"}),
        (["livecdcontent"], {"iso"}),
        (["root"], {"rootfs", "oci"}),
        (["root", "qcow"], {"qcow2", "raw", "vmdk", "rootfs", "oci"}),
    ],
)
def test_an_item_is_in_the_images_that_its_contexts_stand_for(contexts: list[str] | None, types: set[str]) -> None:
    item = FILE | ({"run_contexts": contexts} if contexts else {})
    assert {one for one in CONTEXTS if system_of(one, files=[item])} == types


def test_every_type_of_image_has_its_contexts() -> None:
    assert set(CONTEXTS) == set(get_args(ImageType))


@pytest.mark.parametrize(
    "system",
    [
        {"files": [FILE | {"run_contexts": ["iso"]}]},
        {"directories": [{"name": "/a", "run_contexts": ["iso"]}]},
        {"systemd": [{"name": "a.service", "enabled": True, "run_contexts": ["iso"]}]},
        {"user_management": [{"name": "a", "run_contexts": ["iso"]}]},
        {"user_scripts": [{"name": "a", "file_content": "#!/bin/sh", "run_contexts": ["iso"]}]},
    ],
    ids=lambda system: next(iter(system)),
)
def test_every_kind_of_item_can_be_for_some_images_alone(system: dict[str, Any]) -> None:
    assert system_of("qcow2", **system) == {}
    assert system_of("iso", **system) == system


def test_what_is_for_other_images_changes_nothing() -> None:
    plain_one = prepared(a_profile())
    other = prepared(a_profile(system={"files": [FILE | {"run_contexts": ["iso"]}]}))
    assert other.identities == plain_one.identities
    assert other.files == plain_one.files


def test_two_items_for_different_images_do_not_meet() -> None:
    here, there = {"run_contexts": ["qcow"]}, {"run_contexts": ["iso"]}
    assert findings(a_profile(system={"files": [FILE | here], "directories": [{"name": "/a"} | there]})) == ()


def test_the_roles_get_items_without_their_contexts_and_the_image_s_own_words_keep_them() -> None:
    made = prepared(a_profile(system={"files": [FILE | {"run_contexts": ["qcow"]}]}))
    assert "run_contexts" not in yaml.safe_load(made.files["osconfig-vars.yaml"])["files"][0]
    meta = yaml.safe_load(made.files["meta-profile.yaml"])
    assert meta["spec"]["system"]["files"][0]["run_contexts"] == ["qcow"]
