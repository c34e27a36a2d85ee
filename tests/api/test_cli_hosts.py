"""The verbs of a rollout on a real API server: what they show, what they write, and with whose rights."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml

from airship_images.api.annotations import APPROVED_IMAGE, ROLLOUT_PAUSED, ROLLOUT_RESUMED
from airship_images.api.status import ImageStatus
from airship_images.cli.main import run
from airship_images.plan.host_patch import patch_host
from airship_images.plan.hosts import read
from hack.cluster.certificates import Certificates
from hack.cluster.control_plane import ControlPlane
from hack.cluster.errors import ClusterError
from tests.api.kube import Json, Kube, eventually
from tests.api.metal3 import DATA_IMAGES, KIND, NAMESPACE, Metal3
from tests.api.published import publish
from tests.bmh.builders import NOW, a_host, a_state, an_artifact, terms_of
from tests.bmh.machine import Machine, state_of, step
from tests.command_line import CommandLine

OLD, NEW = an_artifact(1, verified=True), an_artifact(2, verified=True)
OWNED = {"consumerRef": {"kind": "Metal3Machine", "name": "cluster-a-worker-1"}}


@pytest.fixture
def image(kube: Kube) -> Iterator[str]:
    """An image that replaces, and whose newest artifact is published."""
    publish(kube, NEW, strategy="Replace")
    yield "default/worker"
    kube.delete("AirshipImage", "worker")


def provisioned(kube: Kube, metal3: Metal3, name: str, artifact: ImageStatus) -> Json:
    """A host that the image gave the artifact and that runs it."""
    live = metal3.available(name)
    uid = kube.get("AirshipImage", "worker")["metadata"]["uid"]
    state = a_state(live, artifact=artifact, namespace=NAMESPACE, uid=uid)
    metal3.send(patch_host(read(live), terms_of(state), NOW))
    for _ in range(4):
        host = metal3.live(name)
        after = step(Machine(host), "2026-03-01T12:00:00Z").host
        metal3.patch(name, {"status": after["status"]}, "--subresource=status")
    host = metal3.live(name)
    assert state_of(host) == "provisioned"
    return host


def consent(metal3: Metal3, name: str) -> str | None:
    found: str | None = metal3.live(name)["metadata"].get("annotations", {}).get(APPROVED_IMAGE)
    return found


def test_each_host_is_shown_with_what_it_has_and_should_have(
    kube: Kube, metal3: Metal3, image: str, airship_images: CommandLine
) -> None:
    provisioned(kube, metal3, "runs-the-old", OLD)
    metal3.available("free")
    metal3.create(a_host("owned", spec=OWNED))
    rows = {each["host"]: each for each in json.loads(airship_images("hosts", image, "-o", "json").out)}
    assert {name: (each["standing"], each["reason"]) for name, each in rows.items()} == {
        "free": ("Eligible", ""),
        "owned": ("Untouchable", "HostOwned"),
        "runs-the-old": ("Awaiting approval", "AwaitingApproval"),
    }
    old = rows["runs-the-old"]
    assert (old["state"], old["has"], old["wants"]) == ("provisioned", OLD.short_digest, NEW.short_digest)
    text = airship_images("hosts", image).out
    assert text.splitlines()[0].split() == ["HOST", "STATE", "HAS", "IMAGE", "WANTS", "STANDING", "WHY"]
    assert len(text.splitlines()) == 4


def test_all_hosts_of_a_namespace_are_shown_those_that_no_image_selects_too(
    metal3: Metal3, image: str, airship_images: CommandLine
) -> None:
    metal3.available("free")
    metal3.create(a_host("other", metadata={"labels": {"role": "storage"}}))
    found = yaml.safe_load(airship_images("hosts", "--namespace", NAMESPACE, "-o", "yaml").out)
    assert [(each["host"], each["image"]) for each in found] == [("free", "worker"), ("other", "-")]


def test_owners_agree_for_one_digest_with_their_own_rights(
    kube: Kube, metal3: Metal3, image: str, airship_images: CommandLine
) -> None:
    for name in ("a", "b"):
        provisioned(kube, metal3, name, OLD)
    metal3.available("free")
    ended = airship_images("approve", image, "b", "--yes")
    assert ended.code == 0, ended.err
    assert "THEIR DISKS WILL BE ERASED." in ended.out
    assert (consent(metal3, "a"), consent(metal3, "b"), consent(metal3, "free")) == (None, NEW.digest, None)
    writer = next(each for each in metal3.live("b")["metadata"]["managedFields"] if APPROVED_IMAGE in json.dumps(each))
    assert writer["manager"] == "airship-images-cli"
    rest = airship_images("approve", image, "--yes")
    assert "default/a is approved" in rest.out
    assert "default/b" not in rest.out, "nobody is asked twice"
    assert "no host waits" in airship_images("approve", image, "--yes").out


def may(user: str, *rules: Json) -> list[Json]:
    """What lets the user do so in the whole cluster."""
    group = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": user}, "rules": list(rules)}
    binding = {
        **{"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": user}},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": user},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
    return [role, binding]


def can(metal3: Metal3, user: str, verb: str) -> bool:
    """Does the API server know by now that the user may do so to hosts?"""
    try:
        return metal3.run("auth", "can-i", verb, KIND, f"--as={user}").strip() == "yes"
    except ClusterError:  # it says no, and ends so
        return False


def test_who_may_not_write_to_a_host_cannot_agree_for_it(
    kube: Kube, metal3: Metal3, image: str, control_plane: ControlPlane, tmp_path: Path
) -> None:
    provisioned(kube, metal3, "a", OLD)
    kubeconfig, rights = tmp_path / "kubeconfig", tmp_path / "rights.yaml"
    Certificates(control_plane.directory / "pki").kubeconfig(kubeconfig, control_plane.url, "onlooker")
    looks = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}
    writes = {"apiGroups": ["metal3.io"], "resources": ["baremetalhosts"], "verbs": ["patch"]}
    command = ["approve", image, "a", "--yes", "--kubeconfig", str(kubeconfig)]
    for rules, expected in (((looks,), (3, None)), ((looks, writes), (0, NEW.digest))):
        verb = rules[-1]["verbs"][-1]
        rights.write_text(yaml.safe_dump_all(may("onlooker", *rules)))
        kube.kubectl("apply", f"--filename={rights}")
        eventually(partial(can, metal3, "onlooker", verb), f"the right to {verb}")
        assert (run(command), consent(metal3, "a")) == expected
    kube.kubectl("delete", f"--filename={rights}")


def test_without_a_terminal_nothing_is_written_unless_told_to(
    kube: Kube, metal3: Metal3, image: str, airship_images: CommandLine
) -> None:
    provisioned(kube, metal3, "a", OLD)
    ended = airship_images("approve", image)
    assert ended.code == 2
    assert "--yes" in ended.err
    assert consent(metal3, "a") is None


@pytest.mark.parametrize(("answer", "outcome"), [("n", (2, None)), ("y", (0, NEW.digest))])
def test_on_a_terminal_a_person_is_asked(
    kube: Kube, metal3: Metal3, image: str, answer: str, outcome: tuple[int, str | None]
) -> None:
    provisioned(kube, metal3, "a", OLD)
    program = str(Path(sys.executable).with_name("airship-images"))
    person, terminal = pty.openpty()
    try:
        os.write(person, f"{answer}\n".encode())
        command = (program, "approve", image, "--kubeconfig", str(kube.kubeconfig))
        ended = subprocess.run(command, stdin=terminal, capture_output=True, text=True, timeout=60, check=False)
    finally:
        os.close(person)
        os.close(terminal)
    assert (ended.returncode, consent(metal3, "a")) == outcome, ended.stderr
    assert "Agree for 1 host?" in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("host", "why"), [("owned", "used by Metal3Machine"), ("free", "eligible"), ("nobody", "no host that the image")]
)
def test_a_host_that_waits_for_nobody_is_an_error_of_the_input(
    metal3: Metal3, image: str, airship_images: CommandLine, host: str, why: str
) -> None:
    metal3.available("free")
    metal3.create(a_host("owned", spec=OWNED))
    ended = airship_images("approve", image, host, "--yes")
    assert ended.code == 2
    assert why in ended.err


def test_a_strategy_that_erases_nothing_needs_no_consent(
    kube: Kube, metal3: Metal3, image: str, airship_images: CommandLine
) -> None:
    publish(kube, NEW, strategy="Available")
    ended = airship_images("approve", image, "--yes")
    assert ended.code == 2
    assert "spec.rollout.strategy" in ended.err


def test_what_no_host_may_get_is_approved_for_none(
    kube: Kube, metal3: Metal3, image: str, airship_images: CommandLine
) -> None:
    publish(kube, an_artifact(3, verified=False), strategy="Replace")
    ended = airship_images("approve", image, "--yes")
    assert ended.code == 2
    assert "without the boot test" in ended.err


def test_a_rollout_is_paused_and_resumed(kube: Kube, image: str, airship_images: CommandLine) -> None:
    def annotations() -> Json:
        found: Json = kube.get("AirshipImage", "worker")["metadata"].get("annotations") or {}
        return found

    assert airship_images("pause", image).code == 0
    assert annotations()[ROLLOUT_PAUSED] == "true"
    assert airship_images("resume", image).code == 0
    assert ROLLOUT_PAUSED not in annotations()
    assert ROLLOUT_RESUMED not in annotations()
    assert airship_images("resume", image, "--accept-failures").code == 0
    assert annotations()[ROLLOUT_RESUMED].endswith("Z")


def test_an_iso_is_attached_to_hosts_by_documents_that_metal3_takes(
    kube: Kube, metal3: Metal3, airship_images: CommandLine
) -> None:
    iso = an_artifact(4, verified=True, format="live-iso")
    publish(kube, iso)
    metal3.available("free")
    metal3.create(a_host("owned", spec=OWNED))
    with metal3.serving(DATA_IMAGES, "DataImage", "v1alpha1"):
        found = list(yaml.safe_load_all(airship_images("hosts", "default/worker", "--data-images").out))
        assert [(each["metadata"]["name"], each["spec"]) for each in found] == [
            ("free", {"url": iso.url}),
            ("owned", {"url": iso.url}),
        ]
        for document in found:
            metal3.takes(document)


def test_a_disk_is_attached_to_no_host(metal3: Metal3, image: str, airship_images: CommandLine) -> None:
    metal3.available("free")
    ended = airship_images("hosts", image, "--data-images")
    assert ended.code == 2
    assert "spec.image.type" in ended.err


@pytest.mark.parametrize("command", [("hosts",), ("approve",), ("pause",), ("resume",)])
def test_an_image_that_is_not_there_is_an_error_of_the_input(
    metal3: Metal3, airship_images: CommandLine, command: tuple[str, ...]
) -> None:
    ended = airship_images(*command, "default/nobody")
    assert ended.code == 2
    assert "nobody" in ended.err
