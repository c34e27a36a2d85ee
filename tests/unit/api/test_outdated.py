"""Fields that a served schema does not know."""

from copy import deepcopy
from typing import Any

import pytest

from airship_images.api.crd import RESOURCES, Resource, definition
from airship_images.api.outdated import missing

PROFILES, IMAGES = RESOURCES


def served(resource: Resource, *lost: str) -> dict[str, Any]:
    """The schema of the CRD without these fields; `[]` stands for the items of a list or the values of a map."""
    schema: dict[str, Any] = deepcopy(definition(resource)["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    for path in lost:
        *above, last = path.replace("[]", ".[]").split(".")
        here = schema
        for name in above:
            here = here.get("items", here.get("additionalProperties", {})) if name == "[]" else here["properties"][name]
        del here["properties"][last]
    return schema


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.kind)
def test_our_own_crds_lack_nothing(resource: Resource) -> None:
    assert missing(resource, served(resource)) == []


@pytest.mark.parametrize(
    ("resource", "lost"),
    [
        (IMAGES, ["spec.rollout"]),
        (IMAGES, ["spec.rollout.window", "status.schedule"]),
        (IMAGES, ["spec.params.kernel.sysctl[].value"]),
        (PROFILES, ["spec.system"]),
        (PROFILES, ["status.usedBy"]),
    ],
)
def test_each_field_that_is_lost_is_named_by_its_path(resource: Resource, lost: list[str]) -> None:
    assert missing(resource, served(resource, *lost)) == lost


def test_what_keeps_unknown_fields_loses_none() -> None:
    schema = served(IMAGES)
    schema["properties"]["spec"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    assert missing(IMAGES, schema) == []


def test_fields_that_we_do_not_know_are_no_matter() -> None:
    schema = served(IMAGES)
    schema["properties"]["spec"]["properties"]["newer"] = {"type": "string"}
    assert missing(IMAGES, schema) == []
