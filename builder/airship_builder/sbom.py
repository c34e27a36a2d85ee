"""What is in an image? A CycloneDX document (SBOM) of its packages, the same bytes for the same image."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from airship_builder.inventory import Inventory, Package

_PART: Final = "airshipit.org:part"
"""Property of a component that no package manager of the image knows."""


def sbom(file_name: str, digest: str, inventory: Inventory, loader: Inventory, epoch: int) -> str:
    """The SBOM of the image `file_name` with SHA-256 `digest`: its `inventory`, and the boot `loader` on its disk.

    `epoch` (SOURCE_DATE_EPOCH) is its time; its serial number follows from the image.
    """
    image = Component(
        name=file_name,
        type=ComponentType.FILE,
        bom_ref=f"sha256:{digest}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    system = Component(
        name=inventory.system,
        version=inventory.version,
        type=ComponentType.OPERATING_SYSTEM,
        bom_ref="operating-system",
    )
    packages = [*_components(inventory), *_components(loader, part="boot loader")]
    bom = Bom(
        components=[system, *packages],
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"https://airshipit.org/sbom/{digest}/{file_name}"),
        metadata=BomMetaData(component=image, timestamp=datetime.fromtimestamp(epoch, UTC)),
    )
    bom.register_dependency(image, [system, *packages])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1) + "\n"


def _components(inventory: Inventory, part: str | None = None) -> Iterator[Component]:
    for package in inventory.packages:
        url = _url(inventory, package)
        yield Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            purl=url,
            bom_ref=f"{url}#{part}" if part else str(url),
            properties=_properties(part),
        )


def _url(inventory: Inventory, package: Package) -> PackageURL:
    """As scanners read it: `distro` finds the advisories, `upstream` the source package that they are about."""
    more = {"arch": package.architecture, "distro": f"{inventory.system}-{inventory.version}"}
    if package.manager == "rpm":
        epoch, _, version = package.version.rpartition(":")
        more |= {"epoch": epoch} if epoch else {}
        more |= {"upstream": f"{package.source}-{package.source_version}.src.rpm"} if package.source_version else {}
        return PackageURL("rpm", inventory.system, package.name, version, more)
    same = package.source_version == package.version
    upstream = package.source if same else f"{package.source}@{package.source_version}"
    if upstream != package.name:
        more["upstream"] = upstream
    return PackageURL("deb", inventory.system, package.name, package.version, more)


def _properties(part: str | None) -> Iterable[Property]:
    return [Property(name=_PART, value=part)] if part else []
