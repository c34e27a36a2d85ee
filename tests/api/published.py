"""An image whose artifact is published, as its operator would have left it."""

from collections.abc import Callable
from typing import Any

from airship_images.api.status import AirshipImageStatus, ImageStatus
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Kube
from tests.api.kubelet import Kubelet
from tests.bmh.builders import ROLE

JobOf = Callable[[str], str]


def publish(kube: Kube, artifact: ImageStatus, **rollout: Any) -> None:
    """It selects the hosts of the tests, and says so in its status."""
    kube.apply(an_image(rollout={"selector": {"matchLabels": ROLE}, **rollout}))
    status = AirshipImageStatus(image=artifact)
    kube.patch_status("AirshipImage", "worker", status.model_dump(by_alias=True, exclude_none=True))


def build(kube: Kube, kubelet: Kubelet, job_of: JobOf, **rollout: object) -> str:
    """An image with a rollout, built and published; its digest."""
    kube.apply(a_profile(), an_image(rollout={"selector": {"matchLabels": ROLE}, **rollout}))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    return kubelet.finishes_image(job_of("worker-"))


def rolled_out(kube: Kube) -> tuple[str, str] | None:
    """Status and reason of that condition."""
    return condition(kube.get("AirshipImage", "worker"), "RolledOut")
