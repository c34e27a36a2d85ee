"""An ISO beside the disk of a host, as Metal3 attaches it."""

import pytest

from airship_images.api.errors import InputError
from airship_images.plan.data_images import data_images
from airship_images.plan.hosts import read
from tests.bmh.builders import NAMESPACE, a_host, an_artifact


def test_each_host_has_one_of_its_own_name_with_nothing_but_the_url() -> None:
    artifact = an_artifact(7, format="live-iso")
    found = data_images([read(a_host("rack-1")), read(a_host("rack-2", "provisioned"))], artifact)
    assert [each["metadata"] for each in found] == [
        {"name": "rack-1", "namespace": NAMESPACE},
        {"name": "rack-2", "namespace": NAMESPACE},
    ]
    assert {(each["apiVersion"], each["kind"]) for each in found} == {("metal3.io/v1alpha1", "DataImage")}
    assert [each["spec"] for each in found] == [{"url": artifact.url}] * 2


def test_a_disk_is_attached_to_nothing() -> None:
    with pytest.raises(InputError, match=r"spec\.image\.type.*qcow2.*iso"):
        data_images([read(a_host())], an_artifact())
