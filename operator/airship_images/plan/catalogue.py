"""What does the catalogue of a namespace name: the artifact of each image, and which images a profile is in?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from airship_images.api.catalogue import CatalogueFiles, CatalogueImage, CatalogueSpec, VersionsCatalogue
from airship_images.api.reasons import Reason
from airship_images.plan.host_image import DIGEST_IN_URL, HostImage, written

NOTHING: Final = VersionsCatalogue()
UNNAMED: Final = "CatalogueBlocked"
"""The condition that tells of an artifact which the catalogue should name and does not."""


@dataclass(frozen=True)
class Entry:
    """One published image: how a host names it, and the profiles that it is made of."""

    image: CatalogueImage
    profiles: tuple[str, ...]


@dataclass(frozen=True)
class Unnamed:
    """The images of a namespace whose published artifact its catalogue does not name, and why."""

    images: frozenset[str] = frozenset()
    reason: Reason = Reason.CATALOGUE_FULL
    message: str = ""


def entry(image: HostImage, profiles: Collection[str]) -> Entry:
    """What the catalogue says of an image that hosts are told of so."""
    return Entry(CatalogueImage.model_validate(written(image)), tuple(sorted(profiles)))


def catalogue(
    present: Mapping[str, Entry], former: VersionsCatalogue = NOTHING, *, withdrawn: Collection[str] = ()
) -> VersionsCatalogue:
    """The document that names the images of `present`, and of `former` those that were not `withdrawn` since.

    So an image that was deleted and whose artifact stays keeps its entry: what reads the catalogue goes on as before.
    """
    kept = {name: each for name, each in entries(former).items() if name not in withdrawn}
    named = dict(sorted({**kept, **present}.items()))
    index = {
        profile: [name for name, each in named.items() if profile in each.profiles]
        for profile in sorted({profile for each in named.values() for profile in each.profiles})
    }
    files = CatalogueFiles(images={name: each.image for name, each in named.items()})
    return VersionsCatalogue(spec=CatalogueSpec(files=files, profiles=index))


def entries(document: VersionsCatalogue) -> dict[str, Entry]:
    """By image what the document says of it."""
    index = document.spec.profiles
    return {
        name: Entry(image, tuple(sorted(profile for profile, names in index.items() if name in names)))
        for name, image in document.spec.files.images.items()
    }


def named_digests(documents: Iterable[VersionsCatalogue]) -> frozenset[str]:
    """sha256:<64 hex digits> of each artifact that the catalogues name: none of them may be removed."""
    images = (image for document in documents for image in document.spec.files.images.values())
    return frozenset(f"sha256:{digest}" for image in images for digest in _digests(image))


def _digests(image: CatalogueImage) -> Iterable[str]:
    """By its checksum, and by the folder of the store that its URL leads to."""
    found = DIGEST_IN_URL.search(image.url)
    return {*filter(None, [image.checksum]), *([found[1]] if found else [])}
