"""Which Metal3MachineTemplates would give an image to hosts of Cluster API?"""

from typing import Any

from airship_images.plan.eligibility import Claim, MachineTemplate
from airship_images.plan.hosts import Host, read
from airship_images.plan.machine_templates import renewed
from tests.bmh.builders import NAMESPACE, ROLE, UID, a_host, an_artifact

V1BETA1 = "infrastructure.cluster.x-k8s.io/v1beta1"
V1BETA2 = "infrastructure.cluster.x-k8s.io/v1beta2"
CLAIM = Claim("worker", UID, NAMESPACE, ROLE)
ARTIFACT = an_artifact(7)
SHORT = ARTIFACT.short_digest


def a_template(name: str = "workers", selector: dict[str, Any] | None = None, **known: Any) -> MachineTemplate:
    spec = {"dataTemplate": {"name": "workers"}, "hostSelector": selector or {}, **known.pop("spec", {})}
    fields = {"api_version": V1BETA2, "template": {"spec": spec}, **known}
    return MachineTemplate(NAMESPACE, name, selector or {}, **fields)


def a_machine_host() -> Host:
    return read(a_host(spec={"consumerRef": {"kind": "Metal3Machine", "name": "workers-1"}}))


def documents(*templates: MachineTemplate) -> list[dict[str, Any]]:
    return list(renewed(templates, [a_machine_host()], CLAIM, ARTIFACT))


def spec_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["spec"]["template"]["spec"]
    return found


def test_a_template_is_made_anew_under_another_name_and_all_else_stays() -> None:
    (found,) = documents(a_template(labels={"cluster.x-k8s.io/cluster-name": "one"}))
    assert (found["apiVersion"], found["kind"]) == (V1BETA2, "Metal3MachineTemplate")
    assert found["metadata"] == {
        "name": f"workers-{SHORT}",
        "namespace": NAMESPACE,
        "labels": {"cluster.x-k8s.io/cluster-name": "one"},
    }
    assert spec_of(found)["dataTemplate"] == {"name": "workers"}
    assert spec_of(found)["image"] == {
        "url": ARTIFACT.url,
        "checksum": ARTIFACT.checksum,
        "checksumType": "sha256",
        "diskFormat": "qcow2",
    }


def test_a_template_of_v1beta1_calls_the_format_as_hosts_do() -> None:
    (found,) = documents(a_template(api_version=V1BETA1))
    assert spec_of(found)["image"]["format"] == "qcow2"
    assert "diskFormat" not in spec_of(found)["image"]


def test_a_live_iso_has_no_checksum_there_either() -> None:
    (found,) = renewed([a_template()], [a_machine_host()], CLAIM, an_artifact(7, format="live-iso"))
    assert spec_of(found)["image"] == {"url": ARTIFACT.url, "diskFormat": "live-iso"}


def test_the_name_does_not_grow_with_each_image() -> None:
    (found,) = documents(a_template("workers-0123456789ab"))
    assert found["metadata"]["name"] == f"workers-{SHORT}"


def test_of_a_line_of_templates_the_newest_is_made_anew() -> None:
    old = a_template("workers-aaaaaaaaaaaa", created="2026-01-01T00:00:00Z", spec={"marker": "old"})
    new = a_template("workers-000000000000", created="2026-02-01T00:00:00Z", spec={"marker": "new"})
    (found,) = documents(new, old)
    assert spec_of(found)["marker"] == "new"


def test_a_line_that_has_the_image_needs_no_other_template() -> None:
    assert documents(a_template(spec={"image": {"url": ARTIFACT.url}})) == []


def test_templates_that_claim_other_hosts_or_deploy_otherwise_are_left_out() -> None:
    other = a_template("other", {"matchLabels": {"role": "storage"}})
    custom = a_template("custom", spec={"customDeploy": {"method": "install"}})
    (found,) = documents(a_template(), other, custom)
    assert found["metadata"]["name"].startswith("workers-")


def test_without_any_template_the_first_one_claims_the_hosts_of_the_images_selector() -> None:
    (found,) = documents()
    assert found["metadata"]["name"] == f"worker-{SHORT}"
    assert spec_of(found)["hostSelector"] == {"matchLabels": ROLE}
