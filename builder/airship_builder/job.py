"""What is every phase given, and what do the phases of one build leave for each other in the scratch folder?"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from airship_builder.cache import Cache
from airship_builder.inputs import Inputs
from airship_builder.progress import Reporter
from airship_images.api.build import RepositoryLock
from airship_images.api.redaction import spoken_forms

NOTES: Final = "notes.json"
SOURCE_IMAGE: Final = "source"
"""The name of an image that was built elsewhere, whatever its URL says."""


@dataclass(frozen=True)
class Job:
    """The folders of one run, and where its progress goes."""

    inputs: Inputs
    cache: Cache
    output: Path
    scratch: Path
    secrets: Path
    pull_secrets: Path
    mirror: str | None
    report: Reporter = field(default_factory=Reporter)

    @cached_property
    def image(self) -> Path:
        """The finished image before it is published."""
        name = SOURCE_IMAGE if self.inputs.is_source else self.inputs.build_request().file_name
        return self.scratch / "image" / name

    @property
    def tree(self) -> Path:
        """The root filesystem while it is being made."""
        return self.scratch / "rootfs" / "tree"

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """The values of the mounted Secrets, in every form in which they could be said: nothing may say them."""
        return tuple(spoken_forms(path.read_bytes() for path in self.secrets.glob("*/*") if path.is_file()))

    @property
    def lock(self) -> tuple[RepositoryLock, ...]:
        """The repositories that the packages came from, as they were."""
        return tuple(RepositoryLock.model_validate(one) for one in self.noted("lock"))

    def note(self, name: str, value: object) -> None:
        """Leave `value` (plain JSON) for a later phase, under `name`."""
        self._notes[name] = value
        self.scratch.mkdir(parents=True, exist_ok=True)
        (self.scratch / NOTES).write_text(json.dumps(self._notes))

    def noted(self, name: str, default: Any = None) -> Any:
        """What an earlier phase left under `name`."""
        return self._notes.get(name, default)

    def forget(self) -> None:
        """Drop the notes of an earlier run in the same scratch folder."""
        self._notes.clear()
        (self.scratch / NOTES).unlink(missing_ok=True)

    def note_cache_hit(self, kind: str) -> None:
        """Remember that the `kind` of this build came from the cache."""
        self.note("cacheHits", sorted({*self.noted("cacheHits", []), kind}))

    @cached_property
    def _notes(self) -> dict[str, Any]:
        """Read once: what code of others writes to the file while it runs is overwritten by our next note."""
        path = self.scratch / NOTES
        return dict(json.loads(path.read_text())) if path.exists() else {}
