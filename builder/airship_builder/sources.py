"""Which package repositories does this machine itself use, and what are they called for another suite?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
POCKETS: Final = ("", "-updates", "-security")
_ONE_LINE: Final = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


@dataclass(frozen=True)
class Source:
    """One suite of one repository, as a line of sources.list says it."""

    uri: str
    suite: str  # ends in a slash where the repository has no suites
    components: tuple[str, ...]
    keys: tuple[Path, ...] = (KEYRING,)

    @property
    def flat(self) -> bool:
        """Has it one folder, and neither suites nor components?"""
        return self.suite.endswith("/")

    @property
    def place(self) -> tuple[str, str]:
        """What tells it from others; apt reads one place with one set of keys."""
        return self.uri.rstrip("/"), self.suite

    def line(self) -> str:
        """The line of sources.list, bound to its keys."""
        signed_by = ",".join(map(str, self.keys))
        return f"deb [signed-by={signed_by}] {self.uri} {self.suite} {' '.join(self.components)}".rstrip()

    def release_uri(self) -> str:
        """The folder of its Release file, with a slash at its end."""
        base = f"{self.uri.rstrip('/')}/"
        if not self.flat:
            return f"{base}dists/{self.suite}/"
        return base if self.suite == "/" else base + self.suite


def machine_sources(suite: str, root: Path = Path("/")) -> tuple[Source, ...]:
    """The distribution's sources that the machine at `root` uses, with its own suite replaced by `suite`.

    Raises OutsideError when the machine has none (it is no Debian, or its apt has other sources alone).
    """
    own = _codename(root)
    names = {own + pocket: suite + pocket for pocket in POCKETS}
    found = [replace(source, suite=names[source.suite]) for source in _read(root) if source.suite in names]
    if not any(source.suite == suite for source in found):
        raise OutsideError(
            f"the apt sources of this machine name no repository for its own suite {own!r};"
            " add one to /etc/apt/sources.list.d, or give --mirror URL",
            reason=Reason.UNSUPPORTED_HOST,
        )
    return tuple(dict.fromkeys(found))


def mirrored(sources: tuple[Source, ...], mirror: str | None) -> tuple[Source, ...]:
    """`sources` fetched from `mirror`; security updates from the same address with `-security` at its end."""
    if mirror is None:
        return sources
    base = mirror.rstrip("/")
    return tuple(
        replace(source, uri=f"{base}-security" if source.suite.endswith("-security") else base) for source in sources
    )


def _codename(root: Path) -> str:
    for line in (root / "etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME":
            return value.strip().strip('"')
    raise OutsideError("/etc/os-release has no VERSION_CODENAME: not a Debian release", reason=Reason.UNSUPPORTED_HOST)


def _read(root: Path) -> Iterator[Source]:
    apt = root / "etc/apt"
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))):
        if path.suffix == ".list" and path.is_file():
            yield from _read_one_line(path.read_text())
        elif path.suffix == ".sources":
            yield from _read_deb822(path.read_text())


def _read_one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        if match := _ONE_LINE.match(line.strip()):
            yield Source(match["uri"], match["suite"], tuple(match["components"].split("#")[0].split()))


def _read_deb822(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = dict(re.findall(r"(?m)^([A-Za-z-]+):\s*(.*(?:\n[ \t].*)*)", stanza))
        if "deb" not in fields.get("Types", "").split() or fields.get("Enabled", "yes").strip() == "no":
            continue
        for uri in fields.get("URIs", "").split():
            for suite in fields.get("Suites", "").split():
                yield Source(uri, suite, tuple(fields.get("Components", "").split()))
