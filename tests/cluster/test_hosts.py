"""Does the one host that may have the image get it, and no other one?"""

import json

import pytest

from tests.cluster.story import Story

pytestmark = pytest.mark.timeout(5400)

AVAILABLE, PROVISIONED, OWNED = "demo-available", "demo-provisioned", "demo-owned"


def test_the_available_host_is_told_url_checksum_type_and_format(story: Story) -> None:
    assert "image" not in story.hosts_before[AVAILABLE]["spec"]
    assert story.hosts_after[AVAILABLE]["spec"]["image"] == {
        "url": story.artifact.url,
        "checksum": story.artifact.checksum,
        "checksumType": "sha256",
        "format": "qcow2",
    }


@pytest.mark.parametrize("name", [PROVISIONED, OWNED])
def test_a_provisioned_and_an_owned_host_are_unchanged_byte_for_byte(story: Story, name: str) -> None:
    before, after = story.hosts_before[name], story.hosts_after[name]
    assert json.dumps(after["spec"]) == json.dumps(before["spec"])
    assert after["metadata"].get("annotations") == before["metadata"].get("annotations")
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
