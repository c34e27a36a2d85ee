"""How does a build say where it is: one `@airship {json}` line on standard output per step."""

import sys

from airship_images.api.build import PROGRESS_PREFIX, BuildPhase, Progress


class Reporter:
    """Writes the progress of the phase that is running."""

    def __init__(self) -> None:
        self.phase: BuildPhase = "fetch"

    def start(self, phase: BuildPhase) -> None:
        """From now on `phase` is running."""
        self.phase = phase
        self(0, "start", f"{phase} starts")

    def __call__(self, percent: int, step: str, message: str) -> None:
        """`percent` of the phase is done; `message` says what happens now."""
        progress = Progress(phase=self.phase, step=step, percent=percent, message=message)
        sys.stdout.write(PROGRESS_PREFIX + progress.model_dump_json() + "\n")
        sys.stdout.flush()
