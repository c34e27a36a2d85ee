"""Values reach the image as they are: what looks like a template in them is text."""

from pathlib import Path
from typing import Any

import pytest

import airship_builder
from airship_builder.intents import File, User
from airship_builder.roles import Role, kernel_argument
from airship_images.api.errors import InputError

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
    variables = {"kernel_version": "6", "disk": {"root_uuid": "u"}, "grub": {"GRUB_CMDLINE_LINUX_DEFAULT": words}}
    (text,) = files("grub", {"files": [{"path": "/x", "template": "grub.cfg.j2"}]}, **variables).values()
    assert "ro console=ttyS0 quiet 'x=a b$(id)'\n" in text


@pytest.mark.parametrize("argument", [{"name": "a b"}, {"name": "a", "value": '"'}, {"name": "a", "value": "\\"}])
def test_a_kernel_argument_that_cannot_be_quoted_is_refused(argument: dict[str, str]) -> None:
    with pytest.raises(InputError, match="GRUB_CMDLINE"):
        kernel_argument(argument)
