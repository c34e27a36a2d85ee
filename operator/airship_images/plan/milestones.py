"""Has something happened, or is a build only a little further?"""

from airship_images.api.status import AirshipImageStatus, BuildStatus, ImageStatus


def is_mere_progress(before: AirshipImageStatus, after: AirshipImageStatus) -> bool:
    """Do the two differ in nothing but how far the build is, and in words?"""
    return before.build_hash == after.build_hash and _milestones(before) == _milestones(after)


def newly_published(before: AirshipImageStatus, after: AirshipImageStatus) -> ImageStatus | None:
    """The artifact of a build that was not published before."""
    image, former = after.image, before.image
    return image if image is not None and (former is None or former.build_hash != image.build_hash) else None


def newly_failed(before: AirshipImageStatus, after: AirshipImageStatus) -> BuildStatus | None:
    """The try that has failed, if status did not tell of it before."""
    build, former = after.build, before.build
    if build is None or build.reason is None:
        return None
    is_told = former is not None and before.build_hash == after.build_hash
    same = is_told and former is not None and (former.attempt, former.reason) == (build.attempt, build.reason)
    return None if same else build


def _milestones(status: AirshipImageStatus) -> AirshipImageStatus:
    build = status.build
    if build is not None:
        build = build.model_copy(update={"phase": "", "percent": 0, "message": "", "queue_position": None})
    conditions = [each.model_copy(update={"message": ""}) for each in status.conditions]
    return status.model_copy(update={"build": build, "conditions": conditions})
