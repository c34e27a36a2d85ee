"""Profiles and images to compose, each with what makes it valid."""

from collections.abc import Mapping
from typing import Any

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.errors import Finding
from airship_images.api.nodeprofile import NodeProfile, NodeProfileSpec
from airship_images.api.reasons import Reason
from airship_images.spec import Prepared, SpecError, prepare
from airship_images.spec.compose import compose
from airship_images.spec.tree import NODE, Tree, leaves, plain

Areas = Mapping[str, Any]


def a_profile(name: str = "base", **areas: Any) -> NodeProfile:
    return NodeProfile.model_validate(
        {"apiVersion": "airshipit.org/v1alpha1", "kind": "NodeProfile", "metadata": {"name": name}, "spec": areas}
    )


def an_image(profiles: tuple[str, ...] = ("base",), name: str = "worker", **spec: Any) -> AirshipImage:
    whole = {
        "profiles": [{"name": profile} for profile in profiles],
        "image": {"type": "qcow2", "outputFileName": "worker.qcow2"},
    } | spec
    return AirshipImage.model_validate(
        {"apiVersion": "airshipit.org/v1alpha1", "kind": "AirshipImage", "metadata": {"name": name}, "spec": whole}
    )


def prepared(*profiles: NodeProfile, **spec: Any) -> Prepared:
    """An image of `profiles`, in that order."""
    by_name = {profile.metadata.name: profile for profile in profiles}
    return prepare(an_image(tuple(by_name), **spec), by_name)


def findings(*profiles: NodeProfile, **spec: Any) -> tuple[Finding, ...]:
    """What is wrong with an image of `profiles`; nothing when all is right."""
    try:
        prepared(*profiles, **spec)
    except SpecError as error:
        return error.findings
    return ()


def refusals(*profiles: NodeProfile, **spec: Any) -> list[tuple[Reason, str]]:
    """The reason and the path of each finding."""
    return [(one.reason, one.path) for one in findings(*profiles, **spec)]


def composed_tree(spec: NodeProfileSpec) -> Tree:
    """The tree of one profile."""
    return compose([("p0", spec)])[0]


def composed(*layers: Areas) -> tuple[dict[str, Any], dict[str, str], list[Finding]]:
    """(data, origins, findings) of `layers`, whose origins are p0, p1 and so on."""
    specs = [(f"p{index}", NodeProfileSpec.model_validate(layer)) for index, layer in enumerate(layers)]
    tree, wrong = compose(specs)
    return plain(NODE, tree), {path: leaf.origin for path, leaf in leaves(NODE, tree)}, wrong
