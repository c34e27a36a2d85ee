"""What do the Ansible roles ask for? Lines of JSON, one wish each, which overlay.py turns into changes of the image."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from airship_images.api.build import ContentRef, SecretRef, Sha256
from airship_images.api.model import Document

Mode = Annotated[str, StringConstraints(pattern=r"^[0-7]{3,4}$")]
UserName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]
Field_ = Annotated[str, StringConstraints(pattern=r"^[^:\x00-\x1f\x7f]{1,255}$")]
"""A field of passwd(5)."""


class File(Document):
    """A file with `text`, or with what `content` refers to."""

    kind: Literal["file"] = "file"
    path: str
    text: str = ""
    content: ContentRef | None = None
    download: Sha256 | None = None
    mode: Mode = "0644"
    owner: str = "root"
    group: str = "root"


class Directory(Document):
    """A directory; one that is there keeps what is in it."""

    kind: Literal["directory"] = "directory"
    path: str
    mode: Mode = "0755"
    owner: str = "root"
    group: str = "root"


class Link(Document):
    """A symbolic link."""

    kind: Literal["link"] = "link"
    path: str
    target: str


class Permissions(Document):
    """Other permissions or owners for what is there; unset ones stay."""

    kind: Literal["permissions"] = "permissions"
    path: str
    mode: Mode | None = None
    owner: str | None = None
    group: str | None = None


class UnitState(Document):
    """A systemd unit is enabled or disabled."""

    kind: Literal["unit"] = "unit"
    name: str
    enabled: bool = True
    force: bool = False


class User(Document):
    """An account, made or changed."""

    kind: Literal["user"] = "user"
    name: UserName
    uid: Annotated[int, Field(ge=0, le=4294967293)] | None = None
    shell: Field_ | None = None
    home: Field_ | None = None
    groups: tuple[UserName, ...] = ()
    password_lock: bool = False
    password_from: SecretRef | None = None
    ssh_authorized_keys_from: tuple[SecretRef, ...] = ()


Intent = Annotated[File | Directory | Link | Permissions | UnitState | User, Field(discriminator="kind")]
INTENT: Final[TypeAdapter[Intent]] = TypeAdapter(Intent)


def append(path: Path, intents: Iterable[Intent]) -> None:
    """Add `intents` to the end of the file `path`."""
    with path.open("a") as file:
        for intent in intents:
            file.write(intent.model_dump_json(exclude_none=True) + "\n")


def read(path: Path) -> Iterator[Intent]:
    """The intents of the file `path`, in order; none when no role asked for anything."""
    if path.exists():
        with path.open(newline="\n") as lines:  # str.splitlines would also split at U+2028 and its like
            yield from map(INTENT.validate_json, lines)
