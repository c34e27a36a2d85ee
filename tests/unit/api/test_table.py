from pathlib import Path

import pytest

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.merge import Merge
from airship_images.api.reference import rewritten, tables
from airship_images.api.shape import shape_of
from airship_images.api.table import rows

DOCS = Path(__file__).parents[3] / "docs"

BY_NAME, UNION, SUBTRACT, ATOMIC, APPEND, REPLACE = (
    Merge.BY_NAME,
    Merge.UNION,
    Merge.SUBTRACT,
    Merge.ATOMIC,
    Merge.APPEND,
    Merge.REPLACE,
)

LISTS = {
    "software.packages": UNION,
    "software.omit_packages": SUBTRACT,
    "software.repos": BY_NAME,
    "software.repos[].packages": REPLACE,
    "software.unapproved_packages": UNION,
    "kernel.modules.load": BY_NAME,
    "kernel.modules.load[].args": ATOMIC,
    "kernel.modules.blacklist": BY_NAME,
    "kernel.sysctl": BY_NAME,
    "kernel.grub.GRUB_CMDLINE_LINUX_DEFAULT": ATOMIC,
    "kernel.grub.GRUB_SERIAL_COMMAND": ATOMIC,
    "kernel.grub_cmdline_linux_default_append": APPEND,
    "drivers.firmware_packages": UNION,
    "drivers.packages": UNION,
    "drivers.dkms": BY_NAME,
    "networking.netplan": BY_NAME,
    "networking.networkd": BY_NAME,
    "networking.hosts": BY_NAME,
    "networking.hosts[].hostnames": REPLACE,
    "networking.resolver.nameservers": UNION,
    "networking.resolver.search": UNION,
    "storage.partitions": ATOMIC,
    "storage.partitions[].flags": REPLACE,
    "cloudInit.datasources": ATOMIC,
    "system.files": BY_NAME,
    "system.files[].run_contexts": REPLACE,
    "system.directories": BY_NAME,
    "system.directories[].run_contexts": REPLACE,
    "system.file_permissions": BY_NAME,
    "system.systemd": BY_NAME,
    "system.systemd[].run_contexts": REPLACE,
    "system.user_management": BY_NAME,
    "system.user_management[].groups": REPLACE,
    "system.user_management[].ssh_authorized_keys_from": REPLACE,
    "system.user_management[].run_contexts": REPLACE,
    "system.limits": BY_NAME,
    "system.roles": BY_NAME,
    "system.roles[].run_contexts": REPLACE,
    "system.user_scripts": BY_NAME,
    "system.user_scripts[].run_contexts": REPLACE,
    "system.fetch_from_url": BY_NAME,
    "system.kubelet.extra_systemd_args": ATOMIC,
}


def test_the_merge_kind_of_every_list_is_this() -> None:
    assert {row.path: row.merge for row in rows() if row.type.startswith("list")} == LISTS


def test_what_is_no_list_merges_deeply_or_is_replaced() -> None:
    assert {row.merge for row in rows() if not row.type.startswith("list")} == {Merge.DEEP, Merge.REPLACE}


def test_the_phase_of_every_variable_is_that_of_its_area_but_for_packages_and_signatures() -> None:
    phases: dict[str, set[str]] = {}
    for row in rows():
        phases.setdefault(row.path.partition(".")[0], set()).add(row.phase)
    assert {area: found for area, found in phases.items() if area != "kernel"} == {
        "software": {"rootfs"},
        "drivers": {"rootfs", "configure"},
        "storage": {"disk", "configure"},
        "networking": {"configure"},
        "cloudInit": {"configure"},
        "system": {"configure"},
        "extraVars": {"configure"},
    }
    packages = [row.variable for row in rows() if row.path.startswith("kernel") and row.phase == "rootfs"]
    assert packages == ["kernel_base_pkg", "kernel_headers_pkg"]
    later = [row.path for row in rows() if row.path.startswith("drivers") and row.phase == "configure"]
    assert {path.split(".")[1] for path in later} == {"module_signing"}


def test_every_field_says_what_it_is() -> None:
    image = rows(shape_of(AirshipImageSpec))
    assert not [row.path for row in (*rows(), *image) if not row.description]


@pytest.mark.parametrize("name", tables())
def test_the_pages_are_what_the_models_say(name: str) -> None:
    """After a change of the models: python -m airship_images.api.reference docs."""
    page = (DOCS / name).read_text()
    assert page == rewritten(page, tables()[name])


def test_no_field_of_an_image_is_missing_from_its_page() -> None:
    page = (DOCS / "airshipimage.md").read_text()
    fields = shape_of(AirshipImageSpec)
    wanted = [row.path for row in rows({name: fields[name] for name in fields if name != "params"})]
    assert not [path for path in wanted if f"| `{path}` |" not in page]
