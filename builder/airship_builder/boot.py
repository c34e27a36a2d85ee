"""Does the finished image come up, with each firmware asked for, before anyone gets it?"""

from functools import partial
from typing import Final

from airship_builder.configure import raw_image
from airship_builder.job import Job
from airship_builder.kvm import kvm_works
from airship_builder.qemu import Machine, boot_image, describe_failure
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

KVM_TIMEOUT: Final = 180.0  # seconds
TCG_TIMEOUT: Final = 840.0  # seconds; a boot takes about 70 when nothing else runs


def boot(job: Job) -> None:
    """Boot the image of the scratch folder as the request asks; its console goes to the log and is kept.

    Raises OutsideError with reason BootFailed, naming the unit that failed.
    """
    request = job.inputs.build_request()
    if not request.verify_boot:
        return
    kvm = kvm_works(raw_image(job))
    for number, firmware in enumerate(request.firmware):
        job.report(
            5 + 90 * number // len(request.firmware), firmware, f"booting with {firmware}, {'KVM' if kvm else 'no KVM'}"
        )
        with (job.scratch / f"console-{firmware}.log").open("w") as console:
            report = boot_image(
                job.image,
                Machine(firmware, kvm),
                timeout=KVM_TIMEOUT if kvm else TCG_TIMEOUT,
                console=partial(print, file=console, flush=True),
                scratch=job.scratch,
            )
        failure = describe_failure(report)
        if failure is not None:
            raise OutsideError(f"{firmware}: {failure}", reason=Reason.BOOT_FAILED)
        job.note("verified", [*request.firmware[: number + 1]])
