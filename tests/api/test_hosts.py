"""What a real API server makes of our patch of a host, and what we make of its refusals."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.plan.host_patch import PatchHost, patch_host
from airship_images.plan.hosts import read
from airship_images.plan.memory import MEMORY
from airship_images.plan.steps.rollout import rollout
from hack.cluster.control_plane import ControlPlane
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import until
from tests.api.metal3 import KIND, NAMESPACE, Metal3
from tests.bmh.builders import NOW, Json, a_host, a_state, an_artifact, image_block, terms_of

NEW = an_artifact(2)
RULES = "validatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings"
NOTHING_LISTENS = "https://127.0.0.1:9"
UPDATES = {"apiGroups": ["metal3.io"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["baremetalhosts"]}


@pytest.fixture(scope="module")
def api() -> Iterator[Metal3]:
    with ControlPlane() as running:
        metal3 = Metal3(running.kubeconfig)
        metal3.install()
        yield metal3


@pytest.fixture
def hosts(api: Metal3) -> Iterator[Metal3]:
    """An API without hosts and without anything that refuses them."""
    yield api
    api.run("delete", KIND, "--all")
    api.run("delete", RULES, "--all")


def planned(*raw: Json) -> tuple[PatchHost, ...]:
    return rollout(a_state(*raw, artifact=NEW, namespace=NAMESPACE)).patches


def refusal(metal3: Metal3, action: PatchHost, **how: object) -> Reason:
    with pytest.raises(OutsideError) as caught:
        metal3.send(action, **how)  # type: ignore[arg-type]
    return caught.value.reason


@contextmanager
def refused(hosts: Metal3, rule: Sequence[Json], *command: str) -> Iterator[None]:
    """While the API server refuses the command by `rule`: it learns of a rule, and of its end, a little later."""

    def is_refused() -> bool:
        try:
            hosts.run(*command, "--dry-run=server")
        except ClusterError:
            return True
        return False

    hosts.apply(*rule)
    until(is_refused, "the refusal", 30, lambda: "the rule that the test made")
    yield
    hosts.run("delete", RULES, "--all")
    until(lambda: not is_refused(), "the end of the refusal", 30, lambda: "the rule that the test made")


def test_the_host_gets_url_checksum_type_and_format_and_remembers_them(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    answer = hosts.send(action)
    host = hosts.live()
    assert answer["metadata"]["resourceVersion"] == host["metadata"]["resourceVersion"]
    assert host["spec"]["image"] == image_block(NEW)
    after = read(host)
    assert after.memory
    assert after.image == after.memory.image
    assert after.oddities == ()


def test_we_are_the_only_manager_of_the_image_that_we_wrote(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    assert read(hosts.send(action)).image_managers == frozenset({"airship-images"})


def test_an_image_that_a_gitops_tool_applied_is_seen_as_managed_by_it(hosts: Metal3) -> None:
    hosts.available()
    manifest = {
        "apiVersion": "metal3.io/v1alpha1",
        "kind": "BareMetalHost",
        "metadata": {"name": "rack-1"},
        "spec": {"online": True, "image": image_block(an_artifact(1))},
    }
    hosts.run("apply", "--server-side", "--field-manager=argocd", "--filename=-", text=json.dumps(manifest))
    host = hosts.live()
    assert read(host).image_managers == frozenset({"argocd"})
    assert planned(host) == ()


def test_an_explicit_null_clears_what_a_former_image_left(hosts: Metal3) -> None:
    former = hosts.create(a_host("rack-1", image={"url": "oci://example.org/os", "ociAuthSecretName": "pull"}))
    action = patch_host(read(former), terms_of(a_state(artifact=NEW)), NOW)
    hosts.patch("rack-1", dict(action.body))
    assert hosts.live()["spec"]["image"] == image_block(NEW)


def test_a_second_plan_on_the_patched_host_patches_nothing(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    assert planned(hosts.send(action)) == ()


def test_the_same_patch_sent_twice_is_refused_the_second_time(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    before = hosts.send(action)
    assert refusal(hosts, action) is Reason.HOST_CHANGED
    assert hosts.live()["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_a_host_that_changed_since_the_plan_is_not_patched(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    hosts.patch("rack-1", {"metadata": {"annotations": {"someone": "was here"}}})
    assert refusal(hosts, action) is Reason.HOST_CHANGED
    assert "image" not in hosts.live()["spec"]


def test_a_change_between_our_look_and_our_patch_is_a_conflict(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())

    def meanwhile_cluster_api_takes_it() -> bool:
        hosts.patch("rack-1", {"spec": {"consumerRef": {"kind": "Metal3Machine", "name": "m"}}})
        return True

    assert refusal(hosts, action, lease_is_fresh=meanwhile_cluster_api_takes_it) is Reason.HOST_CHANGED
    host = hosts.live()
    assert "image" not in host["spec"]
    assert MEMORY not in host["metadata"].get("annotations", {})


def test_a_host_that_was_deleted_and_made_again_under_its_name_is_another_one(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    hosts.run("delete", KIND, "rack-1")
    assert refusal(hosts, action) is Reason.HOST_CHANGED
    hosts.available()
    assert refusal(hosts, action) is Reason.HOST_CHANGED
    assert "image" not in hosts.live()["spec"]


def test_without_a_fresh_lease_nothing_is_patched(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    assert refusal(hosts, action, lease_is_fresh=lambda: False) is Reason.LEASE_NOT_FRESH
    assert "image" not in hosts.live()["spec"]


def test_what_an_admission_rule_refuses_is_a_reason_to_try_again_later(hosts: Metal3) -> None:
    host = hosts.available()
    (action,) = planned(host)
    image = json.dumps({"spec": {"image": image_block(NEW)}})
    with refused(
        hosts, _policy("!has(object.spec.image)"), "patch", KIND, "rack-1", "--type=merge", f"--patch={image}"
    ):
        assert refusal(hosts, action) is Reason.HOST_WRITE_REFUSED
        assert "image" not in hosts.live()["spec"]


def test_a_webhook_that_is_away_is_a_reason_to_try_again_later(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    with refused(hosts, [_webhook_that_is_away()], "annotate", KIND, "rack-1", "try=1"):
        assert refusal(hosts, action) is Reason.HOST_API_UNAVAILABLE
        assert "image" not in hosts.live()["spec"]


def test_an_api_server_that_does_not_answer_is_a_reason_to_try_again_later(hosts: Metal3) -> None:
    (action,) = planned(hosts.available())
    away = hosts.kubeconfig.with_name("away")
    text = hosts.kubeconfig.read_text()
    server = next(part for part in text.replace('"', " ").split() if part.startswith("https://"))
    away.write_text(text.replace(server, NOTHING_LISTENS))
    assert refusal(Metal3(away), action) is Reason.HOST_API_UNAVAILABLE


def _policy(expression: str) -> list[Json]:
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-image"},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [UPDATES]},
            "validations": [{"expression": expression, "message": "no image today"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-image"},
        "spec": {"policyName": "no-image", "validationActions": ["Deny"]},
    }
    return [policy, binding]


def _webhook_that_is_away() -> Json:
    webhook = {
        "name": "baremetalhost.metal3.io",
        "clientConfig": {"url": f"{NOTHING_LISTENS}/validate"},
        "rules": [UPDATES],
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "metal3"},
        "webhooks": [webhook],
    }
