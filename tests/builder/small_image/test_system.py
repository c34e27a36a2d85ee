"""Files, units, users and limits are those that were asked for."""

import pytest

from tests.builder.small_image.conftest import FETCHED, SECRETS
from tests.builder.workbench import Inside

pytestmark = pytest.mark.timeout(1800)

PAYLOAD = "{{ lookup('pipe', 'id') }} $(id) `id` %n \"' {% raw %}"


def test_a_value_that_looks_like_code_is_in_the_image_as_it_was_written(inside: Inside) -> None:
    assert inside.text("/etc/marker") == PAYLOAD
    assert inside.text("/etc/motd") == f"{PAYLOAD}\n"
    assert inside.stat('/opt/site/odd ""name"" $(id) {{ x }} é') == "regular 0600 1000 0"


def test_files_and_directories_have_their_modes_and_owners(inside: Inside) -> None:
    assert inside.stat("/opt/site") == "directory 0750 0 4"
    assert inside.stat("/etc/issue") == "regular 0640 0 4"
    assert inside.stat("/usr/bin/tool") == "regular 0755 0 0"
    assert inside.stat("/home/operator1") == "directory 0700 1000 1000"
    assert inside.text("/etc/issue.net") == "Authorised use only\n"


def test_a_file_comes_from_elsewhere(inside: Inside) -> None:
    assert inside.text("/opt/site/fetched") == FETCHED.decode()
    assert inside.stat("/opt/site/fetched") == "regular 0755 0 0"


def test_an_item_for_images_of_another_type_is_not_there(inside: Inside) -> None:
    assert inside.stat("/etc/of-a-disk") == "regular 0644 0 0"
    assert inside.stat("/etc/of-an-iso") == "nothing"


def test_units_are_enabled_disabled_and_extended(inside: Inside) -> None:
    wanted = "/etc/systemd/system/multi-user.target.wants/hello.service"
    assert inside.link(wanted) == "/etc/systemd/system/hello.service"
    assert inside.stat("/etc/systemd/system/timers.target.wants/fstrim.timer") == "nothing"
    assert inside.text("/etc/systemd/system/ssh.service.d/10-nice.conf") == "[Service]\nNice=1\n"


def test_a_forced_unit_takes_the_name_of_another_which_keeps_its_own(inside: Inside) -> None:
    assert inside.link("/etc/systemd/system/sshd.service") == "/etc/systemd/system/site-login.service"
    assert inside.link("/etc/systemd/system/multi-user.target.wants/ssh.service").endswith("/ssh.service")


def test_units_are_as_systemd_says(facts: dict[str, str]) -> None:
    assert facts["unit"] == "enabled\nactive\ndisabled\n"
    assert facts["nice"].strip() == "1"


def test_the_kubelet_is_started_with_its_arguments(facts: dict[str, str]) -> None:
    assert facts["kubelet"] == "<--v=2><--node-labels=a=b c$(id) %n>"


def test_users_have_their_names_numbers_passwords_and_keys(facts: dict[str, str]) -> None:
    assert "(adm)" in facts["user"]
    assert "operator2:x:4321:4321::/srv/operator2:/bin/sh\n" in facts["user"]
    assert "operator1 L" in facts["user"]
    assert "operator2 P" in facts["user"]
    assert "root L" in facts["user"]
    assert facts["keys"] == f"600 operator1\n{SECRETS['operator1']}\n"
    assert facts["sudo"] == "0\n"


def test_limits_hold_for_a_session(facts: dict[str, str]) -> None:
    assert facts["limits"] == "0\n4321\n"
