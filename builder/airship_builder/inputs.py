"""What was asked for: the rendered files of one request, read as data and checked."""

import gzip
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import yaml
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from airship_images.api.build import (
    CONFIG_MAPS_FILE,
    SOURCE_FILE,
    BuildRequest,
    RootfsRequest,
    SecretRef,
    Sha256,
    SourceRequest,
)
from airship_images.api.configmap import values
from airship_images.api.errors import InputError
from airship_images.api.model import Document

Model = TypeVar("Model", bound=Document)
Vars = dict[str, object]

ROOTFS_FILES: Final = ("rootfs.yaml", "rootfs-vars.yaml")
META_FILES: Final = ("meta-profile.yaml", "meta-airshipimage.yaml")
_PACKAGE: Final = r"^[a-z0-9][a-z0-9+.-]{1,127}(=[A-Za-z0-9.+:~-]{1,127})?$"
Package = Annotated[str, StringConstraints(pattern=_PACKAGE)]


class Repository(Document):
    """A package repository that a profile declares; the rules have seen that its fields fit each other."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
    source: Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x1f\x7f#\[\]]+$")]
    suite: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~+/-]{1,128}$")]
    components: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/+ -]{0,256}$")] = ""
    packages: tuple[Package, ...] = ()
    omitdebsrc: bool = False
    register_repo_with_rootfs: bool = False
    keyring_pkg: Package | None = None
    keyring_url: str | None = None
    keyring_sha256: Sha256 | None = None

    def field(self, name: str) -> str:
        """Where the profile says it."""
        return f"software.repos[{self.name}].{name}"


class DkmsSource(Document):
    """The source of a driver that is compiled for the image's kernel."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
    url: str
    sha256: Sha256

    @property
    def field(self) -> str:
        """Where the profile names it."""
        return f"drivers.dkms[{self.name}]"


class ModuleSigning(Document):
    """With what compiled modules are signed."""

    key_from: SecretRef
    certificate_from: SecretRef


class VendorImage(Document):
    """A disk image to start from."""

    url: str
    sha256: Sha256


class RootfsVars(Document):
    """rootfs-vars.yaml: what a package manager must know, or the disk image that is there instead."""

    packages: tuple[Package, ...] = ()
    base: VendorImage | None = None
    repos: tuple[Repository, ...] = ()
    dkms: tuple[DkmsSource, ...] = ()
    k8s_version: Annotated[str, StringConstraints(pattern=r"^v?1(\.[0-9]{1,3}){2}$")] | None = None
    rootfs_arch: Literal["amd64", "arm64"] = "amd64"
    unapproved_packages: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9*?][a-z0-9+.*?-]{0,127}$")], ...] = ()


class Fstab(Document):
    """The last three fields of a line of fstab(5)."""

    options: Annotated[str, StringConstraints(pattern=r"^[^\s#\x00-\x1f\x7f]{1,255}$")] = "defaults"
    dump: int = 0
    fsck: int = 0


class Filesystem(Document):
    """What a partition is formatted with."""

    type: Literal["ext4", "vfat", "xfs", "swap"]
    fstab: Fstab = Fstab()


class Partition(Document):
    """One partition, bounds as parted writes them (264MiB, 100%)."""

    mount: Annotated[str, StringConstraints(pattern=r"^(?:none|/|(?:/[A-Za-z0-9._-]+)+)$")]
    mount_order: int | None = None
    part_start: str
    part_end: str
    flags: tuple[Literal["bios_grub", "esp"], ...] = ()
    filesystem: Filesystem | None = None


class ImageVars(Document):
    """image-vars.yaml: the disk and its file."""

    img_name: str
    qcow_capacity: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,9}[KMGT]?$")]
    qcow_compress: Literal[True] = True  # a qcow2 of ours always is
    mksquashfs_compression: Literal["gzip", "lz4", "xz", "zstd"] = "lz4"
    partitions: Annotated[tuple[Partition, ...], Field(min_length=1, max_length=16)]


class Fetched(Document):
    """One item of fetch_from_url: a file from elsewhere."""

    name: str
    url: str
    sha256: Sha256
    use_proxy: bool = True
    permissions: str
    owner: str
    group: str


class UserScript(Document):
    """One item of user_scripts in osconfig-vars.yaml."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
    file_content: str
    timeout: str


class OciArtifact(Document):
    """An artifact in a registry, by its digest."""

    reference: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.:/_-]+@sha256:[0-9a-f]{64}$")]
    pull_secret_name: str | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of its manifest."""
        return self.reference.rpartition(":")[2]


