"""What must be built for an image, and is what its profiles say right? Documents in, everything a build needs out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.build import DOCKER_CONFIG, SecretRef
from airship_images.api.configmap import Contents
from airship_images.api.errors import SpecError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.phases import PHASE_VERSIONS
from airship_images.spec.compose import Composed
from airship_images.spec.composition import Composition
from airship_images.spec.identity import Identities, identify
from airship_images.spec.node import EffectiveNode
from airship_images.spec.render import ROOTFS_FILES, render


@dataclass(frozen=True)
class Prepared:
    """An image that can be built: its hashes and, worked out when they are asked for, its node and its inputs."""

    composition: Composition
    identities: Identities
    trigger: str
    """What asked for this very build, beyond the documents; empty when nothing did."""
    packages: str
    """The digest of the packages that a schedule has found; empty when none has."""
    versions: Mapping[str, int]
    """Of the phases that build it."""

    @property
    def image(self) -> AirshipImage:
        """The document."""
        return self.composition.image

    @property
    def node(self) -> EffectiveNode:
        """What its profiles make together."""
        return self.composition.node

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The rendered inputs by file name, which take as long as all the rest."""
        return render(self.image, self.node, self.identities, self.composition.contents)

    @property
    def rootfs_files(self) -> Mapping[str, str]:
        """The inputs of the shared Job: a function of the rootfsHash alone."""
        return _Files(self, of_rootfs=True)

    @property
    def image_files(self) -> Mapping[str, str]:
        """The inputs of the image's own Job."""
        return _Files(self, of_rootfs=False)

    @property
    def secrets(self) -> tuple[SecretRef, ...]:
        """The values of Secrets that the build needs."""
        return self.node.secrets

    @property
    def pull_secrets(self) -> tuple[SecretRef, ...]:
        """The credentials that the build pulls artifacts with."""
        return tuple(SecretRef(secret_name=name, key=DOCKER_CONFIG) for name in self.node.pull_secrets)


@dataclass(frozen=True, eq=False)
class _Files(Mapping[str, str]):
    """The inputs of one Job, rendered when somebody looks at them: of most builds that wait in line nobody does."""

    prepared: Prepared
    of_rootfs: bool

    def __getitem__(self, name: str) -> str:
        if (name in ROOTFS_FILES) is not self.of_rootfs:
            raise KeyError(name)
        return self.prepared.files[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.prepared.files if (name in ROOTFS_FILES) is self.of_rootfs)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def prepare(
    image: AirshipImage,
    profiles: Mapping[str, NodeProfile],
    *,
    config_maps: Contents = MappingProxyType({}),
    trigger: str = "",
    packages: str = "",
    versions: Mapping[str, int] = PHASE_VERSIONS,
    ground: Composed | None = None,
) -> Prepared:
    """Composes, checks and identifies `image` with the NodeProfiles and ConfigMaps of its namespace by name.

    `trigger` is empty or the time of a rebuild request; `packages` is empty, or the digest of those that a schedule has
    found; `versions` are those of the phases; `ground` is what `ground_of` makes of the profiles, where it is known.
    Raises SpecError with every finding.
    """
    composition = Composition(image, profiles, config_maps, ground)
    if findings := composition.findings():
        raise SpecError(findings)
    identities = identify(image, composition.data, versions, trigger, composition.contents, packages=packages)
    return Prepared(composition, identities, trigger, packages, versions)
