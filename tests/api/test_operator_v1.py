"""An upstream builder's Job, against a real API server."""

from collections.abc import Callable

from tests.api.documents import a_profile, an_image, condition, phase_of_build
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import BUILDER, OperatorProcess

UPSTREAM = "airship-images/upstream:test"
V1 = {"engine": "airship-v1", "image": UPSTREAM}


def test_an_upstream_builder_builds_in_one_job_and_its_image_becomes_ready(
    kube: Kube, kubelet: Kubelet, an_operator: Callable[..., OperatorProcess], job_of: Callable[[str], str]
) -> None:
    allowed = {"image": BUILDER, "allowedImages": [UPSTREAM], "airshipV1": True}
    with an_operator(builder=allowed):
        kube.apply(a_profile(software={}, kernel={}), an_image(builder=V1))
        job = job_of("worker-")
        kubelet.runs(job, "airship-v1")
        eventually(lambda: phase_of_build(kube.get("AirshipImage", "worker")) == "airship-v1", "its phase")
        kubelet.finishes_image(job)
        eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready"), "Ready")
    assert kube.names("Job") == {job}
    (init,) = (
        each
        for each in kube.get("Job", job)["spec"]["template"]["spec"]["initContainers"]
        if each["name"] == "airship-v1"
    )
    assert (init["image"], init["securityContext"]) == (UPSTREAM, {"privileged": True})


def test_without_leave_of_the_settings_nothing_is_started(
    kube: Kube, an_operator: Callable[..., OperatorProcess]
) -> None:
    with an_operator(builder={"image": BUILDER, "allowedImages": [UPSTREAM]}):
        kube.apply(a_profile(software={}, kernel={}), an_image(builder=V1))
        eventually(
            lambda: condition(kube.get("AirshipImage", "worker"), "InputsReady") == ("False", "EngineNotAllowed"),
            "the refusal",
        )
    assert kube.names("Job") == set()
