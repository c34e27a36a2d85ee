"""Is one path a file and a directory?"""

from collections.abc import Iterator

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.folders import folders
from airship_images.spec.rules.subject import Subject
from airship_images.spec.tree import Data


def path_conflicts(subject: Subject) -> Iterator[Finding]:
    """A file where a directory is asked for, or where another path leads through."""
    system = subject.node.data.get("system", {})
    files = _places(system, "files")
    downloads = _places(system, "fetch_from_url")
    for path in files.keys() & downloads.keys():
        yield subject.in_node(Reason.PATH_CONFLICT, downloads[path], "a file of system.files too", "one of them")
    files |= downloads
    directories = _places(system, "directories")
    made = [((path, *folders(path)), place) for path, place in directories.items()]
    made += [(tuple(folders(path)), place) for path, place in files.items()]
    for paths, place in made:
        for path in paths:
            if path in files:
                found = f"a file, and {place} makes it a directory"
                yield subject.in_node(Reason.PATH_CONFLICT, files[path], found, "one of them")


def _places(system: Data, kind: str) -> dict[str, str]:
    """The path in the image of each item of `kind`, and its place in the profile."""
    return {item["name"]: f"system.{kind}[{item['name']}]" for item in system.get(kind, [])}
