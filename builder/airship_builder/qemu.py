"""Does an image boot? A virtual machine on a layer that is thrown away, until the image itself reports how it went."""

import os
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from airship_builder.run import LAST_LINES, log, run
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

Firmware = Literal["bios", "uefi"]

REPORT_PORT: Final = "org.airshipit.boot-report"
"""The port that starts the image's own boot report (role boot_report)."""

_OVMF: Final = Path("/usr/share/OVMF")
_MEMORY: Final = "1024"  # MiB
_TICK: Final = 0.5  # seconds
_TERMINAL_SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[^\[(])")


@dataclass(frozen=True)
class BootReport:
    """What the booted image said of itself."""

    state: str  # of `systemctl is-system-running`
    failed: dict[str, list[str]]  # unit → last lines of its log
    seconds: float


@dataclass(frozen=True)
class Machine:
    """What the image is booted on; `disks` are further raw disks, such as a config drive."""

    firmware: Firmware
    kvm: bool
    disks: tuple[Path, ...] = ()


def boot_image(
    image: Path,
    machine: Machine,
    *,
    timeout: float,
    console: Callable[[str], None],
    image_format: str = "qcow2",
    scratch: Path | None = None,
) -> BootReport:
    """Boot `image` from a layer above it (kept in `scratch`), and give what it reports; `console` gets its lines.

    Raises OutsideError with reason BootFailed when the machine stops early or says nothing within `timeout` seconds.
    """
    with tempfile.TemporaryDirectory(prefix="boot-", dir=scratch) as name:
        work = Path(name)
        layer, report = work / "layer.qcow2", work / "report"
        run(*("qemu-img", "create", "-q", "-f", "qcow2", "-F", image_format, "-b", image.resolve(), layer), quiet=True)
        report.touch()
        started = time.monotonic()
        lines = _run_machine(_argv(machine, layer, report, work), report, started + timeout, console)
        said = report.read_text(errors="replace").splitlines()
    seconds = time.monotonic() - started
    if not said or said[-1] != "end":
        raise OutsideError(
            f"the image did not report its boot ({machine.firmware}, {seconds:.0f} s); its console: {_tail(lines)}",
            reason=Reason.BOOT_FAILED,
        )
    return _read_report(said, seconds)


def describe_failure(report: BootReport) -> str | None:
    """A sentence that names what went wrong, with its last lines; None when the boot was as it should be."""
    if report.failed:
        unit, lines = next(iter(report.failed.items()))
        others = f" (and {', '.join([*report.failed][1:])})" if len(report.failed) > 1 else ""
        return f"unit {unit} failed{others}: {'; '.join(lines[-5:])}"
    if report.state != "running":
        return f"the system is {report.state!r} and not 'running' at the end of its boot"
    return None


def _argv(machine: Machine, layer: Path, report: Path, work: Path) -> list[str]:
    drives = [f"file={layer},if=virtio,format=qcow2,cache=unsafe"]
    drives += [f"file={disk},if=virtio,format=raw,readonly=on" for disk in machine.disks]
    return [
        *("qemu-system-x86_64", "-machine", f"q35,accel={'kvm' if machine.kvm else 'tcg'}"),
        *("-cpu", "host" if machine.kvm else "max", "-smp", "2", "-m", _MEMORY, "-display", "none", "-monitor", "none"),
        *(
            "-no-reboot",
            "-serial",
            "stdio",
            "-nic",
            "user,model=virtio-net-pci,restrict=on",
            "-device",
            "virtio-rng-pci",
        ),
        *("-device", "virtio-serial-pci", "-chardev", f"file,id=report,path={report}"),
        *("-device", f"virtserialport,chardev=report,name={REPORT_PORT}"),
        *(argument for drive in drives for argument in ("-drive", drive)),
        *(_uefi(work) if machine.firmware == "uefi" else ()),
    ]


def _uefi(work: Path) -> Sequence[str]:
    variables = work / "variables.fd"
    shutil.copy(_OVMF / "OVMF_VARS_4M.fd", variables)
    code = _OVMF / "OVMF_CODE_4M.fd"
    return (
        *("-drive", f"if=pflash,format=raw,readonly=on,file={code}"),
        *("-drive", f"if=pflash,format=raw,file={variables}"),
    )


def _run_machine(argv: Sequence[str], report: Path, deadline: float, console: Callable[[str], None]) -> list[str]:
    """The last lines of the console; the machine is gone when this returns."""
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    lines: deque[str] = deque(maxlen=LAST_LINES)
    try:
        assert process.stdout is not None  # noqa: S101  (we asked for a pipe)
        for line in _lines(process.stdout, lambda: _ended(report) or time.monotonic() > deadline):
            lines.append(line)
            console(line)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return list(lines)


def _lines(stream: IO[bytes], done: Callable[[], bool]) -> Iterator[str]:
    """Lines of `stream` until it ends or `done`; what is left without a newline is a line too."""
    os.set_blocking(stream.fileno(), False)
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not done():
            if not selector.select(_TICK):
                continue
            data = stream.read()
            if not data:
                break
            *whole, rest = (rest + data).split(b"\n")
            yield from (printable(line) for line in whole)
    if rest:
        yield printable(rest)


def printable(line: bytes) -> str:
    """A line of the console as text alone: firmware and GRUB colour it and move the cursor."""
    return "".join(filter(str.isprintable, _TERMINAL_SEQUENCE.sub("", line.decode(errors="replace"))))


def _ended(report: Path) -> bool:
    return report.read_bytes().endswith(b"\nend\n")


def _read_report(said: Sequence[str], seconds: float) -> BootReport:
    state, unit = "unknown", ""
    failed: dict[str, list[str]] = {}
    for line in said:
        word, _, rest = line.partition(" ")
        if word == "state":
            state = rest
        elif word == "failed":
            unit = rest
            failed[unit] = []
        elif word == "log" and unit:
            failed[unit].append(rest)
    log(f"the image reports {state} after {seconds:.0f} s, failed units: {', '.join(failed) or 'none'}")
    return BootReport(state, failed, seconds)


def _tail(lines: Sequence[str]) -> str:
    return "; ".join(line.strip() for line in lines[-3:] if line.strip()) or "nothing"
