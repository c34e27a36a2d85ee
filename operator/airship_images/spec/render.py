"""Which files does a build get? The same bytes as a folder of the CLI and as ConfigMaps of the operator."""

from collections.abc import Mapping
from typing import Any, Final

from airship_images.api.airshipimage import AirshipImage, Source, Verify
from airship_images.api.build import CONFIG_MAPS_FILE, SOURCE_FILE, BuildRequest, Firmware, RootfsRequest, SourceRequest
from airship_images.api.configmap import Contents, document
from airship_images.api.documents import API_VERSION
from airship_images.api.durations import duration
from airship_images.api.model import Document
from airship_images.api.redaction import redact
from airship_images.spec.airship_v1 import is_v1, v1_files
from airship_images.spec.dump import dump
from airship_images.spec.identity import Identities, image_fields, spec_fields
from airship_images.spec.node import EffectiveNode
from airship_images.spec.seed import seed_of
from airship_images.spec.tree import Data
from airship_images.spec.vars import image_vars, osconfig_vars, rootfs_vars
from airship_images.spec.verification import skipped_because

ROOTFS_FILES: Final = ("rootfs.yaml", "rootfs-vars.yaml")
FIRMWARE: Final[tuple[Firmware, ...]] = ("bios", "uefi")
"""What an image is booted with, unless it says otherwise."""
METADATA_FILE: Final = "output-metadata.yaml"
"""Name of the metadata file beside the image, as upstream's builder has it."""

INPUT_FILES: Final = (
    *ROOTFS_FILES, "build.yaml", "osconfig-vars.yaml", "image-vars.yaml", "meta-profile.yaml", "meta-airshipimage.yaml",
    CONFIG_MAPS_FILE,
)  # fmt: skip
"""Every file that a build gets but those that cloud-init gets, whose names are the user's."""


def render(image: AirshipImage, node: EffectiveNode, identities: Identities, contents: Contents) -> Mapping[str, str]:
    """File name → text: requests, variables, what the image says of itself, cloud-init's data, and ConfigMaps."""
    seed = seed_of(image, node)
    ours = v1_files(image, node, metadata_file(image)) if is_v1(image) else _native_files(image, node, identities)
    files = {
        **ours,
        "build.yaml": _document(build_request(image, node, identities)),
        "meta-profile.yaml": dump(redacted(meta_profile(image, node))),
        "meta-airshipimage.yaml": dump(redacted(meta_airshipimage(image))),
        **dict(seed.values()),
    }
    if contents:
        files[CONFIG_MAPS_FILE] = dump({name: document(values) for name, values in sorted(contents.items())})
    return files


def render_source(image: AirshipImage, source: Source, size: int) -> Mapping[str, str]:
    """The same of an image that was built elsewhere, of `size` bytes: there is nothing but its boot test."""
    verify = image.spec.verify or Verify()
    request = SourceRequest(
        url=source.url,
        sha256=source.sha256,
        size=size,
        type=image.spec.image.type,
        firmware=tuple(verify.firmware or FIRMWARE),
        allowed_failed_units=tuple(verify.allowed_failed_units or ()),
        boot_seconds=_boot_seconds(verify),
    )
    return {SOURCE_FILE: _document(request)}


def _native_files(image: AirshipImage, node: EffectiveNode, identities: Identities) -> Mapping[str, str]:
    return {
        "rootfs.yaml": _document(rootfs_request(node, identities)),
        "rootfs-vars.yaml": dump(rootfs_vars(node)),
        "osconfig-vars.yaml": dump(osconfig_vars(node)),
        "image-vars.yaml": dump(image_vars(node, image.spec.image.file_name)),
    }


def metadata_file(image: AirshipImage) -> str:
    """The name of the metadata file beside the image."""
    return (image.spec.builder and image.spec.builder.output_metadata_file_name) or METADATA_FILE


def rootfs_request(node: EffectiveNode, identities: Identities) -> RootfsRequest:
    """rootfs.yaml."""
    software = node.data["software"]
    return RootfsRequest(
        rootfs_hash=identities.rootfs_hash,
        distribution=software["distribution"],
        suite=software["suite"],
        architecture=software["rootfs_arch"],
    )


def build_request(image: AirshipImage, node: EffectiveNode, identities: Identities) -> BuildRequest:
    """build.yaml."""
    software, verify = node.data["software"], image.spec.verify or Verify()
    secure_boot = node.data["kernel"].get("secure_boot", False)
    seed = {field: name for field, (name, _) in seed_of(image, node).items()}
    return BuildRequest(
        name=image.metadata.name,
        rootfs_hash=identities.rootfs_hash,
        disk_hash=identities.disk_hash,
        spec_hash=identities.spec_hash,
        build_hash=identities.build_hash,
        distribution=software["distribution"],
        suite=software["suite"],
        architecture=software["rootfs_arch"],
        type=image.spec.image.type,
        file_name=image.spec.image.file_name,
        metadata_file_name=metadata_file(image),
        engine="airship-v1" if is_v1(image) else None,
        verify_boot=skipped_because(image.spec) is None,
        firmware=tuple(verify.firmware or (("uefi",) if secure_boot else FIRMWARE)),
        secure_boot=secure_boot,
        allowed_failed_units=tuple(verify.allowed_failed_units or ()),
        boot_seconds=_boot_seconds(verify),
        secrets=node.secrets,
        user_data_file=seed.get("user_data"),
        network_config_file=seed.get("network_config"),
    )


def _boot_seconds(verify: Verify) -> int | None:
    return int(duration(verify.timeout).total_seconds()) if verify.timeout else None


def meta_profile(image: AirshipImage, node: EffectiveNode) -> Data:
    """The composed node as a NodeProfile, defaults included."""
    return _object("NodeProfile", image, node.data)


def meta_airshipimage(image: AirshipImage) -> Data:
    """The AirshipImage as far as the bytes depend on it."""
    spec: Data = {}
    for path, value in image_fields(image, spec_fields(image)).items():
        part, _, field = path.partition(".")
        spec.setdefault(part, {})[field] = value
    return _object("AirshipImage", image, spec)


def redacted(value: Any) -> Any:
    """`value` with each of its texts redacted."""
    if isinstance(value, dict):
        return {name: redacted(part) for name, part in value.items()}
    if isinstance(value, list):
        return [redacted(part) for part in value]
    return redact(value) if isinstance(value, str) else value


def _object(kind: str, image: AirshipImage, spec: Data) -> Data:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": image.metadata.name}, "spec": spec}


def _document(document: Document) -> str:
    return dump(document.model_dump(mode="json", by_alias=True, exclude_none=True))
