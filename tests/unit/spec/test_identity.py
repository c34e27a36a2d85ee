from collections.abc import Iterator
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.phases import PHASE_VERSIONS
from airship_images.api.shape import FieldShape, shape_of
from airship_images.spec import Identities, prepare
from airship_images.spec.identity import (
    BUILD_FIELDS,
    SOURCE_FIELD,
    SPEC_FIELDS,
    UNHASHED,
    canonical,
    identify,
    identify_source,
)
from tests.unit.spec.areas import PROFILES, Areas
from tests.unit.spec.nodes import a_profile, an_image, composed, prepared

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53) + 1, (1 << 53) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)
HASHES = ("rootfs_hash", "disk_hash", "spec_hash", "build_hash")
ALL: Areas = {"software": {"packages": ["systemd-sysv", "sudo", "cloud-init"]}}


@given(JSON)
def test_what_is_hashed_is_the_json_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def hashes(identities: Identities) -> dict[str, str]:
    return {name: getattr(identities, name) for name in HASHES}


def of_node(*layers: Areas, **spec: Any) -> dict[str, str]:
    return hashes(identify(an_image(**spec), composed(*layers)[0], PHASE_VERSIONS))


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [name for name in HASHES if before[name] != after[name]]


CHANGES: dict[str, tuple[Areas, list[str]]] = {
    "a package": ({"software": {"packages": ["vim"]}}, list(HASHES)),
    "the kernel": ({"kernel": {"kernel_base_pkg": "linux-image-cloud-amd64"}}, list(HASHES)),
    "a firmware package": ({"drivers": {"firmware_packages": ["firmware-misc"]}}, list(HASHES)),
    "the capacity": ({"storage": {"qcow_capacity": "8G"}}, ["disk_hash", "spec_hash", "build_hash"]),
    "a sysctl": ({"kernel": {"sysctl": [{"name": "a", "value": "1"}]}}, ["spec_hash", "build_hash"]),
    "a file": ({"system": {"files": [{"name": "/a"}]}}, ["spec_hash", "build_hash"]),
    "a secret's name": (
        {"system": {"files": [{"name": "/a", "content_from": {"secretName": "s-2", "key": "k"}}]}},
        ["spec_hash", "build_hash"],
    ),
    "the command line": (
        {"kernel": {"grub_cmdline_linux_default_append": [{"name": "quiet"}]}},
        ["spec_hash", "build_hash"],
    ),
    "a value set to its default": ({"software": {"suite": "bookworm"}}, list(HASHES)),
    "an empty list of packages": ({"software": {"packages": []}}, []),
    "an area without fields": ({"system": {}}, []),
}


@pytest.mark.parametrize(("areas", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_the_node_changes_only_what_it_must(areas: Areas, expected: list[str]) -> None:
    assert changed(of_node(ALL), of_node(ALL, areas)) == expected


IMAGE_CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "the name": ({"name": "other"}, ["spec_hash", "build_hash"]),
    "the type": ({"image": {"type": "raw", "outputFileName": "worker.qcow2"}}, ["spec_hash", "build_hash"]),
    "the file name": ({"image": {"type": "qcow2", "outputFileName": "other.qcow2"}}, ["build_hash"]),
    "the name of the metadata file": ({"builder": {"outputMetadataFileName": "m.yaml"}}, ["build_hash"]),
    "the output": ({"output": {"pvc": {"claimName": "a", "baseURL": "http://a.example/"}}}, ["build_hash"]),
    "what is verified": ({"verify": {"boot": False}}, ["build_hash"]),
    "the names of the profiles": ({"profiles": ("x", "y")}, []),
    "the rollout": ({"rollout": {"strategy": "Available", "maxUnavailable": 2}}, []),
    "resources, node selector and timeout": (
        {"builder": {"resources": {"requests": {"cpu": "1"}}, "nodeSelector": {"a": "b"}, "timeout": "5m"}},
        [],
    ),
    "suspend": ({"suspend": True}, []),
    "an empty verify": ({"verify": {}}, []),
}


@pytest.mark.parametrize(("spec", "expected"), IMAGE_CHANGES.values(), ids=IMAGE_CHANGES)
def test_a_change_of_the_image_changes_only_what_it_must(spec: dict[str, Any], expected: list[str]) -> None:
    assert changed(of_node(ALL), of_node(ALL, **spec)) == expected


SOURCE: dict[str, str] = {"url": "https://mirror.example/a.qcow2", "sha256": "ab" * 32}
SOURCE_CHANGES: dict[str, tuple[dict[str, str], str, list[str]]] = {
    "nothing": ({}, "qcow2", []),
    "its URL": ({"url": "https://mirror.example/b.qcow2"}, "qcow2", ["build_hash"]),
    "its bytes": ({"sha256": "cd" * 32}, "qcow2", ["spec_hash", "build_hash"]),
    "its type": ({}, "raw", ["spec_hash", "build_hash"]),
}


def of_source(kind: str, **source: str) -> dict[str, str]:
    image = an_image(image={"type": kind, "source": {**SOURCE, **source}})
    assert image.spec.image.source
    found = identify_source(image, image.spec.image.source)
    return {"spec_hash": found.spec_hash, "build_hash": found.build_hash}


@pytest.mark.parametrize(("source", "kind", "expected"), SOURCE_CHANGES.values(), ids=SOURCE_CHANGES)
def test_an_image_built_elsewhere_is_known_by_its_bytes_and_then_by_its_url(
    source: dict[str, str], kind: str, expected: list[str]
) -> None:
    before, after = of_source("qcow2"), of_source(kind, **source)
    assert [name for name in before if before[name] != after[name]] == expected


def test_what_is_asked_of_the_boot_of_an_image_built_elsewhere_tests_it_again_and_changes_no_byte() -> None:
    def hashes(**verify: object) -> tuple[str, str]:
        image = an_image(image={"type": "qcow2", "source": SOURCE}, verify=verify)
        assert image.spec.image.source
        found = identify_source(image, image.spec.image.source)
        return found.spec_hash, found.build_hash

    asked = [hashes(), hashes(boot=True), hashes(boot=True, firmware=["uefi"])]
    assert len({spec for spec, _ in asked}) == 1
    assert len({build for _, build in asked}) == 3
    assert hashes(boot=False) == hashes()


def test_every_field_of_an_image_is_hashed_or_said_not_to_be() -> None:
    listed = (*SPEC_FIELDS, SOURCE_FIELD, *BUILD_FIELDS, *UNHASHED)
    assert len(set(listed)) == len(listed)
    assert not [path for path in paths(shape_of(AirshipImageSpec)) if sum(covers(one, path) for one in listed) != 1]


def covers(listed: str, path: str) -> bool:
    return path == listed or path.startswith(f"{listed}.")


def paths(shape: Any, path: str = "") -> Iterator[str]:
    fields: list[FieldShape] = list(shape.values())
    for field in fields:
        here = f"{path}.{field.name}" if path else field.name
        if field.fields and not field.is_list:
            yield from paths(field.fields, here)
        else:
            yield here


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("rootfs", list(HASHES)),
        ("disk", ["disk_hash", "spec_hash", "build_hash"]),
        ("configure", ["spec_hash", "build_hash"]),
        ("boot", ["spec_hash", "build_hash"]),
        ("publish", ["spec_hash", "build_hash"]),
    ],
)
def test_a_phase_whose_output_changed_builds_again_from_there(phase: str, expected: list[str]) -> None:
    node = composed(ALL)[0]
    newer = dict(PHASE_VERSIONS) | {phase: PHASE_VERSIONS[phase] + 1}
    after = hashes(identify(an_image(), node, newer))
    assert changed(of_node(ALL), after) == expected


