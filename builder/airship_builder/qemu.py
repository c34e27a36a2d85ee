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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO, Final

from airship_builder.bootreport import (
    END,
    REPORT_PORT,
    BootReport,
    failed_unit,
    read_report,
    shows_end,
    shows_lost_timer,
    shows_no_way_on,
)
from airship_builder.run import LAST_LINES, log, run
from airship_images.api.build import Firmware
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

_OVMF: Final = Path("/usr/share/OVMF")
_OWNER: Final = "9a3d7c1e-5b0f-4f0e-8a67-2d1c4e6b8f90"  # who enrols a certificate; nobody asks for it
_EMULATED: Final = "max,la57=off"
"""A processor of today, but for page tables of five levels: walking them takes an emulated boot a tenth longer."""
_MEMORY: Final = "1024"  # MiB
_TICK: Final = 0.5  # seconds
_QUIET: Final = 10.0  # seconds without a line after which a console that showed the end of the boot tells no more
_SETTLED: Final = 60.0  # the same of one that is never quiet
_TERMINAL_SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[^\[(])")


@dataclass(frozen=True)
class Machine:
    """What the image is booted on; `disks` are further raw disks, such as a config drive."""

    firmware: Firmware
    kvm: bool
    disks: tuple[Path, ...] = ()
    secure_boot: bool = False  # UEFI with Microsoft's keys enrolled, which starts signed programs alone
    certificate: Path | None = None  # enrolled beside these as its owner's, for what the owner signed; in PEM
    processors: int = 2

    @property
    def may_lose_a_timer(self) -> bool:
        """QEMU emulates each processor in a thread, and now and then one of them is never woken by its timer again."""
        return not self.kvm and self.processors > 1


class _TimerLostError(Exception):
    """The kernel waits for a timer of the machine in vain; with the line that says so."""


def boot_image(
    image: Path,
    machine: Machine,
    *,
    timeout: float,
    console: Callable[[str], None],
    image_format: str = "qcow2",
    scratch: Path | None = None,
    trust_console: bool = False,
) -> BootReport:
    """Boot `image` from a layer above it (kept in `scratch`), an ISO as a CD, and give what it reports.

    A machine whose emulator lost a timer is no fault of the image: it boots again, with one processor. `console` gets
    the lines. With `trust_console`, an image that reports nothing is judged by them: a login prompt or
    systemd's default target ends its boot well, a panic or an emergency shell ends it at once.
    Raises OutsideError with reason BootFailed when the machine stops early or says nothing within `timeout` seconds.
    """
    end = time.monotonic() + timeout
    boot = partial(_boot, image, image_format, console=console, scratch=scratch, end=end, trust=trust_console)
    try:
        return boot(machine)
    except _TimerLostError as lost:
        log(f"the emulator lost the timer of a processor ({lost}): booting again with one processor")
        return boot(replace(machine, processors=1))


def _boot(
    image: Path,
    image_format: str,
    machine: Machine,
    *,
    console: Callable[[str], None],
    scratch: Path | None,
    end: float,
    trust: bool,
) -> BootReport:
    with tempfile.TemporaryDirectory(prefix="boot-", dir=scratch) as name:
        work = Path(name)
        layer, report = work / "layer.qcow2", work / "report"
        if image_format != "iso":
            run(
                *("qemu-img", "create", "-q", "-f", "qcow2", "-F", image_format, "-b", image.resolve(), layer),
                quiet=True,
            )
        report.touch()
        started = time.monotonic()
        watch = _Watch(report, console, end, trust, machine.may_lose_a_timer)
        _run_machine(_argv(machine, _medium(image, layer, image_format), report, work), watch)
        said = report.read_text(errors="replace").splitlines()
        seconds, settled = time.monotonic() - started, watch.settled
    if said and said[-1] == END:
        found = read_report(said, seconds)
        log(f"the image reports after {seconds:.0f} s: {found}")
        return found
    if watch.lost_timer is not None:
        raise _TimerLostError(watch.lost_timer)
    if settled and watch.stuck is None:
        return BootReport("degraded" if watch.failed else "running", watch.failed, seconds, reported=False)
    why = _unended(watch, reports=bool(said) or not trust)
    raise OutsideError(f"{why} ({machine.firmware}, {seconds:.0f} s)", reason=Reason.BOOT_FAILED)


@dataclass
class _Watch:
    """Looks at a running machine: has its boot ended, or its time?"""

    report: Path
    console: Callable[[str], None]
    deadline: float
    trust_console: bool
    may_lose_a_timer: bool
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    failed: dict[str, list[str]] = field(default_factory=dict)
    stuck: str | None = None
    """What the console shows of a boot that does not go on."""
    lost_timer: str | None = None
    """What the kernel says of a processor that its timer does not wake any more."""
    settled: bool = False
    """Has it shown the end of the boot, and told all about it, while no report has even begun?"""
    _shown_at: float | None = None
    _last_line: float = 0.0

    @property
    def shown(self) -> bool:
        """Has the console shown the end of the boot?"""
        return self._shown_at is not None

    def ended(self, unfinished: str) -> bool:
        """Is there nothing more to wait for? `unfinished` is the line that the console is writing."""
        self._look(unfinished, finished=False)
        self.settled = self.settled or self._tells_no_more()
        if self._said().endswith(f"\n{END}\n".encode()):
            return True
        hopeless = self.stuck is not None or self.lost_timer is not None
        return hopeless or self.settled or time.monotonic() > self.deadline

    def take(self, line: str) -> None:
        """A line of the console."""
        self.lines.append(line)
        self.console(line)
        self._last_line = time.monotonic()
        self._look(line, finished=True)
        if self.may_lose_a_timer and shows_lost_timer(line):
            self.lost_timer = line.strip()
        if found := failed_unit(line):
            unit, description = found
            self.failed[unit] = [description] if description else []

    def _tells_no_more(self) -> bool:
        if self._shown_at is None or self._said():
            return False
        now = time.monotonic()
        return now > max(self._shown_at, self._last_line) + _QUIET or now > self._shown_at + _SETTLED

    def _look(self, line: str, *, finished: bool) -> None:
        if not self.trust_console:
            return
        if self.stuck is None and shows_no_way_on(line, finished=finished):
            self.stuck = line.strip()
        if self._shown_at is None and shows_end(line):
            self._shown_at = time.monotonic()

    def _said(self) -> bytes:
        return self.report.read_bytes()


def _medium(image: Path, layer: Path, image_format: str) -> Sequence[str]:
    """A disk that may be written to, or a CD in a drive that every kernel of a virtual machine knows."""
    if image_format != "iso":
        return ("-drive", f"file={layer},if=virtio,format=qcow2,cache=unsafe")
    return (
        *("-drive", f"file={image.resolve()},if=none,id=cd,media=cdrom,format=raw,readonly=on"),
        *("-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=cd,bootindex=0"),
    )


def _argv(machine: Machine, medium: Sequence[str], report: Path, work: Path) -> list[str]:
    drives = [f"file={disk},if=virtio,format=raw,readonly=on" for disk in machine.disks]
    accelerator, processor = ("kvm", "host") if machine.kvm else ("tcg", _EMULATED)
    return [
        *("qemu-system-x86_64", "-machine", f"q35,smm={'on' if machine.secure_boot else 'auto'},accel={accelerator}"),
        *("-cpu", processor, "-smp", str(machine.processors), "-m", _MEMORY, "-display", "none", "-monitor", "none"),
        *(
            "-no-reboot",  # and a BIOS that finds nothing to start reboots after a second instead of a minute
            "-boot",
            "reboot-timeout=1000",
            "-serial",
            "stdio",
            "-nic",
            "user,model=virtio-net-pci,restrict=on",
            "-device",
            "virtio-rng-pci",
        ),
        *("-device", "virtio-serial-pci", "-chardev", f"file,id=report,path={report}"),
        *("-device", f"virtserialport,chardev=report,name={REPORT_PORT}"),
        *medium,
        *(argument for drive in drives for argument in ("-drive", drive)),
        *(_uefi(machine, work) if machine.firmware == "uefi" else ()),
    ]


def _uefi(machine: Machine, work: Path) -> Sequence[str]:
    """The firmware's code and a copy of its variables; only the machine's SMM may write those of Secure Boot."""
    variables, kind = work / "variables.fd", ".ms" if machine.secure_boot else ""
    shutil.copy(_OVMF / f"OVMF_VARS_4M{kind}.fd", variables)
    if machine.certificate:
        run("virt-fw-vars", "--inplace", variables, "--add-mok", _OWNER, machine.certificate, quiet=True)
    code = _OVMF / f"OVMF_CODE_4M{kind}.fd"
    return (
        *(("-global", "driver=cfi.pflash01,property=secure,value=on") if machine.secure_boot else ()),
        *("-drive", f"if=pflash,format=raw,readonly=on,file={code}"),
        *("-drive", f"if=pflash,format=raw,file={variables}"),
    )


def _run_machine(argv: Sequence[str], watch: _Watch) -> None:
    """The machine is gone when this returns."""
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        assert process.stdout is not None  # noqa: S101  (we asked for a pipe)
        for line in _lines(process.stdout, watch.ended):
            watch.take(line)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _lines(stream: IO[bytes], ended: Callable[[str], bool]) -> Iterator[str]:
    """Lines of `stream` until it ends or has `ended`; what is left without a newline is a line too."""
    os.set_blocking(stream.fileno(), False)
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not ended(printable(rest)):
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


def _unended(watch: _Watch, *, reports: bool) -> str:
    """Why a boot is taken to have failed that nothing says the end of; `reports`: the image is one that would."""
    tail = _tail(watch.lines)
    if watch.stuck is not None:
        failed = f"; failed: {', '.join(watch.failed)}" if watch.failed else ""
        return f"the boot stops at {watch.stuck!r}{failed}; its console: {tail}"
    if reports:
        return f"the image did not report its boot; its console: {tail}"
    if watch.shown:
        return f"its boot ended, and within seconds the machine stopped or its time was over; its console: {tail}"
    return (
        "the console shows neither a login prompt nor systemd's default target: an image that writes nothing to its "
        "first serial port (console=ttyS0) cannot be judged, and verify.boot can be left out for it; its console: "
        f"{tail}"
    )


def _tail(lines: Iterable[str]) -> str:
    return "; ".join(line.strip() for line in [*lines][-3:] if line.strip()) or "nothing"
