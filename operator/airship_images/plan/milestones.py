"""Has something happened, or is a build only a little further?"""

from airship_images.api.status import AirshipImageStatus


def is_mere_progress(before: AirshipImageStatus, after: AirshipImageStatus) -> bool:
    """Do the two differ in nothing but how far the build is, and in words?"""
    return _milestones(before) == _milestones(after)


def _milestones(status: AirshipImageStatus) -> AirshipImageStatus:
    build = status.build
    if build is not None:
        build = build.model_copy(update={"phase": "", "percent": 0, "message": "", "queue_position": None})
    conditions = [each.model_copy(update={"message": ""}) for each in status.conditions]
    return status.model_copy(update={"build": build, "conditions": conditions})
