"""What is wrong with a profile by itself, whatever it is composed with?"""

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.documents import API_VERSION
from airship_images.api.errors import Finding
from airship_images.api.nodeprofile import NodeProfile
from airship_images.spec.compose import compose
from airship_images.spec.node import EffectiveNode
from airship_images.spec.origins import profile_origin
from airship_images.spec.rules import Subject
from airship_images.spec.rules.inline_secrets import inline_secrets
from airship_images.spec.rules.not_yet_supported import not_yet_supported
from airship_images.spec.tree import NODE, plain


def alone(profile: NodeProfile) -> list[Finding]:
    """What the rules find that look at one value at a time; the others can only judge a whole node."""
    name = profile.metadata.name
    tree, _ = compose([(profile_origin(name), profile.spec)])  # what it omits may be in another profile
    node = EffectiveNode(profile.spec, plain(NODE, tree), tree)
    subject = Subject(_image_of(name), node)
    return [*not_yet_supported(subject), *inline_secrets(subject)]


def _image_of(profile: str) -> AirshipImage:
    """The least image that uses it: rules look at an image too, and find nothing in this one."""
    image = {"type": "qcow2", "outputFileName": "image.qcow2"}
    return AirshipImage.model_validate(
        {
            "apiVersion": API_VERSION,
            "kind": "AirshipImage",
            "metadata": {"name": "alone"},
            "spec": {"profiles": [{"name": profile}], "image": image},
        }
    )
