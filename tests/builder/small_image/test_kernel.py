"""The kernel gets the modules, settings, arguments and memory for crashes that were asked for."""

import re
from collections.abc import Callable

import pytest

from tests.builder.workbench import Inside

pytestmark = pytest.mark.timeout(1800)


def test_grub_waits_speaks_and_starts_the_kernel_as_asked(inside: Inside) -> None:
    text = inside.text("/boot/grub/grub.cfg")
    assert "set timeout=0\n" in text
    assert "if serial --speed=115200; then\n" in text
    assert " ro console=tty0 console=ttyS0 'odd=a b$(id)' crashkernel=512M-:160M\n" in text


def test_the_kernel_is_that_of_its_package(facts: dict[str, str]) -> None:
    assert facts["kernel"].endswith("-cloud-amd64\n")
    installed = re.findall(r"(?m)^ii  (linux-image-\S+)$", facts["packages"])
    assert sorted(installed) == [f"linux-image-{facts['kernel'].strip()}", "linux-image-cloud-amd64"]


def test_headers_firmware_and_drivers_are_installed_beside_the_kernel(inside: Inside) -> None:
    assert inside.stat("/usr/include/linux/version.h") == "regular 0644 0 0"
    assert inside.stat("/usr/lib/firmware/carl9170-1.fw") == "regular 0644 0 0"
    assert inside.stat("/usr/sbin/iucode_tool") == "regular 0755 0 0"


def test_the_command_line_is_the_kernel_s(facts: dict[str, str]) -> None:
    assert facts["cmdline"].endswith(' ro console=tty0 console=ttyS0 "odd=a b$(id)" crashkernel=512M-:160M\n')


def test_a_module_is_loaded_with_its_arguments(facts: dict[str, str]) -> None:
    assert {"dummy0", "dummy1", "dummy2"} <= set(facts["devices"].split())


def test_a_module_on_the_blacklist_is_there_and_is_not_loaded(facts: dict[str, str]) -> None:
    assert facts["blacklist"] == "nbd\n1\n"


def test_settings_are_the_kernel_s_even_with_percent_signs(facts: dict[str, str]) -> None:
    assert facts["sysctl"] == "13\n/var/crash/%e.%p\n"


def test_a_crash_kernel_is_loaded_with_an_initramfs_of_this_host(booted: Callable[[str], dict[str, str]]) -> None:
    loaded, initramfs, memory = booted("uefi")["kdump"].splitlines()
    assert loaded == "1"
    assert initramfs.startswith("/var/lib/kdump/initrd.img-")
    assert memory.strip().endswith("Crash kernel")
