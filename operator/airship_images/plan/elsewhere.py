"""What is there to publish of an image that was built elsewhere?"""

from airship_images.api.status import ImageStatus
from airship_images.plan.desired import SHORT_DIGEST
from airship_images.plan.host_image import host_format
from airship_images.plan.state import State
from airship_images.spec import Sourced


def elsewhere(state: State, inputs: Sourced) -> ImageStatus:
    """The artifact at its source, of 0 bytes until all of them were read and right, as it is published."""
    source, hashes = inputs.source, inputs.identities
    unread = ImageStatus(
        url=source.url,
        checksum=source.sha256,
        checksum_type="sha256",
        format=host_format(inputs.image.spec.image.type),
        size=0,
        digest=f"sha256:{source.sha256}",
        short_digest=source.sha256[:SHORT_DIGEST],
        verified=state.verifies_boot,
        built_elsewhere=True,
        build_hash=hashes.build_hash,
        spec_hash=hashes.spec_hash,
    )
    check = state.check_of(unread)
    return unread.model_copy(update={"size": (check and check.served.size) or 0})
