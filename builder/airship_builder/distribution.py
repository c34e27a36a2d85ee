"""What differs between the distributions and suites that we can build?"""

from dataclasses import dataclass
from typing import Final

from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason


@dataclass(frozen=True)
class Distribution:
    """One suite of one distribution."""

    name: str
    suite: str
    ext4_features: str  # for mke2fs -O: what the suite's own e2fsck and GRUB can read
    efi_folder: str  # where the signed GRUB looks for its configuration on the EFI system partition


KNOWN: Final = (
    Distribution("debian", "bookworm", ext4_features="^metadata_csum_seed,^orphan_file", efi_folder="debian"),
    Distribution("debian", "trixie", ext4_features="^orphan_file", efi_folder="debian"),
)


def distribution(name: str, suite: str) -> Distribution:
    """The driver of `suite`; raises InputError when we have none."""
    for known in KNOWN:
        if (known.name, known.suite) == (name, suite):
            return known
    names = ", ".join(f"{known.name} {known.suite}" for known in KNOWN)
    raise InputError("software.suite", f"{name} {suite}", f"one of {names}", reason=Reason.NOT_YET_SUPPORTED)
