"""ConfigMaps that a node refers to: their content is part of the image's identity and of its inputs."""

from typing import Any

import pytest
import yaml

from airship_images.api.documents import RawDocument, validate
from airship_images.api.errors import InvalidDocument
from airship_images.spec import Prepared, SpecError, config_map_names, prepare
from tests.unit.spec.nodes import a_profile, an_image, composed

Contents = dict[str, dict[str, bytes]]
FILE = {"name": "/etc/site.conf", "content_from": {"configMapName": "site", "key": "site.conf"}}
SITE: Contents = {"site": {"site.conf": b"one\n", "unused": b"?"}}


def made(contents: Contents, *files: dict[str, Any]) -> Prepared:
    profile = a_profile(system={"files": list(files or (FILE,))})
    return prepare(an_image(), {"base": profile}, config_maps=contents)


def test_the_content_is_among_the_inputs_and_nothing_else_of_the_configmap_is() -> None:
    assert yaml.safe_load(made(SITE).files["configmaps.yaml"]) == {"site": {"data": {"site.conf": "one\n"}}}


def test_content_that_is_no_text_is_kept_as_base64() -> None:
    contents = yaml.safe_load(made({"site": {"site.conf": b"\xff\x00"}}).files["configmaps.yaml"])
    assert contents == {"site": {"binaryData": {"site.conf": "/wA="}}}


def test_a_node_that_refers_to_none_has_no_such_input() -> None:
    assert "configmaps.yaml" not in made(SITE, {"name": "/a", "file_content": ""}).files


def test_another_content_is_another_image_of_the_same_disk() -> None:
    one, other = made(SITE).identities, made({"site": {"site.conf": b"two\n"}}).identities
    assert (one.rootfs_hash, one.disk_hash) == (other.rootfs_hash, other.disk_hash)
    assert one.spec_hash != other.spec_hash


def test_a_key_that_nobody_refers_to_changes_nothing() -> None:
    assert made(SITE).identities == made({"site": {**SITE["site"], "unused": b"!"}, "other": {}}).identities


@pytest.mark.parametrize(
    ("contents", "found", "expected"),
    [
        ({}, "no ConfigMap site", "a ConfigMap of that name"),
        ({"site": {"other": b""}}, "no key site.conf in ConfigMap site", "one of its keys: other"),
    ],
)
def test_what_is_not_there_is_named_with_its_path(contents: Contents, found: str, expected: str) -> None:
    with pytest.raises(SpecError) as refused:
        made(contents)
    (finding,) = refused.value.findings
    assert finding.reason == "ConfigMapNotFound"
    assert finding.path == "NodeProfile/base: spec.system.files[/etc/site.conf].content_from"
    assert finding.found == found
    assert expected in finding.expected


def test_a_private_key_is_refused_in_a_configmap_as_in_a_profile() -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"
    with pytest.raises(SpecError) as refused:
        made({"site": {"site.conf": key}})
    (finding,) = refused.value.findings
    assert (finding.reason, finding.path) == ("InlinePassword", "ConfigMap/site: data.site.conf")
    assert "abc" not in str(finding)


def test_a_later_profile_takes_the_place_of_the_whole_reference() -> None:
    secret = {"name": "/etc/site.conf", "content_from": {"secretName": "s", "key": "k"}}
    data, _, wrong = composed({"system": {"files": [FILE]}}, {"system": {"files": [secret]}})
    assert not wrong
    assert data["system"]["files"] == [secret]


ROLE = {"name": "agent", "configMapName": "role-agent"}


def test_all_files_of_a_role_are_among_the_inputs_and_count_for_the_hash() -> None:
    role: Contents = {"role-agent": {"tasks__main.yml": b"a", "templates__x.j2": b"b"}}
    profile = a_profile(system={"roles": [ROLE]})
    one = prepare(an_image(), {"base": profile}, config_maps=role)
    assert yaml.safe_load(one.files["configmaps.yaml"])["role-agent"]["data"] == {
        "tasks__main.yml": "a",
        "templates__x.j2": "b",
    }
    other = prepare(an_image(), {"base": profile}, config_maps={"role-agent": {**role["role-agent"], "more": b""}})
    assert one.identities.disk_hash == other.identities.disk_hash
    assert one.identities.spec_hash != other.identities.spec_hash


def test_the_configmap_of_a_role_is_looked_for() -> None:
    profile = a_profile(system={"roles": [ROLE]})
    assert config_map_names(profile.spec) == {"role-agent"}
    with pytest.raises(SpecError) as refused:
        prepare(an_image(), {"base": profile})
    (finding,) = refused.value.findings
    assert (finding.reason, finding.path) == ("ConfigMapNotFound", "NodeProfile/base: spec.system.roles[agent]")


def test_a_role_of_an_artifact_needs_the_credentials_that_it_names() -> None:
    oci = {"reference": f"registry.example/roles/agent@sha256:{'a' * 64}", "pullSecretName": "login"}
    made = prepare(an_image(), {"base": a_profile(system={"roles": [{"name": "agent", "oci": oci}]})})
    assert [(ref.secret_name, ref.key) for ref in made.pull_secrets] == [("login", ".dockerconfigjson")]
    assert made.secrets == ()


def test_another_source_of_a_role_takes_the_place_of_the_first() -> None:
    oci = {"reference": f"registry.example/roles/agent@sha256:{'a' * 64}"}
    data, _, wrong = composed({"system": {"roles": [ROLE]}}, {"system": {"roles": [{"name": "agent", "oci": oci}]}})
    assert not wrong
    assert data["system"]["roles"] == [{"name": "agent", "oci": oci}]


def test_extra_variables_reach_the_builder_as_they_are() -> None:
    variables = {"motd": {"text": "{{ lookup('pipe', 'id') }}", "lines": [1, True, None]}}
    made = prepare(an_image(), {"base": a_profile(extraVars=variables)})
    assert yaml.safe_load(made.files["osconfig-vars.yaml"])["extra_vars"] == variables


def test_every_configmap_that_a_profile_names_is_known_before_it_is_composed() -> None:
    assert config_map_names(a_profile(system={"files": [FILE]}).spec) == {"site"}
    assert config_map_names(a_profile().spec) == frozenset()


@pytest.mark.parametrize("reference", [{"key": "k"}, {"secretName": "s", "configMapName": "c", "key": "k"}])
def test_a_reference_has_one_source(reference: dict[str, str]) -> None:
    document = {
        "apiVersion": "airshipit.org/v1alpha1",
        "kind": "NodeProfile",
        "metadata": {"name": "base"},
        "spec": {"system": {"files": [{"name": "/a", "content_from": reference}]}},
    }
    with pytest.raises(InvalidDocument, match="expected one of secretName and configMapName"):
        validate(RawDocument("x", 0, document))
