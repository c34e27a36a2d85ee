"""What are the hashes of an image called in the output?"""

from pydantic import JsonValue

from airship_images.spec import Hashes, Identities


def hashes(found: Hashes) -> dict[str, JsonValue]:
    """64 hex digits for each part of a build, by the name of the part; fewer of what is built elsewhere."""
    parts = {"rootfs": found.rootfs_hash, "disk": found.disk_hash} if isinstance(found, Identities) else {}
    return {**parts, "spec": found.spec_hash, "build": found.build_hash}
