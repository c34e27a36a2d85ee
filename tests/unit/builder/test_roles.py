"""Values reach the image as they are: what looks like a template in them is text."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import airship_builder
from airship_builder.intents import File, User
from airship_builder.roles import Role, kernel_argument
from airship_images.api.errors import InputError
from tests.unit.builder.asking import asked_by, texts

PAYLOADS = [
    "{{ lookup('pipe', 'id') }}",
    "{% for x in y %}",
    "$(id)",
    "`id`",
    "%n %i",
    "'; id; '",
    '"',
    "{# x #}",
    "é☃",
]
KDUMP = {
    "kdump_tools": {"crashkernel": "192M"},
    "boot": {"root": "root=UUID=u ro"},
    "grub": {
        "GRUB_CMDLINE_LINUX_DEFAULT": [
            {"name": "console", "value": "ttyS0"},
            {"name": "x", "value": "a b$(id)`id`"},
            {"name": "crashkernel", "value": "192M"},
        ]
    },
}
TEMPLATES = Path(airship_builder.__file__).parents[1] / "ansible/roles"


def files(role: str, arguments: dict[str, Any], **variables: Any) -> dict[str, str]:
    found = Role(TEMPLATES / role / "templates", {"packages": [], **variables}).intents(arguments)
    return {intent.path: intent.text for intent in found if isinstance(intent, File)}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_value_is_put_in_as_it_is(payload: str) -> None:
    arguments = {"from": "sysctl", "files": [{"path": "/x", "template": "sysctl.conf.j2"}]}
    assert files("sysctl", arguments, sysctl=[{"name": "a", "value": payload}]) == {"/x": f"a = {payload}\n"}


@pytest.mark.parametrize("payload", [*PAYLOADS, "two\nlines\n", ""])
def test_the_content_of_a_file_is_put_in_as_it_is(payload: str) -> None:
    arguments = {"each": "files", "files": [{"path": "{{ item.name }}", "value": "file_content"}]}
    assert files("files", arguments, files=[{"name": "/x", "file_content": payload}]) == {"/x": payload}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_path_is_put_in_as_it_is(payload: str) -> None:
    arguments = {"each": "files", "files": [{"path": "{{ item.name }}", "value": "file_content"}]}
    assert files("files", arguments, files=[{"name": f"/{payload}", "file_content": ""}]) == {f"/{payload}": ""}


def test_a_value_that_would_begin_a_second_line_is_refused() -> None:
    arguments = {"from": "sysctl", "files": [{"path": "/x", "template": "sysctl.conf.j2"}]}
    with pytest.raises(InputError, match="one line"):
        files("sysctl", arguments, sysctl=[{"name": "a", "value": "1\nkernel.panic = 1"}])


def test_nothing_is_asked_for_while_the_variable_is_unset() -> None:
    assert files("sysctl", {"from": "sysctl", "files": [{"path": "/x", "template": "sysctl.conf.j2"}]}) == {}


def test_a_role_of_a_package_does_nothing_in_an_image_without_it() -> None:
    arguments = {
        "package": "openssh-server",
        "files": [{"path": "/x", "template": "airship-images-host-keys.service.j2"}],
    }
    assert files("host_keys", arguments) == {}
    assert list(files("host_keys", arguments, packages=["openssh-server"])) == ["/x"]


def test_an_attribute_that_the_item_leaves_out_keeps_its_default() -> None:
    entry = {"path": "{{ item.name }}", "mode": "{{ item.permissions }}", "value": "file_content"}
    role = Role(TEMPLATES, {"packages": [], "files": [{"name": "/x", "file_content": ""}]})
    (intent,) = role.intents({"each": "files", "files": [entry]})
    assert isinstance(intent, File)
    assert intent.mode == "0644"


def test_a_user_is_taken_whole() -> None:
    role = Role(TEMPLATES, {"packages": [], "user_management": [{"name": "op", "sudo": True, "uid": 2000}]})
    assert list(role.intents({"each": "user_management", "users": True})) == [User(name="op", uid=2000)]


def test_the_kernel_command_line_is_quoted_for_grub_and_for_the_kernel() -> None:
    words = [{"name": "console", "value": "ttyS0"}, {"name": "quiet"}, {"name": "x", "value": "a b$(id)"}]
    variables = {
        "kernel_version": "6",
        "boot": {"search": "--file /x", "kernel": "/k", "initrd": "/i", "root": "root=r ro"},
        "grub": {"GRUB_CMDLINE_LINUX_DEFAULT": words},
    }
    (text,) = files("grub", {"files": [{"path": "/x", "template": "grub.cfg.j2"}]}, **variables).values()
    assert "ro console=ttyS0 quiet 'x=a b$(id)'\n" in text


def test_grub_reads_the_same_command_line_from_what_grub_mkconfig_would_make() -> None:
    words = [{"name": "console", "value": "ttyS0"}, {"name": "x", "value": "a b$(id)"}]
    options = [{"name": "speed", "value": "115200"}, {"name": "x", "value": "a b"}]
    grub = {"GRUB_CMDLINE_LINUX_DEFAULT": words, "GRUB_SERIAL_COMMAND": options}
    (text,) = files("grub", {"files": [{"path": "/x", "template": "default-grub.j2"}]}, grub=grub).values()
    settings = dict(line.split("=", 1) for line in text.splitlines())
    (line,), (serial,) = (shlex.split(settings[name]) for name in ("GRUB_CMDLINE_LINUX_DEFAULT", "GRUB_SERIAL_COMMAND"))
    assert shlex.split(line) == ["console=ttyS0", "x=a b$(id)"]
    assert shlex.split(serial) == ["serial", "--speed=115200", "--x=a b"]


def test_the_kubelet_s_arguments_are_one_variable_that_systemd_splits() -> None:
    arguments = [{"name": "v", "value": "2"}, {"name": "--node-labels", "value": "a=b c$(id)"}]
    made = texts(asked_by("kubelet", kubelet={"extra_systemd_args": arguments}))
    assert made["/etc/default/kubelet"] == """KUBELET_EXTRA_ARGS='--v=2 "--node-labels=a=b c$(id)"'\n"""
    assert (
        "ExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\n"
        in made["/etc/systemd/system/kubelet.service.d/05-airship-images.conf"]
    )


@pytest.mark.parametrize("value", ["'", '"', "\\"])
def test_a_kubelet_argument_that_cannot_be_quoted_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="extra_systemd_args"):
        asked_by("kubelet", kubelet={"extra_systemd_args": [{"name": "v", "value": value}]})


def test_crash_dumps_are_switched_on_where_the_tools_are() -> None:
    made = texts(asked_by("kdump", **KDUMP, packages=["kdump-tools"]))
    assert "USE_KDUMP=1\n" in made["/etc/default/kdump-tools"]
    assert asked_by("kdump", **KDUMP) == []


def test_the_crash_kernel_s_command_line_is_text_for_the_shell_that_evaluates_it() -> None:
    settings = texts(asked_by("kdump", **KDUMP, packages=["kdump-tools"]))["/etc/default/kdump-tools"]
    kdump_config = f'{settings}eval "printf %s --command-line=\\"$KDUMP_CMDLINE more\\""'
    said = subprocess.run(["/bin/sh", "-c", kdump_config], capture_output=True, text=True, check=True).stdout
    assert said == '--command-line=root=UUID=u ro console=ttyS0 x="a b$(id)`id`" more'


@pytest.mark.parametrize("argument", [{"name": "a b"}, {"name": "a", "value": '"'}, {"name": "a", "value": "\\"}])
def test_a_kernel_argument_that_cannot_be_quoted_is_refused(argument: dict[str, str]) -> None:
    with pytest.raises(InputError, match="GRUB_CMDLINE"):
        kernel_argument(argument)


@pytest.mark.parametrize("instance", ["0123456701", "1234567890", "12345e6789", "a1b2c3d4e5"])
def test_cloud_init_reads_the_id_of_the_instance_as_text(instance: str) -> None:
    """A hash may have digits alone, which YAML takes for a number, even an octal one."""
    made = texts(asked_by("cloud_init", seed={"instance": instance}, packages=["cloud-init"]))
    assert yaml.safe_load(made["/var/lib/cloud/seed/nocloud/meta-data"]) == {"instance-id": instance}
