"""Does a real API server take the CRDs, explain every field, and refuse what does not fit?"""

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.cluster import binaries, crds
from hack.cluster.control_plane import ControlPlane
from tests.api.kube import eventually

REPOSITORY = Path(__file__).parents[2]
CRDS = REPOSITORY / "crds"
EXAMPLES = REPOSITORY / "examples"
RESOURCES = ("airshipimages", "nodeprofiles")


class Api:
    """kubectl, on an API server of our own."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self._kubectl = (str(binaries.ensure("kubectl")), "--kubeconfig", str(kubeconfig))

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        command = (*self._kubectl, *arguments)
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)

    def says(self, *arguments: str, text: str = "") -> str:
        done = self.run(*arguments, text=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def explains(self, name: str) -> bool:
        """By both versions of its documents?"""
        outputs = ("plaintext", "plaintext-openapiv2")
        return all(self.run("explain", name, f"--output={each}").returncode == 0 for each in outputs)

    def refusal(self, document: dict[str, Any]) -> str:
        """What the API server says of `document`, which it must refuse."""
        done = self.run("apply", "--dry-run=server", "--filename=-", text=yaml.safe_dump(document))
        assert done.returncode != 0, done.stdout
        return done.stderr


@pytest.fixture(scope="module")
def empty() -> Iterator[Api]:
    with ControlPlane() as control_plane:
        yield Api(control_plane.kubeconfig)


@pytest.fixture(scope="module")
def api(empty: Api) -> Api:
    """The API with our resources: applied by the client first, then twice by the server."""
    empty.says("apply", f"--filename={CRDS}")
    server_side = ("apply", "--server-side", "--force-conflicts", f"--filename={CRDS}")
    assert empty.says(*server_side).count("serverside-applied") == len(RESOURCES)
    empty.says(*server_side)
    crds.wait_until_served(empty.kubeconfig, *(f"crd/{name}.airshipit.org" for name in RESOURCES))
    for name in RESOURCES:
        eventually(partial(empty.explains, name), f"{name} is explained, which comes later than its kind")
    return empty


def an_image(**spec: Any) -> dict[str, Any]:
    whole = {"profiles": [{"name": "base"}], "image": {"type": "qcow2", "outputFileName": "worker.qcow2"}} | spec
    return document("AirshipImage", whole)


def a_profile(**spec: Any) -> dict[str, Any]:
    return document("NodeProfile", spec)


def document(kind: str, spec: dict[str, Any], name: str = "worker") -> dict[str, Any]:
    return {
        "apiVersion": "airshipit.org/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


def test_the_schemas_are_structural_and_nothing_is_wrong_with_their_names(api: Api) -> None:
    for name in RESOURCES:
        crd = json.loads(api.says("get", "crd", f"{name}.airshipit.org", "--output=json"))
        conditions = {one["type"]: one["status"] for one in crd["status"]["conditions"]}
        assert conditions == {"NamesAccepted": "True", "Established": "True"}


def test_the_examples_are_taken_by_client_side_and_server_side_apply(api: Api) -> None:
    for arguments in ((), ("--server-side", "--force-conflicts")):
        said = api.says("apply", *arguments, f"--filename={EXAMPLES}/base.yaml", f"--filename={EXAMPLES}/worker.yaml")
        assert said.count("nodeprofile.airshipit.org/") == 2
        api.says("apply", *arguments, f"--filename={EXAMPLES}/airshipimage.yaml")


def test_the_base_of_overlays_is_the_definitions(api: Api) -> None:
    said = api.says("apply", "--server-side", "--force-conflicts", f"--kustomize={REPOSITORY}/deploy/base")
    assert sorted(line.split()[0].rpartition("/")[2] for line in said.splitlines()) == [
        f"{name}.airshipit.org" for name in sorted(RESOURCES)
    ]


def test_nothing_is_stored_that_was_not_written(api: Api) -> None:
    written = yaml.safe_load((EXAMPLES / "airshipimage.yaml").read_text())
    api.says("apply", f"--filename={EXAMPLES}/airshipimage.yaml")
    assert json.loads(api.says("get", "aimg", "worker", "--output=json"))["spec"] == written["spec"]


def test_an_object_that_no_operator_has_seen_says_so(api: Api) -> None:
    api.says("apply", f"--filename={EXAMPLES}/base.yaml", f"--filename={EXAMPLES}/airshipimage.yaml")
    for kind, name in (("nprof", "base"), ("aimg", "worker")):
        assert json.loads(api.says("get", kind, name, "--output=json"))["status"] == {"observedGeneration": -1}


def test_explain_has_text_for_every_field(api: Api) -> None:
    for name in RESOURCES:
        for part in ("spec", "status"):
            said = api.says("explain", f"{name}.{part}", "--output=plaintext-openapiv2", "--recursive")
            assert "DESCRIPTION" in said
    assert "<no description>" not in api.says("explain", "airshipimage.spec.image")
    assert "Format of the image" in api.says("explain", "airshipimage.spec.image.type")


def test_every_field_that_the_api_server_publishes_has_a_description(api: Api) -> None:
    published = json.loads(api.says("get", "--raw", "/openapi/v3/apis/airshipit.org/v1alpha1"))["components"]["schemas"]
    for kind in ("AirshipImage", "NodeProfile"):
        schema = published[f"org.airshipit.v1alpha1.{kind}"]["properties"]
        silent = [path for part in ("spec", "status") for path in without_description(schema[part], part)]
        assert silent == []


def without_description(schema: dict[str, Any], path: str) -> Iterator[str]:
    if not schema.get("description"):
        yield path
    for name, part in schema.get("properties", {}).items():
        yield from without_description(part, f"{path}.{name}")
    for name, part in schema.get("items", {}).get("properties", {}).items():
        yield from without_description(part, f"{path}[].{name}")


def test_kubectl_shows_the_columns_of_the_design(api: Api) -> None:
    api.says("apply", f"--filename={EXAMPLES}/airshipimage.yaml")
    narrow = api.says("get", "aimg").splitlines()[0].split()
    assert narrow == [
        "NAME",
        "READY",
        "PHASE",
        "PROGRESS",
        "IMAGE",
        "HOSTS",
        "AGE",
    ]
    wide = api.says("get", "airshipimages", "--output=wide").splitlines()[0].split()
    assert wide == ["NAME", "READY", "PHASE", "PROGRESS", "IMAGE", "HOSTS", "URL", "SIZE", "REASON", "AGE"]
    api.says("apply", f"--filename={EXAMPLES}/base.yaml")
    assert {"nodeprofile.airshipit.org/base", "airshipimage.airshipit.org/worker"} <= set(
        api.says("get", "airship", "--output=name").split()
    )
    assert "base" in api.says("get", "nprof")


SOURCE = {"url": "https://mirror.example/a.qcow2", "sha256": "ab" * 32}


def test_an_image_that_was_built_elsewhere_needs_no_profile(api: Api) -> None:
    sourced = document("AirshipImage", {"image": {"type": "qcow2", "source": SOURCE}})
    api.says("apply", "--dry-run=server", "--filename=-", text=yaml.safe_dump(sourced))


REFUSED = {
    "an unknown field": (an_image(imgae={}), 'unknown field "spec.imgae"'),
    "a file name that leaves its folder": (
        an_image(image={"type": "qcow2", "outputFileName": "../../x"}),
        "outputFileName",
    ),
    "a path that climbs": (a_profile(system={"files": [{"name": "/etc/../x"}]}), "spec.system.files[0].name"),
    "an inline password": (a_profile(system={"user_management": [{"name": "a", "password": "x"}]}), "password_from"),
    "two contents of one file": (
        a_profile(
            system={"files": [{"name": "/a", "file_content": "", "content_from": {"secretName": "a", "key": "b"}}]}
        ),
        "expected one source of content",
    ),
    "an output with no target": (an_image(output={}), "expected one of pvc and registry"),
    "an image of nothing": (
        document("AirshipImage", {"image": {"type": "qcow2", "outputFileName": "a.qcow2"}}),
        "expected profiles, or image.source",
    ),
    "profiles of what is built elsewhere": (
        an_image(image={"type": "qcow2", "source": SOURCE}),
        "expected profiles, or image.source",
    ),
    "a file name of what is built elsewhere": (
        document("AirshipImage", {"image": {"type": "qcow2", "outputFileName": "a.qcow2", "source": SOURCE}}),
        "expected outputFileName, or source",
    ),
    "a source without its checksum": (
        document("AirshipImage", {"image": {"type": "qcow2", "source": {"url": SOURCE["url"]}}}),
        "spec.image.source.sha256",
    ),
    "a source that is no file": (
        document("AirshipImage", {"image": {"type": "qcow2", "source": {**SOURCE, "url": "ftp://a.example/a"}}}),
        "spec.image.source.url",
    ),
    "a name of 41 characters": (an_image() | {"metadata": {"name": "a" * 41, "namespace": "default"}}, "at most 40"),
    "no host at once": (an_image(rollout={"maxUnavailable": 0}), "spec.rollout.maxUnavailable"),
    "a share of no host": (an_image(rollout={"maxUnavailable": "0%"}), "spec.rollout.maxUnavailable"),
    "a share of more hosts than there are": (an_image(rollout={"maxUnavailable": "101%"}), "rollout.maxUnavailable"),
    "one profile twice": (an_image(profiles=[{"name": "a"}, {"name": "a"}]), "Duplicate value"),
    "one sysctl twice": (a_profile(kernel={"sysctl": [{"name": "a"}, {"name": "a"}]}), "Duplicate value"),
    "one package twice": (a_profile(software={"packages": ["aa", "aa"]}), "Duplicate value"),
    "an unquoted mode": (a_profile(system={"files": [{"name": "/a", "permissions": 493}]}), "must be of type string"),
    "a file of 65 KiB": (a_profile(system={"files": [{"name": "/a", "file_content": "x" * 65537}]}), "may not be more"),
    "a secret key that climbs": (
        a_profile(system={"files": [{"name": "/a", "content_from": {"secretName": "a", "key": ".."}}]}),
        "content_from.key",
    ),
}


@pytest.mark.parametrize(("refused", "says"), REFUSED.values(), ids=REFUSED)
def test_the_api_server_refuses(api: Api, refused: dict[str, Any], says: str) -> None:
    assert says in api.refusal(refused)


@pytest.mark.parametrize("at_once", [1, 1000, "1%", "25%", "100%"])
def test_hosts_at_once_are_a_number_or_a_percentage(api: Api, at_once: int | str) -> None:
    document = yaml.safe_dump(an_image(rollout={"maxUnavailable": at_once}))
    api.says("apply", "--dry-run=server", "--filename=-", text=document)


def test_a_large_profile_within_the_bounds_is_taken(api: Api) -> None:
    large = a_profile(
        software={"packages": [f"package-{number}" for number in range(1024)]},
        kernel={"sysctl": [{"name": f"net.setting.number{number}", "value": "1"} for number in range(512)]},
        system={"files": [{"name": f"/etc/large/{number}", "file_content": "x" * 2000} for number in range(512)]},
    )
    api.says("apply", "--server-side", "--filename=-", text=yaml.safe_dump(large))


def test_the_status_is_written_beside_the_spec_and_as_a_whole(api: Api) -> None:
    api.says("apply", f"--filename={EXAMPLES}/airshipimage.yaml")
    condition = {"type": "Ready", "status": "True", "reason": "Ready", "message": "m", "lastTransitionTime": "t"}
    for kind in ("Built", "Ready"):
        status = {"conditions": [condition | {"type": kind}], "phase": "Ready"}
        patch = json.dumps({key: value for key, value in an_image().items() if key != "spec"} | {"status": status})
        arguments = ("--server-side", f"--field-manager={kind}", "--subresource=status", "--filename=-")
        api.says("apply", *arguments, "--force-conflicts", text=patch)
    conditions = json.loads(api.says("get", "aimg", "worker", "--output=json"))["status"]["conditions"]
    assert [one["type"] for one in conditions] == ["Ready"]
    assert api.says("get", "aimg", "worker", "--no-headers").split()[1] == "True"
