"""What every area is made of: strict frozen models, named items and the shapes of their strings."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from airship_images.api.merge import Merge, Subtracts

CONTENT_LIMIT: Final = 64 * 1024
"""Characters of an inline file; more comes by content_from."""

SYSTEMD: Final = ("systemd", "systemd-sysv", "init")
"""Packages of which any brings systemd."""


def _absolute_path(but: str = "") -> str:
    """The pattern of an absolute path without the characters `but`."""
    never = rf"/\x00-\x1f\x7f{but}"
    return rf"^(?:/(?:[^.{never}][^{never}]*|\.[^.{never}][^{never}]*|\.\.[^{never}]+))+$"


AbsolutePath = Annotated[str, StringConstraints(pattern=_absolute_path(), max_length=1024)]
"""An absolute path with no empty, `.` or `..` part and no control character."""

PasswdPath = Annotated[str, StringConstraints(pattern=_absolute_path(but=":"), max_length=1024)]
"""A path that can be a field of passwd(5)."""

PackageName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]*(?:=[A-Za-z0-9.+:~-]+)?$", min_length=2, max_length=128)
]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=1024)]
"""One line of text: no control characters."""

Word = Annotated[str, StringConstraints(pattern=r"""^[^\x00-\x1f\x7f"'\\]*$""", max_length=1024)]
"""A value that can stand between quotation marks: none of its own, no backslash, no control character."""

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
    value: Word | None = Field(None, description="Its value; an argument without one is its name alone")


Arguments = Annotated[list[NameValue], Field(max_length=64), Merge.ATOMIC]
MoreArguments = Annotated[list[NameValue], Field(max_length=64), Merge.APPEND]
Packages = Annotated[list[PackageName], Field(max_length=1024), Merge.UNION]
OmittedPackages = Annotated[list[PackageName], Field(max_length=1024), Merge.SUBTRACT, Subtracts("packages")]