def test_a_trigger_builds_again_from_the_same_bytes() -> None:
    node = composed(ALL)[0]
    after = hashes(identify(an_image(), node, PHASE_VERSIONS, trigger="2026-11-23T03:00:00Z"))
    assert changed(of_node(ALL), after) == ["build_hash"]


def test_labels_annotations_and_generation_change_nothing() -> None:
    plain = an_image()
    metadata = plain.metadata.model_copy(update={"labels": {"a": "b"}, "annotations": {"c": "d"}, "generation": 7})
    labelled = plain.model_copy(update={"metadata": metadata})
    profiles = {"base": a_profile(**ALL)}
    assert prepare(plain, profiles).identities == prepare(labelled, profiles).identities
    assert prepare(plain, profiles).files == prepare(labelled, profiles).files


def test_the_order_of_packages_counts() -> None:
    one, other = ({"software": {"packages": names}} for names in (["aa", "bb"], ["bb", "aa"]))
    assert changed(of_node(one), of_node(other)) == list(HASHES)


@given(PROFILES, PROFILES)
def test_params_are_a_profile(base: Areas, more: Areas) -> None:
    profiles = of_node(base, more)
    assert profiles == hashes(identify(an_image(params=more), composed(base, more)[0], PHASE_VERSIONS))


@given(PROFILES, st.permutations(["software", "kernel", "drivers", "storage", "system", "extraVars"]))
def test_the_order_of_keys_is_no_matter(profile: Areas, order: list[str]) -> None:
    shuffled = {area: profile[area] for area in order if area in profile}
    assert of_node(shuffled) == of_node(profile)


@given(PROFILES, PROFILES)
def test_two_nodes_have_one_hash_exactly_when_they_are_one(one: Areas, other: Areas) -> None:
    same = composed(one)[0] == composed(other)[0]
    assert (of_node(one)["spec_hash"] == of_node(other)["spec_hash"]) is same


def test_a_hash_of_each_variable_says_what_changed() -> None:
    before = prepared(a_profile(**ALL)).identities.areas
    sysctl = {"kernel": {"sysctl": [{"name": "vm.swappiness", "value": "1"}]}}
    after = prepared(a_profile(**ALL), a_profile("worker", **sysctl)).identities.areas
    assert after.keys() - before.keys() == {"kernel.sysctl"}
    assert {name for name in before if before[name] != after[name]} == set()


def test_what_was_built_yesterday_is_not_built_again_today() -> None:
    """These hashes are in the status of images that exist: a change here rebuilds every one of them."""
    assert hashes(prepared(a_profile(**ALL)).identities) == {
        "rootfs_hash": "d4ef8317ac72e5000ed3436064afa7bac289f5990d31752563d3c1044720abee",
        "disk_hash": "2f878d21d0a63e55a950abb35c42d32e41e11add2e50147c4ee77569653f401d",
        "spec_hash": "e990989a158ba3ab47623b9cbd237ac03e1528e0ca9b67c36c397ac2f04a15b1",
        "build_hash": "1a780e7f77b3ee241c9312a4da6dacad9d0d68aa6591bbd5c39011ee8962e2f9",
    }
