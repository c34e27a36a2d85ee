"""Partition bounds become sectors as parted would place them."""

import pytest

from airship_builder.inputs import Filesystem, Partition
from airship_builder.layout import MIB, SECTOR, place
from airship_images.api.errors import InputError

ROOT = Partition(mount="/", part_start="264MiB", part_end="100%", filesystem=Filesystem(type="ext4"))
BIOS = Partition(mount="none", part_start="1MiB", part_end="8MiB", flags=("bios_grub",))
ESP = Partition(mount="/boot/efi", part_start="8MiB", part_end="264MiB", flags=("esp",))


def test_partitions_are_numbered_by_their_place_in_the_list_and_lie_where_they_say() -> None:
    layout = place("key", "4G", (ROOT, BIOS, ESP))
    assert [(one.number, one.name) for one in layout.placed] == [(1, "root"), (2, "bios"), (3, "esp")]
    assert layout.placed[1].offset == MIB
    assert layout.placed[2].bytes == 256 * MIB


def test_the_last_partition_leaves_room_for_the_backup_table() -> None:
    layout = place("key", "4G", (ROOT,))
    root = layout.root
    assert root.offset + root.bytes == 4095 * MIB
    assert layout.capacity - (root.offset + root.bytes) >= 33 * SECTOR


def test_the_same_key_gives_the_same_identifiers_and_another_key_others() -> None:
    assert place("a", "4G", (ROOT,)).sfdisk() == place("a", "4G", (ROOT,)).sfdisk()
    assert place("a", "4G", (ROOT,)).uuid("disk") != place("b", "4G", (ROOT,)).uuid("disk")


def test_each_partition_has_the_name_and_type_of_what_it_is_for() -> None:
    swap = Partition(mount="none", part_start="1GiB", part_end="2GiB", filesystem=Filesystem(type="swap"))
    home = Partition(mount="/home", part_start="2GiB", part_end="3GiB", filesystem=Filesystem(type="xfs"))
    images = home.model_copy(update={"mount": "/var/lib/images", "part_start": "3GiB", "part_end": "3200MiB"})
    empty = Partition(mount="none", part_start="3200MiB", part_end="100%")
    placed = place("key", "4G", (ROOT.model_copy(update={"part_end": "1GiB"}), swap, home, images, empty)).placed
    assert [one.name for one in placed] == ["root", "swap-2", "home", "var-lib-images", "data-5"]
    assert len({one.type for one in placed}) == 4, "what has no type of its own is Linux data"


@pytest.mark.parametrize(
    ("partitions", "path"),
    [
        ((BIOS, ROOT), "partitions[0].mount"),
        ((ROOT.model_copy(update={"part_start": "4MiB"}), BIOS), "partitions"),
        ((ROOT.model_copy(update={"part_end": "5GiB"}),), "partitions[0].part_end"),
        ((ROOT.model_copy(update={"part_end": "264MiB"}),), "partitions[0]"),
        ((ROOT.model_copy(update={"part_start": "ten"}),), "partitions[0].part_start"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_with_its_path(partitions: tuple[Partition, ...], path: str) -> None:
    with pytest.raises(InputError) as caught:
        place("key", "4G", partitions)
    assert caught.value.path == path


@pytest.mark.parametrize(("bound", "expected"), [("1GiB", 1024), ("1GB", 954), ("50%", 2048), ("2097152s", 1024)])
def test_a_bound_means_what_it_means_to_parted(bound: str, expected: int) -> None:
    layout = place("key", "4G", (ROOT.model_copy(update={"part_start": bound}),))
    assert layout.root.offset == expected * MIB
