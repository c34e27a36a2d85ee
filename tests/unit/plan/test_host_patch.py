"""What exactly is sent to a host."""

import json

import pytest

from airship_images.api.build import ImageType
from airship_images.plan.host_image import host_format
from airship_images.plan.host_patch import patch_host
from airship_images.plan.hosts import read
from airship_images.plan.memory import MEMORY, Memory
from tests.bmh.api import merge
from tests.bmh.builders import BEFORE, NOW, UID, a_host, a_state, an_artifact, image_block, started, terms_of

NEW = an_artifact(2)


def test_the_patch_names_all_five_keys_and_the_version_it_was_planned_on() -> None:
    host = read(a_host(metadata={"resourceVersion": "42"}))
    action = patch_host(host, terms_of(a_state(artifact=NEW)), NOW)
    assert action.body["spec"] == {
        "image": {
            "url": NEW.url,
            "checksum": NEW.checksum,
            "checksumType": "sha256",
            "format": "qcow2",
            "ociAuthSecretName": None,
        }
    }
    assert action.body["metadata"]["resourceVersion"] == action.resource_version == "42"


def test_the_patch_touches_nothing_but_the_image_and_our_memory() -> None:
    action = patch_host(read(a_host()), terms_of(a_state(artifact=NEW)), NOW)
    assert set(action.body) == {"metadata", "spec"}
    assert set(action.body["metadata"]) == {"resourceVersion", "annotations"}
    assert set(action.body["metadata"]["annotations"]) == {MEMORY}
    assert set(action.body["spec"]) == {"image"}


def test_a_key_that_a_former_image_left_is_cleared() -> None:
    old = a_host(image=image_block(an_artifact(1), ociAuthSecretName="pull"))
    action = patch_host(read(old), terms_of(a_state(artifact=NEW)), NOW)
    assert merge(old, action.body)["spec"]["image"] == image_block(NEW)


def test_the_host_remembers_what_it_was_given_and_when_it_was_provisioned_before() -> None:
    host = read(a_host(status={"operationHistory": started(BEFORE)}))
    action = patch_host(host, terms_of(a_state(artifact=NEW)), NOW)
    text = action.body["metadata"]["annotations"][MEMORY]
    assert Memory.load(text) == Memory(UID, NEW.digest, NEW.url, "qcow2", BEFORE, "2026-05-01T12:00:00+00:00")
    assert set(json.loads(text)) == {"imageUID", "digest", "url", "format", "previousProvisionStart", "time"}


def test_after_the_patch_the_host_holds_to_the_letter_what_it_remembers() -> None:
    raw = a_host()
    action = patch_host(read(raw), terms_of(a_state(artifact=NEW)), NOW)
    after = read(merge(raw, action.body))
    assert after.memory
    assert after.image == after.memory.image


@pytest.mark.parametrize(("kind", "name"), [("qcow2", "qcow2"), ("raw", "raw"), ("vmdk", "vmdk"), ("iso", "live-iso")])
def test_a_format_has_the_name_that_metal3_has_for_it(kind: ImageType, name: str) -> None:
    assert host_format(kind) == name
