"""Does this image file boot? `airship_builder boot-file FILE`: the boot test, its console on standard output."""

import argparse
import sys
from pathlib import Path

from airship_builder.boot import KVM_TIMEOUT, TCG_TIMEOUT
from airship_builder.bootreport import describe_failure
from airship_builder.imageinfo import image_info
from airship_builder.kvm import kvm_works
from airship_builder.liveiso import is_iso
from airship_builder.qemu import Machine, boot_image
from airship_builder.run import log
from airship_images.api.errors import AirshipError, OutsideError


def add_boot_file(parser: argparse.ArgumentParser) -> None:
    """The arguments of boot-file."""
    parser.add_argument("file", type=Path, help="an ISO, or a disk image in a format that qemu-img knows")
    parser.add_argument("--firmware", choices=("bios", "uefi"), default="bios")
    parser.add_argument("--secure-boot", action="store_true", help="UEFI that starts signed programs alone")
    parser.add_argument("--enroll", type=Path, metavar="CERTIFICATE", help="with --secure-boot: its owner's, in PEM")
    parser.add_argument("--allow-failed", action="append", default=[], metavar="UNIT", help="a unit that may fail")
    parser.add_argument(
        "--disk", type=Path, action="append", default=[], help="one more raw disk, such as a config drive"
    )


def boot_file(arguments: argparse.Namespace) -> int:
    """Boot the file, print its console, and give 0 when it reached its default target without a failed unit."""
    try:
        form = _format(arguments.file)
        kvm = kvm_works(arguments.file)
        machine = Machine(arguments.firmware, kvm, tuple(arguments.disk), arguments.secure_boot, arguments.enroll)
        timeout = KVM_TIMEOUT if kvm else TCG_TIMEOUT
        report = boot_image(
            arguments.file, machine, timeout=timeout, console=_show, image_format=form, trust_console=True
        )
    except AirshipError as error:
        log(error.message)
        return error.exit_code
    failure = describe_failure(report, arguments.allow_failed, secure_boot=arguments.secure_boot)
    units = f"only {', '.join(report.failed)} failed" if report.failed else "no unit failed"
    source = "" if report.reported else ", as far as its console tells: the image has no boot report of airship-images"
    log(failure or f"reached its default target after {report.seconds:.0f} s, {units}{source}")
    return OutsideError.exit_code if failure else 0


def _show(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _format(image: Path) -> str:
    if is_iso(image):
        return "iso"
    return image_info(image).format
