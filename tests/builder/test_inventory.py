"""Which packages does the image's own package manager know, where that is rpm?"""

from pathlib import Path
from typing import Any

import pytest

from airship_builder.inventory import Inventory, Package
from tests.builder.rpms import FOLDERS, install_rpm
from tests.builder.workbench import Workbench

READ = """
import sys
from pathlib import Path
from airship_builder.inventory import take_inventory
from airship_images.api.errors import InputError
try:
    print(take_inventory(Path("/scratch/tree")).model_dump_json())
except InputError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.fixture
def tree(bench: Workbench) -> Path:
    """An empty root filesystem."""
    folder = bench.scratch / "tree"
    folder.mkdir()
    return folder


def read(bench: Workbench) -> Any:
    return bench.run("python3", "-c", READ)


@pytest.mark.parametrize("form", FOLDERS)
def test_packages_of_rpm_come_with_their_epochs_and_sources(bench: Workbench, tree: Path, form: str) -> None:
    install_rpm(bench, "tree", form)
    before = sorted(tree.rglob("*"))
    done = read(bench)
    assert done.returncode == 0, done.stderr
    package = Package(
        name="cloud-init",
        version="1:24.4-4.el10",
        architecture="noarch",
        source="cloud-init",
        source_version="24.4-4.el10",
        manager="rpm",
    )
    assert Inventory.model_validate_json(done.stdout).packages == (package,)
    assert sorted(tree.rglob("*")) == before, "reading it left something in the image"


@pytest.mark.parametrize(
    ("form", "name", "why"),
    [
        ("sqlite", "rpmdb.sqlite", "cannot open Packages database"),
        ("ndb", "Packages.db", "it has no package"),  # as rpm takes it for a new one
        ("bdb", "Packages", "cannot open Packages database"),
    ],
)
def test_a_database_that_rpm_cannot_read_is_refused(
    bench: Workbench, tree: Path, form: str, name: str, why: str
) -> None:
    (tree / FOLDERS[form]).mkdir(parents=True)
    (tree / FOLDERS[form] / name).write_text("something else")
    done = read(bench)
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith("software.base: found a database of rpm that cannot be read (")
    assert why in done.stdout


def test_a_package_that_rpm_leaves_out_because_it_is_damaged_is_noticed(bench: Workbench, tree: Path) -> None:
    install_rpm(bench, "tree", "ndb")
    with (tree / FOLDERS["ndb"] / "Packages.db").open("r+b") as file:
        file.seek(4200)
        file.write(b"X" * 16)
    done = read(bench)
    assert done.returncode == 2, done.stderr
    assert "cannot be read (rpmdb: damaged header #1 retrieved -- skipping.)" in done.stdout


def test_a_link_out_of_the_image_is_not_followed(bench: Workbench, tree: Path) -> None:
    (bench.scratch / "elsewhere").mkdir()
    install_rpm(bench, "elsewhere")
    (tree / "usr/lib/sysimage").mkdir(parents=True)
    (tree / FOLDERS["sqlite"]).symlink_to(f"/scratch/elsewhere/{FOLDERS['sqlite']}")
    done = read(bench)
    assert (done.returncode, Inventory.model_validate_json(done.stdout).packages) == (0, ()), done.stderr
