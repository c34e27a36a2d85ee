"""What are the hashes of an image called in the output?"""

from pydantic import JsonValue

from airship_images.spec import Identities


def hashes(identities: Identities) -> dict[str, JsonValue]:
    """64 hex digits for each part of a build, by the name of the part."""
    return {
        "rootfs": identities.rootfs_hash,
        "disk": identities.disk_hash,
        "spec": identities.spec_hash,
        "build": identities.build_hash,
    }
