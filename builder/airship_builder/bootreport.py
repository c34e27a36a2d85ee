"""What did a booted image say of itself, and was its boot as it should be?"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

REPORT_PORT: Final = "org.airshipit.boot-report"
"""The virtio port that starts the image's own boot report (role boot_report)."""

BEGIN, END = "begin", "end"
"""The first line of a report, written long before the boot ends, and its last one."""

_LOGIN: Final = re.compile(r"(?:^|\s)\S+ login: ?(?:$|\[)")  # what getty asks, and the kernel may write behind
_TARGET: Final = re.compile(r"Reached target .*(?:Multi-User System|Graphical Interface|multi-user|graphical)")
_FAILED: Final = re.compile(r"\[\s*FAILED\s*\] Failed to start (?P<unit>.+?)\.?$")


@dataclass(frozen=True)
class BootReport:
    """How a boot ended, as the image reports or, where it does not, as its console shows."""

    state: str  # of `systemctl is-system-running`
    failed: dict[str, list[str]]  # unit → last lines of its log
    seconds: float
    secure_boot: bool | None = None  # None: nobody said
    reported: bool = True


def describe_failure(report: BootReport, allowed: Collection[str] = (), *, secure_boot: bool = False) -> str | None:
    """A sentence that names what went wrong, with its last lines; None when the boot was as it should be.

    Units in `allowed` may have failed; `secure_boot`: the system must have seen Secure Boot on.
    """
    failed = {unit: lines for unit, lines in report.failed.items() if unit not in allowed}
    if failed:
        unit, lines = next(iter(failed.items()))
        others = f" (and {', '.join([*failed][1:])})" if len(failed) > 1 else ""
        return f"unit {unit} failed{others}: {'; '.join(lines[-5:])}"
    if report.state != ("degraded" if report.failed else "running"):
        return f"the system is {report.state!r} and not 'running' at the end of its boot"
    if secure_boot and report.reported and not report.secure_boot:
        return "Secure Boot is off in the booted system"
    return None


def read_report(said: Sequence[str], seconds: float) -> BootReport:
    """The report whose lines are `said`, after a boot of `seconds`."""
    state, unit, secure_boot = "unknown", "", None
    failed: dict[str, list[str]] = {}
    for line in said:
        word, _, rest = line.partition(" ")
        if word == "state":
            state = rest
        elif word == "secureboot":
            secure_boot = rest == "on"
        elif word == "failed":
            unit = rest
            failed[unit] = []
        elif word == "log" and unit:
            failed[unit].append(rest)
    return BootReport(state, failed, seconds, secure_boot)


def shows_end(line: str) -> bool:
    """Does this line of a console, or its unfinished last one, show that the boot has ended well?"""
    return bool(_LOGIN.search(line) or _TARGET.search(line))


def failed_unit(line: str) -> str | None:
    """The unit of whose failure systemd tells on this line of a console."""
    match = _FAILED.search(line)
    return match["unit"] if match else None
