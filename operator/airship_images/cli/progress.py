"""How far is it? A bar on a terminal, plain lines anywhere else; always on standard error."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol, Self

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from airship_images.api.build import Progress
from airship_images.cli.console import ERR, printable

_LINE_STEP: Final = 25  # percent of a phase between two plain lines about the same step


class Display(AbstractContextManager["Display"], Protocol):
    """Shows what a build does now."""

    def show(self, progress: Progress) -> None:
        """Where the build is."""

    def say(self, line: str) -> None:
        """A line for the log."""


def display() -> Display:
    """The display that fits standard error."""
    return Bar() if ERR.is_terminal and not ERR.is_dumb_terminal else Lines()


class Bar:
    """One bar that fills once for every phase."""

    def __init__(self) -> None:
        self._bar = RichProgress(
            TextColumn("{task.fields[phase]:<9}", style="bold"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=ERR,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, phase="tools")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        text = printable(progress.message or progress.step)
        self._bar.update(
            self._task, total=100, completed=progress.percent, phase=progress.phase, description=text, refresh=True
        )

    def say(self, line: str) -> None:
        """Write the line above the bar."""
        ERR.print(printable(line), style="dim")


class Lines:
    """A line for each step, and for each quarter of a long one."""

    def __init__(self) -> None:
        self._last: tuple[str, str, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def show(self, progress: Progress) -> None:
        """Write a line when there is something new to say."""
        now = (progress.phase, progress.step, progress.percent // _LINE_STEP)
        if now != self._last:
            self._last = now
            ERR.print(printable(f"{progress.phase} {progress.percent:3}% {progress.message or progress.step}"))

    def say(self, line: str) -> None:
        """Write the line."""
        ERR.print(printable(line))
