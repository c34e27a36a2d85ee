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
    for path, place in (*files.items(), *directories.items()):
        above = (str(parent) for parent in PurePosixPath(path).parents)
        for file in (path if path in directories else None, *above):
            if file in files:
                yield subject.in_node(
                    Reason.PATH_CONFLICT, files[file], f"a file, and {place} makes it a directory", "one of them"
                )
