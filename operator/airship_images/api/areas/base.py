"""What every area is made of: strict frozen models, named items and the shapes of their strings."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from airship_images.api.merge import Merge, Subtracts

CONTENT_LIMIT: Final = 64 * 1024
"""Characters of an inline file; more comes by content_from."""

SYSTEMD: Final = ("systemd", "systemd-sysv", "init")
"""Packages of which any brings systemd."""

_CHARACTER: Final = r"[^/\x00-\x1f\x7f]"
_SEGMENT: Final = rf"(?:[^/.\x00-\x1f\x7f]{_CHARACTER}*|\.[^/.\x00-\x1f\x7f]{_CHARACTER}*|\.\.{_CHARACTER}+)"

AbsolutePath = Annotated[str, StringConstraints(pattern=rf"^(?:/{_SEGMENT})+$", max_length=1024)]
"""An absolute path with no empty, `.` or `..` part and no control character."""

PackageName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]*(?:=[A-Za-z0-9.+:~-]+)?$", min_length=2, max_length=128)
]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=1024)]
"""One line of text: no control characters."""

Content = Annotated[str, StringConstraints(max_length=CONTENT_LIMIT)]
Permissions = Annotated[str, StringConstraints(pattern=r"^[0-7]{4}$")]
Account = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]
ShortName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x1f\x7f]+$", max_length=1024)]


class Area(BaseModel):
    """A frozen part of a node. Unset means 'no opinion', so every field of it may be left out."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Named(Area):
    """An item of a list that merges by name."""

    omit: bool | None = Field(None, description="true drops the item of this name that an earlier profile set")


class NameValue(Area):
    """One argument; arguments may repeat, so lists of them keep their order and are replaced whole."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]+$", max_length=128)] = Field(
        description="Name of the argument"
    )
    value: Line | None = Field(None, description="Its value; an argument without one is its name alone")


Arguments = Annotated[list[NameValue], Field(max_length=64), Merge.ATOMIC]
MoreArguments = Annotated[list[NameValue], Field(max_length=64), Merge.APPEND]
Packages = Annotated[list[PackageName], Field(max_length=1024), Merge.UNION]
OmittedPackages = Annotated[list[PackageName], Field(max_length=1024), Merge.SUBTRACT, Subtracts("packages")]
