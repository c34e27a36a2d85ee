"""What did a booted image say of itself, and was its boot as it should be?"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

REPORT_PORT: Final = "org.airshipit.boot-report"
"""The virtio port that starts the image's own boot report (role boot_report)."""

BEGIN, END = "begin", "end"
"""The first line of a report, written long before the boot ends, and its last one."""

_LOGIN: Final = re.compile(r"(?:^|\s)\S+ login: ?(?:$|\[)")  # what getty asks, and the kernel may write behind
_TARGET: Final = re.compile(r"Reached target .*(?:Multi-User System|Graphical Interface|multi-user|graphical)")
_FAILED: Final = re.compile(
    r"\[\s*FAILED\s*\] Failed to (?:start|mount|listen on|activate swap|set up automount) (?P<unit>.+?)\.?$"
)
_NO_WAY_ON: Final = re.compile(
    r"Kernel panic - not syncing|(?:in|Entering) (?:emergency|rescue) mode|Reached target .*(?:Emergency|Rescue) Mode"
    r"|Give root password for maintenance|Cannot open access to console|Press Enter for (?:maintenance|emergency shell)"
    r"|No bootable (?:device|option)"
)
"""What the kernel, systemd, an initramfs and the firmware say when they stop, each with the reason on its line."""
_LOST_TIMER: Final = re.compile(r"kthread timer wakeup didn't happen")  # of the kernel's look for stalls of RCU
_PROMPT: Final = re.compile(r"^\(initramfs\)|^grub(?: rescue)?>")
"""What an initramfs and GRUB ask a person, on a line that does not end."""


@dataclass(frozen=True)
class BootReport:
    """How a boot ended, as the image reports or, where it does not, as its console shows."""

    state: str  # of `systemctl is-system-running`
    failed: dict[str, list[str]]  # unit → last lines of its log
    seconds: float
    secure_boot: bool | None = None  # None: nobody said
    lockdown: str | None = None  # of the kernel
    drivers: dict[str, str] = field(default_factory=dict)  # compiled for the image → loaded, idle or refused
    refused: tuple[str, ...] = ()  # what the kernel says of modules that it did not take, whosever they are
    reported: bool = True

    def __str__(self) -> str:
        """For the log."""
        facts = (
            f"{self.state}, failed units: {', '.join(self.failed) or 'none'}",
            f"Secure Boot {'on' if self.secure_boot else 'off'}, lockdown {self.lockdown or 'unknown'}",
            *(f"driver {name} {state}" for name, state in self.drivers.items()),
            *(f"modules refused: {line}" for line in self.refused[-1:]),
        )
        return ", ".join(facts)


def describe_failure(report: BootReport, allowed: Collection[str] = (), *, secure_boot: bool = False) -> str | None:
    """A sentence that names what went wrong, with its last lines; None when the boot was as it should be.

    Units in `allowed` may have failed; `secure_boot`: the system must have seen Secure Boot on, and its kernel must
    have taken its own drivers.
    """
    if secure_boot and (refusal := _refusal(report)):
        return refusal
    failed = {unit: lines for unit, lines in report.failed.items() if unit not in allowed}
    if failed:
        unit, lines = next(iter(failed.items()))
        others = f" (and {', '.join([*failed][1:])})" if len(failed) > 1 else ""
        return f"unit {unit} failed{others}: {'; '.join(lines[-5:])}"
    good = ("running", "degraded") if allowed else ("running",)  # a unit may fail or recover while the image reports
    if report.state not in good:
        return f"the system is {report.state!r} and not 'running' at the end of its boot"
    if secure_boot and report.reported and not report.secure_boot:
        return "Secure Boot is off in the booted system"
    return None


def _refusal(report: BootReport) -> str | None:
    """A sentence about the image's own drivers that the kernel refused; of others, their units may fail or not."""
    names = [name for name, state in report.drivers.items() if state == "refused"]
    if not names:
        return None
    why = "the certificate of the key that signed it is not enrolled in this machine, or nobody signed it"
    return f"the kernel refused the driver {', '.join(names)}: {why} ({'; '.join(report.refused[-1:])})"


def read_report(said: Sequence[str], seconds: float) -> BootReport:
    """The report whose lines are `said`, after a boot of `seconds`."""
    state, unit, secure_boot, lockdown = "unknown", "", None, None
    failed: dict[str, list[str]] = {}
    drivers, refused = {}, []
    for line in said:
        word, _, rest = line.partition(" ")
        if word == "state":
            state = rest
        elif word == "secureboot":
            secure_boot = rest == "on"
        elif word == "lockdown":
            lockdown = rest
        elif word == "driver":
            name, _, drivers[name] = rest.partition(" ")
        elif word == "refused":
            refused.append(rest)
        elif word == "failed":
            unit = rest
            failed[unit] = []
        elif word == "log" and unit:
            failed[unit].append(rest)
    return BootReport(state, failed, seconds, secure_boot, lockdown, drivers, tuple(refused))


def shows_end(line: str) -> bool:
    """Does this line of a console, or its unfinished last one, show that the boot has ended well?"""
    return bool(_LOGIN.search(line) or _TARGET.search(line))


def shows_no_way_on(line: str, *, finished: bool = True) -> bool:
    """Does this line of a console show that the boot has stopped where it will not go on by itself?"""
    return bool(_PROMPT.search(line) or (finished and _NO_WAY_ON.search(line)))


def shows_lost_timer(line: str) -> bool:
    """Does the kernel say on this line of a console that a timer of the machine does not wake one of its processors?"""
    return bool(_LOST_TIMER.search(line))


def failed_unit(line: str) -> tuple[str, str] | None:
    """The unit of whose failure systemd tells on this line of a console, and its description.

    Before version 249 it tells the description alone, which then stands for the name.
    """
    match = _FAILED.search(line)
    if match is None:
        return None
    name, _, description = match["unit"].partition(" - ")
    return name, description
