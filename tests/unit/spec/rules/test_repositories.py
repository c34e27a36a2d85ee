from typing import Any

import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, prepared, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

ADDON = {
    "name": "addon",
    "source": "https://addon.example/debian",
    "suite": "bookworm",
    "components": "main extra",
    "keyring_url": "https://addon.example/key.asc",
    "keyring_sha256": "a" * 64,
}
PACKAGED = {
    "name": "packaged",
    "source": "https://packaged.example/debian",
    "suite": "./",
    "keyring_pkg": "packaged-archive-keyring",
}


def repository(**changed: Any) -> Areas:
    """A node with one repository, in which `changed` is set, or unset by None."""
    fields = {key: value for key, value in (ADDON | changed).items() if value is not None}
    return {"software": {"repos": [fields]}}


WRONG: Wrong = {
    "a repository without a key": (
        repository(keyring_url=None),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "a key that may be any": (
        repository(keyring_sha256=None),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "components that are not there": (
        repository(suite="/"),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "a suite without components": (
        repository(components=None),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "a key in a package of an archive that the builder does not have": (
        {
            "software": {
                "distribution": "ubuntu",
                "repos": [ADDON | {"suite": "noble"} | {"name": "archive"}, PACKAGED],
            }
        },
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[packaged]",
    ),
    "a package of two repositories": (
        {"software": {"repos": [ADDON | {"packages": ["tool"]}, PACKAGED | {"packages": ["tool=2"]}]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[packaged].packages",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


def test_repositories_of_every_kind_are_taken() -> None:
    debian = a_profile(software={"packages": ["kubelet"], "k8s_version": "v1.34.2", "repos": [ADDON, PACKAGED]})
    assert findings(debian) == ()
    archive = ADDON | {"suite": "noble", "components": "main universe"}
    ubuntu = prepared(a_profile(software={"distribution": "ubuntu", "repos": [archive]}))
    assert ubuntu.node.data["software"]["suite"] == "noble"
    assert ubuntu.node.data["kernel"]["kernel_base_pkg"] == "linux-image-generic"


def test_a_key_by_package_takes_the_place_of_an_earlier_profile_s_key_by_url() -> None:
    later = a_profile("later", software={"repos": [{"name": "addon", "keyring_pkg": "addon-archive-keyring"}]})
    made = prepared(a_profile(software={"repos": [ADDON]}), later)
    (found,) = made.node.data["software"]["repos"]
    assert "keyring_url" not in found
    assert found["keyring_pkg"] == "addon-archive-keyring"
