"""What does the signed Release file of a repository say, as apt keeps it among its lists?"""

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from airship_builder.apt import Apt
from airship_builder.digest import file_digest
from airship_builder.sources import Source
from airship_images.api.build import RepositoryLock
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact

_QUOTED: Final = re.compile(r'[\\|{}\[\]<>"^~_=!@#$%&*]')  # as apt's URItoFileName


@dataclass(frozen=True)
class Release:
    """The Release file of one source."""

    source: Source
    path: Path

    @classmethod
    def of(cls, source: Source, apt: Apt) -> "Release":
        """That of `source`, which `apt` has read."""
        address = re.sub(r"^[a-z+]+://(?:[^/@]*@)?", "", source.release_uri())
        name = _QUOTED.sub(lambda match: f"%{ord(match[0]):02x}", address).replace("/", "_")
        signed = apt.lists / f"{name}InRelease"
        return cls(source, signed if signed.exists() else apt.lists / f"{name}Release")

    def lock(self) -> RepositoryLock:
        """The repository as it is now."""
        address = redact(self.source.uri)
        return RepositoryLock(source=address, suite=self.source.suite, release_sha256=file_digest(self.path))

    def date(self) -> int:
        """Its time, in seconds since 1970."""
        value = self.field("Date")
        if value is None:
            raise OutsideError(f"{self.path.name} has no Date", reason=Reason.MIRROR_FAILED)
        return int(parsedate_to_datetime(value).replace(tzinfo=UTC).timestamp())

    def field(self, name: str) -> str | None:
        """The value of one of its fields of one line."""
        match = re.search(rf"(?m)^{name}: (.+)$", self.path.read_text())
        return match[1].strip() if match else None
