"""Is one path a file and a directory?"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject


def path_conflicts(subject: Subject) -> Iterator[Finding]:
    """A file where a directory is asked for, or where another path leads through."""
    system = subject.node.data.get("system", {})
    files = {item["name"]: f"system.files[{item['name']}]" for item in system.get("files", [])}
    directories = {item["name"]: f"system.directories[{item['name']}]" for item in system.get("directories", [])}
    folders = list(directories.items())
    folders += [(str(PurePosixPath(path).parent), place) for path, place in files.items()]
    for folder, place in folders:
        for path in (folder, *map(str, PurePosixPath(folder).parents)):
            if path in files:
                found = f"a file, and {place} makes it a directory"
                yield subject.in_node(Reason.PATH_CONFLICT, files[path], found, "one of them")
