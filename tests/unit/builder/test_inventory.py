"""What is installed, as the image's own package manager says?"""

from pathlib import Path

from airship_builder.inventory import Inventory, Package, take_inventory

STATUS = """\
Package: zlib1g
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Source: zlib
Version: 1:1.2.13.dfsg-1
Description: one
 Package: no-package, a line of a description

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: base-files
Status: install ok installed
Architecture: amd64
Version: 12.4+deb12u5+b1
Source: base-files (12.4+deb12u5)
"""


def a_tree(folder: Path, status: str = STATUS, release: str = 'ID=debian\nVERSION_ID="12" # a comment\n') -> Path:
    (folder / "var/lib/dpkg").mkdir(parents=True)
    (folder / "var/lib/dpkg/status").write_text(status)
    (folder / "usr/lib").mkdir(parents=True)
    (folder / "usr/lib/os-release").write_text(release)
    return folder


def test_installed_packages_come_sorted_with_their_sources(tmp_path: Path) -> None:
    assert take_inventory(a_tree(tmp_path)) == Inventory(
        system="debian",
        version="12",
        packages=(
            Package(
                name="base-files",
                version="12.4+deb12u5+b1",
                architecture="amd64",
                source="base-files",
                source_version="12.4+deb12u5",
            ),
            Package(
                name="zlib1g",
                version="1:1.2.13.dfsg-1",
                architecture="amd64",
                source="zlib",
                source_version="1:1.2.13.dfsg-1",
            ),
        ),
    )


def test_some_of_them_alone_are_found_by_name(tmp_path: Path) -> None:
    assert [one.name for one in take_inventory(a_tree(tmp_path), {"zlib1g", "gone"}).packages] == ["zlib1g"]


def test_a_system_without_dpkg_has_a_name_and_no_packages_that_we_could_list(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/os-release").write_text("ID='rocky'\nVERSION_ID='9.4'\n")
    assert take_inventory(tmp_path) == Inventory(system="rocky", version="9.4", packages=())
