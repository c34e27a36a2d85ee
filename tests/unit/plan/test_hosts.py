"""What is read from a BareMetalHost, and what is made of one that is odd."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.plan.eligibility import objection
from airship_images.plan.host_image import HostImage
from airship_images.plan.hosts import read
from airship_images.plan.steps.rollout import rollout
from tests.bmh.builders import a_host, a_state, an_artifact, image_block, terms_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PATHS = [
    ("metadata",), ("spec",), ("status",), ("metadata", "labels"), ("metadata", "annotations"),
    ("metadata", "managedFields"), ("spec", "online"), ("spec", "image"), ("spec", "consumerRef"),
    ("spec", "automatedCleaningMode"), ("spec", "externallyProvisioned"), ("status", "provisioning"),
    ("status", "provisioning", "state"), ("status", "provisioning", "image"), ("status", "operationalStatus"),
    ("status", "errorType"), ("status", "operationHistory"), ("status", "provisioningFailCount"),
]  # fmt: skip


def test_a_good_host_is_read_without_oddities() -> None:
    host = read(a_host("rack-1", "provisioned", image=image_block(an_artifact()), status={"errorType": "x"}))
    assert (host.name, host.state, host.online, host.error_type, host.oddities) == (
        "rack-1",
        "provisioned",
        True,
        "x",
        (),
    )
    assert host.image == HostImage(an_artifact().url, an_artifact().checksum, "sha256", "qcow2")
    assert host.status_image is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"spec": {"online": "yes"}}, "spec.online"),
        ({"spec": {"image": "http://x"}}, "spec.image"),
        ({"spec": {"image": {"url": 3}}}, "spec.image.url"),
        ({"spec": {"automatedCleaningMode": 1}}, "spec.automatedCleaningMode"),
        ({"status": {"provisioning": "available"}}, "status.provisioning"),
        ({"status": {"provisioning": {"state": ["available"]}}}, "status.provisioning.state"),
        ({"metadata": {"uid": None}}, "metadata.uid"),
        ({"metadata": {"labels": ["role"]}}, "metadata.labels"),
        ({"metadata": {"annotations": {"airshipit.org/image-rollout": "{}"}}}, "metadata.annotations.airshipit.org"),
    ],
)
def test_a_value_of_the_wrong_kind_is_noted_and_keeps_the_host_from_being_touched(
    change: dict[str, Any], field: str
) -> None:
    host = read(a_host(**change))
    assert any(oddity.startswith(field) for oddity in host.oddities)
    assert objection(host, terms_of(a_state())) is not None


@given(path=st.sampled_from(PATHS), value=JSON)
def test_whatever_stands_in_a_field_the_host_is_read_and_only_a_sound_one_is_patched(
    path: tuple[str, ...], value: Any
) -> None:
    raw = a_host()
    here = raw
    for key in path[:-1]:
        here = here.setdefault(key, {})
    here[path[-1]] = value
    outcome = rollout(a_state(raw))
    if outcome.patches:
        host = read(raw)
        assert (host.state, host.operational_status, host.error_type) in {("available", "OK", ""), ("ready", "OK", "")}
        assert (host.online, host.image, host.consumer, host.status_image) == (True, None, None, None)


def test_a_checksum_that_is_not_sha256_is_no_digest() -> None:
    checksum = "A" * 64
    assert HostImage("u", checksum, "sha256").digest == f"sha256:{checksum.lower()}"
    assert HostImage("u", checksum, "auto").digest == HostImage("u", checksum, None).digest == f"sha256:{'a' * 64}"
    assert HostImage("u", checksum, "sha512").digest is None
    assert HostImage("u", "http://x/y.sha256", "sha256").digest is None
    assert HostImage("u").digest is None
