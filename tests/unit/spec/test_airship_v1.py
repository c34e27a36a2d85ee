"""What an upstream builder of engine airship-v1 is given, and what it is not asked for."""

from typing import Any

import pytest
import yaml

from airship_images.spec import Prepared
from tests.unit.spec.nodes import a_profile, findings, prepared

BUILDER = {"engine": "airship-v1", "image": "registry.example/image-builder:1"}
QCOW = {"type": "qcow2", "outputFileName": "worker.qcow2"}
ISO = {"type": "iso", "outputFileName": "live.iso"}


def v1(builder: dict[str, Any] = BUILDER, image: dict[str, Any] = QCOW, **areas: Any) -> Prepared:
    return prepared(a_profile(**areas), builder=builder, image=image)


def document(one: Prepared, name: str) -> Any:
    return yaml.safe_load(one.files[name])


def test_its_configuration_names_every_file_and_the_volume() -> None:
    one = v1(builder={**BUILDER, "outputMetadataFileName": "told.yaml", "userDataFileName": "users.yaml"})
    config = document(one, "builder-config.yaml")
    assert config["container"]["volume"] == "/config:/config"
    assert config["builder"] == {
        "imageType": "qcow",
        "outputFileName": "worker.qcow2",
        "outputMetadataFileName": "told.yaml",
        "osconfigVarsFileName": "osconfig-vars.yaml",
        "qcowVarsFileName": "qcow-vars.yaml",
        "userDataFileName": "users.yaml",
        "networkConfigFileName": "network-config",
    }
    assert {"osconfig-vars.yaml", "qcow-vars.yaml", "build.yaml"} <= set(one.files)
    assert "rootfs.yaml" not in one.files
    assert document(one, "build.yaml")["engine"] == "airship-v1"


def test_every_variable_is_given_whole_so_that_none_of_upstream_s_own_values_is_left() -> None:
    variables = document(v1(), "osconfig-vars.yaml")
    assert variables["default_run_context"] == "qcow"
    assert variables["directories"] == variables["files"] == variables["systemd"] == variables["sysctl"] == []
    assert variables["kernel"] == {"modules": {"load": [], "blacklist": []}}
    assert variables["banners"] == {"login": "", "motd": ""}
    units = document(v1(system={"systemd": [{"name": "a.service", "enabled": True}]}), "osconfig-vars.yaml")["systemd"]
    assert units == [{"name": "a.service", "file_content": "", "enabled": True, "force": False}]


def test_appended_arguments_are_merged_and_values_are_texts() -> None:
    kernel = {
        "grub": {"GRUB_TIMEOUT": 3, "GRUB_CMDLINE_LINUX_DEFAULT": [{"name": "console", "value": "ttyS0"}]},
        "grub_cmdline_linux_default_append": [{"name": "quiet"}],
        "sysctl": [{"name": "vm.swappiness", "value": "10"}],
    }
    limits = [{"name": "core", "domain": "*", "type": "hard", "item": "core", "value": "0"}]
    variables = document(v1(kernel=kernel, system={"limits": limits}), "osconfig-vars.yaml")
    assert variables["grub"]["GRUB_CMDLINE_LINUX_DEFAULT"] == [{"name": "console", "value": "ttyS0"}, {"name": "quiet"}]
    assert variables["grub_cmdline_linux_default_append"] == []
    assert variables["sysctl"] == [{"name": "vm.swappiness", "value": "10"}]
    assert variables["limits"][0]["value"] == "0"


def test_the_disk_has_upstream_s_names() -> None:
    variables = document(v1(storage={"qcow_capacity": "8G"}), "qcow-vars.yaml")
    assert (variables["img_name"], variables["qcow_capacity"], variables["qcow_compress"]) == (
        "worker.qcow2",
        "8G",
        True,
    )
    assert variables["partitions"][0]["mount"] == "/"


def test_another_builder_is_another_image_for_this_engine_alone() -> None:
    one, other = v1(), v1(builder={**BUILDER, "image": "registry.example/image-builder:2"})
    assert one.identities.spec_hash != other.identities.spec_hash
    native = [prepared(a_profile(), builder={"image": name}) for name in ("a:1", "a:2")]
    assert native[0].identities.spec_hash == native[1].identities.spec_hash


@pytest.mark.parametrize(
    ("areas", "path"),
    [
        ({"software": {"packages": ["vim"]}}, "software.packages"),
        ({"kernel": {"kernel_base_pkg": "linux-image-amd64"}}, "kernel.kernel_base_pkg"),
        ({"kernel": {"secure_boot": True}}, "kernel.secure_boot"),
        ({"networking": {"systemd_nic_names_policy": "path"}}, "networking.systemd_nic_names_policy"),
        (
            {"system": {"files": [{"name": "/etc/x", "content_from": {"secretName": "s", "key": "k"}}]}},
            "system.files[/etc/x].content_from",
        ),
        ({"system": {"roles": [{"name": "agent", "configMapName": "a"}]}}, "system.roles[agent].configMapName"),
        ({"extraVars": {"agent": "x"}}, "extraVars.agent"),
        (
            {"system": {"user_scripts": [{"name": "seal", "file_content": "#!/bin/sh", "timeout": "1m"}]}},
            "system.user_scripts[seal].timeout",
        ),
        ({"system": {"user_management": [{"name": "ops", "groups": ["adm"]}]}}, "system.user_management[ops].groups"),
        ({"system": {"files": [{"name": "/etc/x", "file_content": "{{ lookup('pipe', 'id') }}"}]}}, "file_content"),
    ],
)
def test_what_its_contract_cannot_say_is_refused_with_its_path(areas: dict[str, Any], path: str) -> None:
    found = findings(a_profile(**areas), builder=BUILDER, image=QCOW)
    assert any(path in finding.path and "engine airship-v1" in finding.expected for finding in found), found


def test_it_needs_a_builder_and_a_type_that_it_knows() -> None:
    missing = findings(
        a_profile(), builder={"engine": "airship-v1"}, image={**QCOW, "type": "raw", "outputFileName": "worker.raw"}
    )
    assert {finding.path.rpartition("spec.")[2] for finding in missing} == {"builder.image", "image.type"}


def test_an_iso_needs_the_data_of_cloud_init_and_takes_no_package_for_it() -> None:
    missing = findings(a_profile(), builder=BUILDER, image=ISO)
    assert [finding.path.rpartition("cloudInit.")[2] for finding in missing] == ["user_data", "network_config"]
    data = {"user_data": "#cloud-config\n", "network_config": '{"links": []}'}
    one = v1(image=ISO, cloudInit=data)
    assert document(one, "builder-config.yaml")["builder"]["imageType"] == "iso"
    assert (one.files["user-data"], one.files["network-config"]) == (data["user_data"], data["network_config"])
