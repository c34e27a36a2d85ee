"""Why is the image built again, what of it is in the cache, and which hosts would then change?"""

from collections.abc import Iterator, Mapping
from typing import Final

from airship_images.api.build import SHORT_HASH
from airship_images.api.status import ImageStatus
from airship_images.plan.jobs import rootfs_job_name
from airship_images.plan.state import State
from airship_images.plan.texts import sentence
from airship_images.spec import Identities, Prepared
from airship_images.spec.defaults import DEFAULT
from airship_images.spec.origins import PARAMS, profile_origin

LISTED: Final = 8
"""Variables that are named at most."""


def explain(state: State, prepared: Prepared) -> str:
    """What would be built, why, and from what: one sentence for status, an event and a person."""
    return sentence(f"{why(state, prepared)}. {_cached(state, prepared.identities, state.status.image)}")


def why(state: State, prepared: Prepared) -> str:
    """What asks for the build, by what has changed since the published one."""
    former = state.status.image
    reasons = ["nothing is published yet"] if former is None else _reasons(state, prepared, former)
    return sentence(f"build {prepared.identities.build_hash[:SHORT_HASH]}: {'; '.join(reasons)}")


def expected(state: State, prepared: Prepared) -> ImageStatus:
    """The artifact that the build will publish, as far as that can be told: no host has it yet."""
    hashes, image = prepared.identities, prepared.image.spec.image
    return ImageStatus(
        url=f"{state.base_url}{hashes.build_hash}/{image.file_name}",
        checksum=hashes.build_hash,
        checksum_type="sha256",
        format=image.type,
        size=0,
        digest=f"sha256:{hashes.build_hash}",
        short_digest=hashes.build_hash[:SHORT_HASH],
        verified=state.verifies_boot,
        build_hash=hashes.build_hash,
        spec_hash=hashes.spec_hash,
    )


def _reasons(state: State, prepared: Prepared, former: ImageStatus) -> Iterator[str]:
    hashes = prepared.identities
    before = state.status.areas or {}
    changed = [name for name in sorted({*before, *hashes.areas}) if before.get(name) != hashes.areas.get(name)]
    if former.spec_hash == hashes.spec_hash:
        yield _same_bytes(prepared, former)
    elif prepared.packages and prepared.packages != former.packages:
        yield "its packages have newer versions"
    elif not changed:
        yield "the image's name or type, the content of a ConfigMap, or the builder changed"
    for name in changed[:LISTED]:
        yield f"{name} {_verb(name, before, hashes.areas)} in {', '.join(_blamed(state, prepared, name))}"
    if len(changed) > LISTED:
        yield f"and {len(changed) - LISTED} more"


def _same_bytes(prepared: Prepared, former: ImageStatus) -> str:
    """The spec is the one of the published image: a request, or only where it goes and what is tested."""
    if prepared.trigger and prepared.trigger != former.trigger:
        return f"a rebuild was requested at {prepared.trigger}"
    return "its file names, output or verify changed"


def _verb(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    if name not in before:
        return "was set"
    return "changed" if name in after else "was taken out"


def _blamed(state: State, prepared: Prepared, variable: str) -> list[str]:
    """The documents that have changed and say something about the variable; where none is known, all that do."""
    former = state.status.profiles or {}
    said = prepared.node.origins_of(variable) - {DEFAULT}
    moved = {
        profile_origin(name) for name in {*former, *state.profiles} if former.get(name) != state.profiles.get(name)
    }
    likely = said & moved or said & {PARAMS} or said or moved
    return sorted(likely) or ["its profiles"]


def _cached(state: State, hashes: Identities, former: ImageStatus | None) -> str:
    rootfs = rootfs_job_name(hashes.rootfs_hash)
    made = state.rootfs_job is not None and state.rootfs_job.outcome == "succeeded"
    if former is not None and former.disk_hash == hashes.disk_hash:
        return f"Root filesystem {rootfs} and disk are in the cache"
    if made or (former is not None and former.rootfs_hash == hashes.rootfs_hash):
        return f"Root filesystem {rootfs} is in the cache, the disk is made"
    if state.rootfs_job is not None and state.rootfs_job.outcome == "active":
        return f"Root filesystem {rootfs} is being made"
    return f"Root filesystem {rootfs} is made from packages, unless another image has made it"
