import pytest

from airship_builder.changes import Changes
from airship_builder.configured import check_places
from airship_builder.overlay import Owned
from airship_builder.tree import Change
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

TYPES = {"/": "ext4", "/var/log": "ext4", "/srv/data": "xfs"}


def a_file(path: str) -> Changes:
    return Changes({path: Owned(Change("file", 0o644), 0, 0)}, [])


@pytest.mark.parametrize("path", ["/etc/a", "/var/log/a", "/srv/a", "/var/lib"])
def test_what_lies_on_an_ext4_is_written_and_taken_away(path: str) -> None:
    check_places(a_file(path), TYPES)
    check_places(Changes({}, [path]), TYPES)


def test_a_file_on_a_file_system_that_is_made_empty_is_refused() -> None:
    with pytest.raises(InputError, match="/srv/data/a: found a path on the xfs of /srv/data"):
        check_places(a_file("/srv/data/a"), TYPES)


def test_a_mount_point_stays_a_directory() -> None:
    """A script may remove /var/log, or put a link there: its file system is still mounted on it."""
    with pytest.raises(InputError, match="/var/log: found a mount point") as caught:
        check_places(Changes({}, ["/var/log/a", "/var/log"]), TYPES)
    assert caught.value.reason == Reason.SCRIPT_FAILED
