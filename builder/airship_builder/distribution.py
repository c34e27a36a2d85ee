"""What differs between the distributions and suites that we can build?"""

from dataclasses import dataclass
from typing import Final

from airship_builder.sources import POCKETS, Source, machine_sources
from airship_images.api.distributions import WITHOUT_SOURCES
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason


@dataclass(frozen=True)
class Distribution:
    """One suite of one distribution."""

    name: str
    suite: str
    ext4_features: str  # for mke2fs -O: what the suite's own e2fsck and GRUB can read
    efi_folder: str  # where its own GRUB packages put themselves on the EFI system partition

    def sources(self) -> tuple[Source, ...]:
        """The archive, as this machine's own apt knows it; nothing where a profile declares it.

        Raises OutsideError when this machine has no apt sources to take the addresses from.
        """
        return () if self.name in WITHOUT_SOURCES else machine_sources(self.suite)

    def is_archive(self, source: Source) -> bool:
        """Is it the distribution's own archive, and not a further repository?"""
        return source.suite in {self.suite + pocket for pocket in POCKETS}


_NO_SEED: Final = "^metadata_csum_seed,^orphan_file"
KNOWN: Final = (
    Distribution("debian", "bookworm", ext4_features=_NO_SEED, efi_folder="debian"),
    Distribution("debian", "trixie", ext4_features="^orphan_file", efi_folder="debian"),
    Distribution("ubuntu", "jammy", ext4_features=_NO_SEED, efi_folder="ubuntu"),
    Distribution("ubuntu", "noble", ext4_features=_NO_SEED, efi_folder="ubuntu"),
)


def distribution(name: str, suite: str) -> Distribution:
    """The driver of `suite`; raises InputError when we have none."""
    for known in KNOWN:
        if (known.name, known.suite) == (name, suite):
            return known
    names = ", ".join(f"{known.name} {known.suite}" for known in KNOWN)
    raise InputError("software.suite", f"{name} {suite}", f"one of {names}", reason=Reason.NOT_YET_SUPPORTED)
