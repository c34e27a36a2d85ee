"""The VersionsCatalogue that Airship's documents take their images from: what a site's kustomize replacements read."""

from typing import Any, Final, Literal

from pydantic import Field

from airship_images.api.build import Sha256
from airship_images.api.model import Document

CATALOGUE_NAME: Final = "versions-airship-images"


class CatalogueImage(Document):
    """A published image by the keys of a BareMetalHost's spec.image, to be copied whole."""

    url: str = Field(description="Immutable URL of the image")
    checksum: Sha256 | None = Field(None, description="SHA-256 of the image; absent for live-iso, which has none there")
    checksum_type: Literal["sha256"] | None = None
    format: str = Field(description="Format of the image, as Metal3 names it")


class CatalogueFiles(Document):
    """The files of a catalogue: ours are images."""

    images: dict[str, CatalogueImage] = Field(default={}, description="By name of the AirshipImage")


class CatalogueSpec(Document):
    """What is in a catalogue."""

    files: CatalogueFiles = CatalogueFiles()
    profiles: dict[str, list[str]] = Field(default={}, description="By name of the NodeProfile: the images made of it")


class VersionsCatalogue(Document):
    """The published images of one namespace. No cluster has this kind: the document is read by kustomize."""

    api_version: Literal["airshipit.org/v1alpha1"] = "airshipit.org/v1alpha1"
    kind: Literal["VersionsCatalogue"] = "VersionsCatalogue"
    metadata: dict[str, Any] = Field(
        default={
            "name": CATALOGUE_NAME,
            "labels": {"airshipit.org/deploy-k8s": "false"},
            "annotations": {"config.kubernetes.io/local-config": "true"},
        }
    )
    """The label keeps Airship, and the annotation kustomize, from sending it to a cluster."""
    spec: CatalogueSpec = CatalogueSpec()

    def dump(self) -> dict[str, Any]:
        """The document as plain data."""
        return self.model_dump(by_alias=True, exclude_none=True)