class UserRole(Document):
    """One item of roles in osconfig-vars.yaml; it has one of both sources."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    config_map_name: str | None = None
    oci: OciArtifact | None = None


class _UserCode(Document):
    user_scripts: tuple[UserScript, ...] = ()
    roles: tuple[UserRole, ...] = ()


class Inputs:
    """The files of a request's folder; each may be there as NAME or as NAME.gz."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rootfs_request(self) -> RootfsRequest:
        """rootfs.yaml."""
        return self._model("rootfs.yaml", RootfsRequest)

    def rootfs_vars(self) -> RootfsVars:
        """rootfs-vars.yaml."""
        return self._model("rootfs-vars.yaml", RootfsVars)

    def build_request(self) -> BuildRequest:
        """build.yaml."""
        return self._model("build.yaml", BuildRequest)

    @property
    def is_source(self) -> bool:
        """Is this the request of an image that was built elsewhere?"""
        return self.has(SOURCE_FILE)

    def source_request(self) -> SourceRequest:
        """source.yaml."""
        return self._model(SOURCE_FILE, SourceRequest)

    def image_vars(self) -> ImageVars:
        """image-vars.yaml."""
        return self._model("image-vars.yaml", ImageVars)

    def osconfig_vars(self) -> Vars:
        """osconfig-vars.yaml, whose areas the Ansible roles know."""
        return self._osconfig

    def user_scripts(self) -> tuple[UserScript, ...]:
        """The scripts of osconfig-vars.yaml, in order."""
        return self._user_code().user_scripts

    def user_roles(self) -> tuple[UserRole, ...]:
        """The users' own roles of osconfig-vars.yaml, in order."""
        return self._user_code().roles

    def extra_vars(self) -> Vars:
        """The variables of users' own roles."""
        found = self.osconfig_vars().get("extra_vars", {})
        return found if isinstance(found, dict) else {}

    def fetched(self) -> tuple[Fetched, ...]:
        """The files from elsewhere, which are among the variables of the roles."""
        items = self.osconfig_vars().get("fetch_from_url", [])
        return TypeAdapter(tuple[Fetched, ...]).validate_json(json.dumps(items))

    def config_maps(self) -> dict[str, dict[str, bytes]]:
        """configmaps.yaml: by name what the node refers to of ConfigMaps; nothing when there is no such file."""
        if not self.has(CONFIG_MAPS_FILE):
            return {}
        found = self.mapping(CONFIG_MAPS_FILE)
        return {name: values(document) for name, document in found.items() if isinstance(document, dict)}

    def module_signing(self) -> ModuleSigning | None:
        """With what compiled modules are signed, of osconfig-vars.yaml."""
        found = self.osconfig_vars().get("module_signing")
        return None if found is None else ModuleSigning.model_validate_json(json.dumps(found))

    def has(self, name: str) -> bool:
        """Is the file `name` part of this request?"""
        return (self.folder / name).exists() or (self.folder / f"{name}.gz").exists()

    def names(self) -> list[str]:
        """The files that this image was asked for with; a Job has those of its root filesystem elsewhere."""
        found = {path.name.removesuffix(".gz") for path in self.folder.iterdir() if path.is_file()}
        return sorted(name for name in found if name not in ROOTFS_FILES and not name.startswith("."))

    def text(self, name: str) -> str:
        """The file `name`; raises InputError when it is missing or not UTF-8."""
        try:
            return self.data(name).decode()
        except UnicodeDecodeError as error:
            raise InputError(name, f"{error.reason} at byte {error.start}", "UTF-8 text") from error

    def data(self, name: str) -> bytes:
        """The bytes of the file `name`; raises InputError when it is missing."""
        plain, packed = self.folder / name, self.folder / f"{name}.gz"
        if not self.has(name):
            raise InputError(str(plain), "no such file", f"{name} or {name}.gz beside the request")
        return plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())

    def mapping(self, name: str) -> Vars:
        """What the file `name` says; raises InputError when it is no mapping in YAML."""
        try:
            value = yaml.load(self.text(name), yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise InputError(name, str(error), "YAML") from error
        if not isinstance(value, dict):
            raise InputError(name, type(value).__name__, "a mapping")
        return value

    @cached_property
    def _osconfig(self) -> Vars:
        """Read once: it may be long, and several ask for it."""
        return self.mapping("osconfig-vars.yaml")

    def _user_code(self) -> _UserCode:
        variables = self.osconfig_vars()
        found = {name: variables[name] for name in _UserCode.model_fields if name in variables}
        return _checked("osconfig-vars.yaml", found, _UserCode)

    def _model(self, name: str, model: type[Model]) -> Model:
        return _checked(name, self.mapping(name), model)


def _checked(name: str, found: Vars, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(json.dumps(found))
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{name}: {path}", repr(first.get("input")), first["msg"]) from error
