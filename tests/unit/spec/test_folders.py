import pytest

from airship_images.spec.folders import folders


@pytest.mark.parametrize(
    ("path", "around"),
    [
        ("/etc/site/1.conf", ["/etc/site", "/etc", "/"]),
        ("/etc", ["/"]),
        ("/", []),
        ("none", []),
    ],
)
def test_the_folders_of_a_path_are_named_from_the_nearest_to_the_root(path: str, around: list[str]) -> None:
    assert list(folders(path)) == around
