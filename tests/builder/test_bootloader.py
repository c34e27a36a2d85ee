"""The EFI system partition is the same whatever the file system is that its files are laid out on."""

import pytest

from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(120)

FILLED = """
fill() {
    python3 -c 'if 1:
        import pathlib, sys
        from airship_builder.bootloader import efi_image
        efi_image(pathlib.Path(sys.argv[1]), "ubuntu", "its configuration", epoch=1_700_000_000)
    ' "$1"
}
fill /tmp/efi.img
sleep 2.1  # a moment of FAT
fill /scratch/efi.img
cmp /tmp/efi.img /scratch/efi.img
mdir -b -/ -i /tmp/efi.img ::
"""


def test_files_are_in_the_order_of_their_names_and_have_the_image_s_time(bench: Workbench) -> None:
    """A tmpfs gives them as they were made or the other way round, an ext4 in an order of its own."""
    done = bench.run("sh", "-ec", FILLED)
    assert done.returncode == 0, done.stdout
    listed = done.stdout.splitlines()
    assert listed == sorted(listed, key=lambda path: (path.rstrip("/").count("/"), path))
    assert len(listed) == 10
