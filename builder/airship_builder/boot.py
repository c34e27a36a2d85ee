"""Does the finished image come up, with each firmware asked for, before anyone gets it?"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from airship_builder.bootreport import describe_failure
from airship_builder.job import Job
from airship_builder.kvm import kvm_works
from airship_builder.qemu import Machine, boot_image
from airship_builder.run import log
from airship_builder.signing import certificate
from airship_images.api.build import BuildRequest, Firmware
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact

KVM_TIMEOUT: Final = 180.0  # seconds
TCG_TIMEOUT: Final = 840.0  # seconds; a boot takes about 70 when nothing else runs
CONSOLE_LIMIT: Final = 8 << 20  # characters of a console that are kept


def boot(job: Job) -> None:
    """Boot the image of the scratch folder as the request asks; its console goes to the log and is kept.

    Raises OutsideError with reason BootFailed, naming the unit that failed.
    """
    request = job.inputs.build_request()
    if not request.verify_boot:
        return
    kvm = kvm_works(job.image)
    for number, firmware in enumerate(request.firmware):
        percent = 5 + 90 * number // len(request.firmware)
        job.report(percent, firmware, f"booting with {firmware}, {'KVM' if kvm else 'no KVM'}")
        failure = _boot_once(job, request, _machine(job, request, firmware, kvm=kvm))
        if failure is not None:
            raise OutsideError(f"{firmware}: {failure}", reason=Reason.BOOT_FAILED)
        job.note("verified", [*request.firmware[: number + 1]])


def _boot_once(job: Job, request: BuildRequest, machine: Machine) -> str | None:
    with _console(job.scratch / f"console-{machine.firmware}.log", job.hidden) as console:
        report = boot_image(
            job.image,
            machine,
            timeout=request.boot_seconds or (KVM_TIMEOUT if machine.kvm else TCG_TIMEOUT),
            image_format=request.type,
            console=console,
            scratch=job.scratch,
            trust_console=request.engine is not None,  # an upstream builder puts no report of ours into its image
        )
    return describe_failure(report, request.allowed_failed_units, secure_boot=machine.secure_boot)


def _machine(job: Job, request: BuildRequest, firmware: Firmware, *, kvm: bool) -> Machine:
    """A machine as its owner would have prepared it: the certificate of the image's own drivers is enrolled."""
    if not (request.secure_boot and firmware == "uefi"):
        return Machine(firmware, kvm)
    return Machine(firmware, kvm, secure_boot=True, certificate=certificate(job))


@contextmanager
def _console(path: Path, hidden: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """Takes lines for the log, which is all that is left of a Job that fails, and for the file that is published."""
    with path.open("w") as file:

        def take(line: str) -> None:
            if file.tell() < CONSOLE_LIMIT:
                log(f"console: {line}")
                file.write(redact(line, hidden) + "\n")
                file.flush()

        yield take
