"""What must be built for an image, and is what its profiles say right? Documents in, everything a build needs out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from pydantic import ValidationError

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.build import DOCKER_CONFIG, SecretRef
from airship_images.api.configmap import Contents
from airship_images.api.distributions import DEFAULT_DISTRIBUTION
from airship_images.api.errors import Finding, SpecError
from airship_images.api.explanations import explain
from airship_images.api.nodeprofile import NodeProfile, NodeProfileSpec
from airship_images.api.phases import PHASE_VERSIONS
from airship_images.api.reasons import Reason
from airship_images.spec.compose import compose
from airship_images.spec.contents import contents
from airship_images.spec.contexts import for_type
from airship_images.spec.defaults import with_defaults
from airship_images.spec.identity import Identities, identify
from airship_images.spec.node import EffectiveNode
from airship_images.spec.origins import PARAMS, profile_origin
from airship_images.spec.packages import names, packages
from airship_images.spec.render import ROOTFS_FILES, render
from airship_images.spec.rules import Subject, check
from airship_images.spec.tree import NODE, Data, Tree, plain


@dataclass(frozen=True)
class Prepared:
    """An image that can be built: its node, its hashes, and its inputs."""

    image: AirshipImage
    node: EffectiveNode
    identities: Identities
    contents: Contents
    """The keys of ConfigMaps that are in it."""
    trigger: str
    """What asked for this very build, beyond the documents; empty when nothing did."""
    packages: str
    """The digest of the packages that a schedule has found; empty when none has."""
    versions: Mapping[str, int]
    """Of the phases that build it."""

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The rendered inputs by file name: made when they are asked for, which takes as long as all the rest."""
        return render(self.image, self.node, self.identities, self.contents)

    @property
    def rootfs_files(self) -> Mapping[str, str]:
        """The inputs of the shared Job: a function of the rootfsHash alone."""
        return {name: self.files[name] for name in ROOTFS_FILES if name in self.files}

    @property
    def image_files(self) -> Mapping[str, str]:
        """The inputs of the image's own Job."""
        return {name: text for name, text in self.files.items() if name not in ROOTFS_FILES}

    @property
    def secrets(self) -> tuple[SecretRef, ...]:
        """The values of Secrets that the build needs."""
        return self.node.secrets

    @property
    def pull_secrets(self) -> tuple[SecretRef, ...]:
        """The credentials that the build pulls artifacts with."""
        return tuple(SecretRef(secret_name=name, key=DOCKER_CONFIG) for name in self.node.pull_secrets)


def prepare(
    image: AirshipImage,
    profiles: Mapping[str, NodeProfile],
    *,
    config_maps: Contents = MappingProxyType({}),
    trigger: str = "",
    packages: str = "",
    versions: Mapping[str, int] = PHASE_VERSIONS,
) -> Prepared:
    """Composes, checks and identifies `image` with the NodeProfiles and ConfigMaps of its namespace by name.

    `trigger` is empty or the time of a rebuild request; `packages` is empty, or the digest of those that a schedule has
    found; `versions` are those of the phases.
    Raises SpecError with every finding.
    """
    composed, findings = compose(_layers(image, profiles))
    tree = for_type(NODE, composed, image.spec.image.type)
    node = effective(image, tree)
    subject = Subject(image, node)
    findings += check(subject)
    chosen, lacking = contents(subject, config_maps)
    findings += lacking
    if findings:
        raise SpecError(findings)
    identities = identify(image, plain(NODE, tree), versions, trigger, chosen, packages=packages)
    return Prepared(image, node, identities, chosen, trigger, packages, versions)


def effective(image: AirshipImage, tree: Tree) -> EffectiveNode:
    """The node of the composed `tree`, defaults applied; raises SpecError when it is over a bound of the schema."""
    composed = _spec(image, plain(NODE, tree))
    distribution = (composed.software and composed.software.distribution) or DEFAULT_DISTRIBUTION
    filled = with_defaults(NODE, tree, names(packages(composed)), distribution)
    data = plain(NODE, filled)
    return EffectiveNode(_spec(image, data), data, filled)


def _layers(image: AirshipImage, profiles: Mapping[str, NodeProfile]) -> list[tuple[str, NodeProfileSpec]]:
    wanted = image.spec.profile_names
    if missing := [name for name in wanted if name not in profiles]:
        raise SpecError([_not_found(image, name, profiles) for name in missing])
    layers = [(profile_origin(name), profiles[name].spec) for name in wanted]
    return [*layers, (PARAMS, image.spec.params)] if image.spec.params else layers


def _not_found(image: AirshipImage, name: str, profiles: Mapping[str, NodeProfile]) -> Finding:
    known = f"one of {', '.join(sorted(profiles)[:20])}" if profiles else "a NodeProfile of that name"
    path = f"AirshipImage/{image.metadata.name}: spec.profiles[{name}]"
    return Finding(Reason.PROFILE_NOT_FOUND, path, "no NodeProfile of this name in the image's namespace", known)


def _spec(image: AirshipImage, data: Data) -> NodeProfileSpec:
    try:
        return NodeProfileSpec.model_validate(data)
    except ValidationError as error:
        document = f"AirshipImage/{image.metadata.name}, its profiles together"
        raise SpecError([explain(document, NODE, data, item) for item in error.errors(include_url=False)]) from error
