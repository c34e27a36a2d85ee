"""What is wrong, and in which document of which file?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from airship_images.api.errors import Finding, FindingsError, InputError


@dataclass(frozen=True)
class Place:
    """Where a mistake is: a file, the number of the document in it from 1, and the object there."""

    source: str
    document: int | None = None
    name: str | None = None

    def __str__(self) -> str:
        number = "" if self.document is None else f", document {self.document}"
        return f"{self.source}{number}{f' ({self.name})' if self.name else ''}"


@dataclass(frozen=True)
class Mistake:
    """A finding at its place; the finding's path is the one inside the document."""

    place: Place
    finding: Finding

    def __str__(self) -> str:
        return f"{self.finding.path}: {self.finding.message}" if self.finding.path else self.finding.message

    def document(self) -> JsonValue:
        """The mistake for programs."""
        return {
            "source": self.place.source,
            "document": self.place.document,
            "object": self.place.name,
            "path": self.finding.path,
            "found": self.finding.found,
            "expected": self.finding.expected,
            "reason": str(self.finding.reason),
        }


def mistakes(error: InputError, place: Place) -> list[Mistake]:
    """Everything that `error` holds, at `place`."""
    if isinstance(error, FindingsError):
        return [at(place, finding) for finding in error.findings]
    return [at(place, Finding(error.reason, error.path, error.found, error.expected))]


def at(place: Place, finding: Finding) -> Mistake:
    """`finding` at `place`; what the place says already is taken from its path."""
    return Mistake(place, replace(finding, path=_inside(finding.path, place)))


def refusal(found: Sequence[Mistake]) -> FindingsError:
    """The error of a command that cannot go on because of `found`."""
    return FindingsError([replace(one.finding, path=f"{one.place}: {one.finding.path}") for one in found])


def _inside(path: str, place: Place) -> str:
    names = (f"{place.name}: ", f"{place.source}, document {place.document}: ", f"{place.source}, ", place.source)
    for name in names:
        if path.startswith(name):
            return path.removeprefix(name)
    return path
