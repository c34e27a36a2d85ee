"""Does the finished image come up, with each firmware asked for, before anyone gets it?"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from airship_builder.bootreport import describe_failure
from airship_builder.imageinfo import FORMATS, expect_whole
from airship_builder.job import Job
from airship_builder.kvm import kvm_works
from airship_builder.qemu import Machine, boot_image
from airship_builder.run import log
from airship_builder.signing import certificate
from airship_images.api.build import BuildRequest, Firmware, SourceRequest, Verification
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact

KVM_TIMEOUT: Final = 180.0  # seconds
TCG_TIMEOUT: Final = 840.0  # seconds; a boot takes about 70 when nothing else runs
Request = BuildRequest | SourceRequest
CONSOLE_LIMIT: Final = 8 << 20  # characters of a console that are kept


def boot(job: Job) -> Verification | None:
    """Boot the image of the scratch folder as the request asks; its console goes to the log and is kept.

    Gives a result for an image that was built elsewhere, of whose Job this is the end.
    Raises OutsideError with reason BootFailed, naming the unit that failed.
    """
    if job.inputs.is_source:
        return _boot_source(job, job.inputs.source_request())
    request = job.inputs.build_request()
    if request.verify_boot:
        _boot_with_each(job, request)
    return None


def _boot_source(job: Job, request: SourceRequest) -> Verification:
    expect_whole(job.image, "image.source", (FORMATS[request.type],))
    _boot_with_each(job, request)
    return Verification(verified=request.firmware)


def _boot_with_each(job: Job, request: Request) -> None:
    kvm = kvm_works(job.image, job.scratch)
    for number, firmware in enumerate(request.firmware):
        percent = 5 + 90 * number // len(request.firmware)
        job.report(percent, firmware, f"booting with {firmware}, {'KVM' if kvm else 'no KVM'}")
        failure = _boot_once(job, request, _machine(job, request, firmware, kvm=kvm))
        if failure is not None:
            raise OutsideError(f"{firmware}: {failure}", reason=Reason.BOOT_FAILED)
        job.note("verified", [*request.firmware[: number + 1]])


def _boot_once(job: Job, request: Request, machine: Machine) -> str | None:
    with _console(job.scratch / f"console-{machine.firmware}.log", job.hidden) as console:
        report = boot_image(
            job.image,
            machine,
            timeout=request.boot_seconds or (KVM_TIMEOUT if machine.kvm else TCG_TIMEOUT),
            image_format=request.type,
            console=console,
            scratch=job.scratch,
            trust_console=_is_of_others(request),
        )
    return describe_failure(report, request.allowed_failed_units, secure_boot=machine.secure_boot)


def _is_of_others(request: Request) -> bool:
    """Nobody but our own engine puts a report of ours into an image."""
    return isinstance(request, SourceRequest) or request.engine is not None


def _machine(job: Job, request: Request, firmware: Firmware, *, kvm: bool) -> Machine:
    """A machine as its owner would have prepared it: the certificate of the image's own drivers is enrolled."""
    if isinstance(request, SourceRequest) or not (request.secure_boot and firmware == "uefi"):
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
