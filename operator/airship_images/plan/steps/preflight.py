"""Is something known to be in the way of the Job that would build the image, or boot one that was built elsewhere?"""

from airship_images.plan.actions import StartBuild, WatchRoom
from airship_images.plan.obstacles import obstacle
from airship_images.plan.state import State
from airship_images.plan.step import Failed, Waiting


def preflight(state: State, job: StartBuild) -> Failed | Waiting | None:
    """Why the Job is not started; None when nothing is known against it."""
    found = obstacle(state, job, told_by="Verified" if job.kind == "source" else "Built")
    if found is None:
        return None
    if found.passes:
        return Waiting(found.reason, found.message, (WatchRoom(found.room),))
    return Failed(found.reason, found.message, actions=(WatchRoom(found.room),))
