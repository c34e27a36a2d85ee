"""What node do an image, its profiles and its ConfigMaps make together, and what is wrong with it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import ValidationError

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.configmap import Contents
from airship_images.api.distributions import DEFAULT_DISTRIBUTION
from airship_images.api.errors import Finding, SpecError
from airship_images.api.explanations import explain
from airship_images.api.nodeprofile import NodeProfile, NodeProfileSpec
from airship_images.api.reasons import Reason
from airship_images.spec.compose import Composed, compose
from airship_images.spec.contents import contents
from airship_images.spec.contexts import for_type
from airship_images.spec.defaults import with_defaults
from airship_images.spec.node import EffectiveNode
from airship_images.spec.origins import PARAMS, profile_origin
from airship_images.spec.packages import names, packages
from airship_images.spec.rules import Subject, check
from airship_images.spec.tree import NODE, Data, Tree, plain


@dataclass(frozen=True)
class Composition:
    """Documents that belong together: what they make is worked out when it is asked for, and then kept.

    Raises SpecError where a profile is not there, or the node is over a bound of the schema.
    """

    image: AirshipImage
    profiles: Mapping[str, NodeProfile]
    config_maps: Contents
    ground: Composed | None = None
    """What its profiles make by themselves, where that is known already."""

    @cached_property
    def _composed(self) -> Composed:
        params = self.image.spec.params
        ground = self.ground or ground_of(self.image, self.profiles)
        composed, findings = compose([(PARAMS, params)] if params else [], ground)
        return for_type(NODE, composed, self.image.spec.image.type), findings

    @cached_property
    def _chosen(self) -> tuple[Contents, list[Finding]]:
        return contents(Subject(self.image, self.node), self.config_maps)

    @cached_property
    def node(self) -> EffectiveNode:
        """Defaults applied."""
        return effective(self.image, self._composed[0], self.data)

    @cached_property
    def data(self) -> Data:
        """The node without defaults, as it is hashed."""
        return plain(NODE, self._composed[0])

    @property
    def contents(self) -> Contents:
        """The keys of ConfigMaps that are in it."""
        return self._chosen[0]

    def findings(self) -> list[Finding]:
        """Everything that is wrong with it."""
        return [*self._composed[1], *check(Subject(self.image, self.node)), *self._chosen[1]]


def effective(image: AirshipImage, tree: Tree, data: Data) -> EffectiveNode:
    """The node of the composed `tree`, which holds `data`, defaults applied.

    Raises SpecError when it is over a bound of the schema.
    """
    distribution = data.get("software", {}).get("distribution", DEFAULT_DISTRIBUTION)
    filled = with_defaults(NODE, tree, names(packages(data)), distribution)
    whole = plain(NODE, filled)
    return EffectiveNode(_spec(image, whole), whole, filled)


def ground_of(image: AirshipImage, profiles: Mapping[str, NodeProfile]) -> Composed:
    """What the profiles of `image` make by themselves, the same for all images of these; SpecError without one."""
    wanted = image.spec.profile_names
    if missing := [name for name in wanted if name not in profiles]:
        raise SpecError([_not_found(image, name, profiles) for name in missing])
    return compose((profile_origin(name), profiles[name].spec) for name in wanted)


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
