from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_images.api.crd import manifests

REPOSITORY = Path(__file__).parents[3]
KIB = 1024


@pytest.mark.parametrize("folder", ["crds", "charts/airship-images/crds"])
def test_the_files_are_what_the_models_say(folder: str) -> None:
    """After a change of the models: make crds."""
    stored = {path.name: path.read_text() for path in (REPOSITORY / folder).glob("*.yaml")}
    assert stored == dict(manifests())


@pytest.mark.parametrize("name", manifests())
def test_a_manifest_fits_the_annotation_of_client_side_apply(name: str) -> None:
    assert len(manifests()[name].encode()) < 256 * KIB


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    for text in manifests().values():
        crd = yaml.safe_load(text)
        root = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for part in ("spec", "status"):
            yield from below(f"{crd['spec']['names']['kind']}.{part}", root["properties"][part])


def below(path: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from below(f"{path}.{name}", part)
    for name in ("items", "additionalProperties"):
        if name in schema:
            yield from below(f"{path}[]", schema[name])


ALL = dict(schemas())


def test_nothing_that_a_user_writes_has_a_default() -> None:
    assert [path for path, schema in ALL.items() if "default" in schema] == [
        "NodeProfile.status",
        "AirshipImage.status",
    ]


def test_a_status_is_written_as_a_whole() -> None:
    """Decision 92: the API server keeps account of one field, not of each."""
    atomic = [path for path, schema in ALL.items() if schema.get("x-kubernetes-map-type") == "atomic"]
    assert atomic == ["NodeProfile.status", "AirshipImage.status"]


def is_bounded(schema: dict[str, Any]) -> bool:
    if "x-kubernetes-int-or-string" in schema:
        return schema.keys() >= {"minimum", "maximum", "pattern"}
    match schema["type"]:
        case "string":
            return bool(schema.keys() & {"maxLength", "enum", "pattern"})
        case "array":
            return "maxItems" in schema
        case "integer":
            return schema.keys() >= {"minimum", "maximum"}
        case _:
            return "additionalProperties" not in schema or "maxProperties" in schema


def test_every_string_list_map_and_number_of_a_spec_is_bounded() -> None:
    assert not [path for path, schema in ALL.items() if ".spec" in path and not is_bounded(schema)]


def test_only_extra_vars_keep_what_they_do_not_know() -> None:
    free = [path for path, schema in ALL.items() if "x-kubernetes-preserve-unknown-fields" in schema]
    assert free == ["NodeProfile.spec.extraVars", "AirshipImage.spec.params.extraVars"]


def test_only_merge_keys_and_parts_of_a_whole_are_required_in_a_profile() -> None:
    required = {
        path.removeprefix("NodeProfile.spec."): schema["required"]
        for path, schema in ALL.items()
        if path.startswith("NodeProfile.spec") and set(schema.get("required", ["name"])) != {"name"}
    }
    assert {path.rpartition(".")[2]: fields for path, fields in required.items()} == {
        "partitions[]": ["mount", "part_start", "part_end"],
        "filesystem": ["type"],
        "base": ["url", "sha256"],
        "key_from": ["secretName", "key"],
        "certificate_from": ["secretName", "key"],
        "content_from": ["key"],
        "oci": ["reference"],
        "password_from": ["secretName", "key"],
        "ssh_authorized_keys_from[]": ["secretName", "key"],
    }
