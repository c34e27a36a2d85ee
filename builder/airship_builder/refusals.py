"""Why does apt refuse, and whose fault is it? Its words, as an error that says what to do."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from airship_builder.repositories import Declared
from airship_builder.run import ToolError
from airship_images.api.errors import AirshipError, InputError, OutsideError
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact

_UNSIGNED: Final = re.compile(r"signature verification failed|is not signed|NO_PUBKEY|BADSIG")
_OTHER_KEY: Final = re.compile(r"Missing key|NO_PUBKEY|Failed to parse keyring|is not signed")
_NO_RELEASE: Final = "does not have a Release file"  # also said when its server is in trouble
_NOT_FOUND: Final = re.compile(r"\s+(403|404|410) ")
_NOT_FETCHED: Final = "E: Failed to fetch"
_NO_ROOM: Final = "You don't have enough free space"
_UNKNOWN: Final = (
    re.compile(r"Unable to locate package (?P<name>\S+)"),
    re.compile(r"Package '(?P<name>\S+)' has no installation candidate"),
    re.compile(r"Version '\S+' for '(?P<name>\S+)' was not found"),
)
_UNMET: Final = ("unmet dependencies", "held broken packages", "Unable to satisfy dependencies")
_SCRIPT: Final = re.compile(
    r"installed (?P<name>\S+) package \S+ script subprocess (?P<outcome>(?P<ended>returned error)?.+)$"
)
_WORDS: Final = 3  # lines of a script that a message shows
_RELATION: Final = re.compile(r" : (?:Pre-)?(?:Depends|Conflicts|Breaks): ")
_MISSING: Final = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)(?::\w+)?(?: \([^)]*\))? but it is not installable")


def of_download(error: ToolError) -> AirshipError:
    """Why packages cannot be downloaded: no room for them, or the mirror's fault."""
    text = "\n".join(error.lines)
    if error.reason is Reason.DISK_FULL or _NO_ROOM in text:
        return OutsideError(f"no room in the cache for the packages: {error.message}", reason=Reason.DISK_FULL)
    failed = next((line.removeprefix("E: ") for line in error.lines if _NOT_FETCHED in line), error.message)
    return OutsideError(f"the package mirror failed: {redact(failed)}", reason=Reason.MIRROR_FAILED)


def of_update(error: ToolError, declared: Sequence[Declared]) -> AirshipError:
    """Why the repositories cannot be read: what the profile says of one of them, its mirror, or its signature."""
    for line in error.lines:
        blamed = next((one for one in declared if f"{one.source.uri} {one.source.suite.lstrip('/')}" in line), None)
        if _UNSIGNED.search(line):
            return _unsigned(line, blamed)
        if _NO_RELEASE in line and blamed and any(_NOT_FOUND.match(other) for other in error.lines):
            found = f"no Release file of suite {blamed.source.suite} at {redact(blamed.source.uri)}"
            return InputError(blamed.asked.field("source"), found, "the address and suite of a package repository")
    return of_download(error)


def _unsigned(line: str, blamed: Declared | None) -> AirshipError:
    said = redact(
        re.sub(r"^[WE]: |Sub-process \S+ returned an error code \(\d+\), error message is: ", "", line).strip()
    )
    if blamed and _OTHER_KEY.search(line):
        field = "keyring_pkg" if blamed.asked.keyring_pkg else "keyring_url"
        expected = "the key that signs this repository now"
        return InputError(blamed.asked.field(field), said, expected, reason=Reason.SIGNATURE_INVALID)
    return OutsideError(f"a repository is not signed as it must be: {said}", reason=Reason.SIGNATURE_INVALID)


def of_install(error: ToolError, suite: str, unapproved: Sequence[str]) -> AirshipError:
    """Why the packages cannot be installed: one does not exist or may not be there, or two exclude each other."""
    text = "\n".join(error.lines)
    for name, pattern in _kept_out(error.lines, unapproved):
        found, expected = f"{name}, which other packages depend on", "a package that nothing needs"
        return InputError(f"software.unapproved_packages[{pattern}]", found, expected, reason=Reason.PACKAGES_FAILED)
    for unknown in _UNKNOWN:
        if match := unknown.search(text):
            expected = f"a package of {suite}"
            return InputError("software.packages", match["name"], expected, reason=Reason.PACKAGES_FAILED)
    if any(sign in text for sign in _UNMET):
        detail = "; ".join(line.strip() for line in error.lines if _RELATION.search(line))
        found, expected = f"packages that exclude each other ({detail})", "a set that can be installed"
        return InputError("software.packages", found, expected, reason=Reason.PACKAGES_FAILED)
    return error


def of_script(error: ToolError) -> AirshipError:
    """Which package's script failed while packages were installed, and its last words; `error` where none did.

    The same packages fail again: only another profile or repository helps a script that ended by itself. One that was
    ended, or had no room, memory or time left, may do better next time.
    """
    if error.reason is not Reason.TOOL_FAILED:
        return error
    for number, line in enumerate(error.lines):
        if match := _SCRIPT.search(line):
            before = error.lines[: number - 1]  # without dpkg's own line on it
            said = [words for words in before[_start(before, match["name"]) :] if words.strip()][-_WORDS:]
            found = f"{match['name']}, whose script failed ({'; '.join([*said, match['outcome']])})"
            if not match["ended"]:
                return OutsideError(f"software.packages: {found}", reason=Reason.TOOL_FAILED)
            expected = "packages that can be configured"
            return InputError("software.packages", found, expected, reason=Reason.PACKAGES_FAILED)
    return error


def _start(lines: Sequence[str], name: str) -> int:
    """Where dpkg begins to speak of the package `name`."""
    starts = [number for number, line in enumerate(lines) if line.startswith(f"Setting up {name}")]
    return starts[-1] + 1 if starts else len(lines)


def _kept_out(lines: Sequence[str], unapproved: Sequence[str]) -> Iterator[tuple[str, str]]:
    names = (match["name"] for line in lines for match in _MISSING.finditer(line))
    return ((name, pattern) for name in names for pattern in unapproved if fnmatchcase(name, pattern))
