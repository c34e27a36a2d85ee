"""What can there be, and what can happen to it: the strategies of the rollout's state machine."""

import functools
from typing import Final

from hypothesis import strategies as st

from airship_images.api.airshipimage import Window
from airship_images.api.annotations import APPROVED_IMAGE, IMAGE_HEALTHY
from airship_images.plan.hosts import DETACHED, PAUSED
from airship_images.plan.memory import MEMORY
from tests.bmh.builders import a_host, an_artifact, image_block, runs
from tests.bmh.world import Fault

ARTIFACTS: Final = st.integers(1, 4)
NAMES: Final = st.sampled_from([f"h{number}" for number in range(6)])
OTHER: Final = image_block(an_artifact(99), url="http://elsewhere.example/os.qcow2")
FIRST_HOSTS: Final = st.sampled_from(
    [
        a_host,
        a_host,
        *(functools.partial(runs, an_artifact(number)) for number in range(1, 5)),
        lambda name: a_host(name, "registering"),
        lambda name: a_host(name, "provisioned", image=OTHER, status_image=OTHER),
        lambda name: a_host(name, spec={"online": False}),
        lambda name: a_host(name, spec={"consumerRef": {"kind": "Metal3Machine", "name": "m"}}),
        lambda name: a_host(name, spec={"automatedCleaningMode": "disabled"}),
    ]
)

OTHER_IMAGES: Final = st.sampled_from([None, OTHER, {"url": "oci://elsewhere.example/os", "checksum": None}])
IMAGES: Final = OTHER_IMAGES | ARTIFACTS.map(lambda number: image_block(an_artifact(number)))
IMAGE_KEYS: Final = st.sampled_from(
    [{"checksum": "0" * 64}, {"checksum": None}, {"format": "raw"}, {"url": OTHER["url"]}]
)
SPEC_EDITS: Final = st.sampled_from(
    [
        {"online": False},
        {"online": True},
        {"consumerRef": {"kind": "Metal3Machine", "name": "m"}},
        {"consumerRef": None},
        {"customDeploy": {"method": "x"}},
        {"customDeploy": None},
        {"automatedCleaningMode": "disabled"},
        {"automatedCleaningMode": "metadata"},
    ]
)
ANNOTATIONS: Final = st.sampled_from(
    [
        {PAUSED: ""},
        {PAUSED: None},
        {DETACHED: ""},
        {DETACHED: None},
        {MEMORY: None},
        {MEMORY: "nonsense"},
        {APPROVED_IMAGE: None},
        *({name: an_artifact(number).digest} for name in (APPROVED_IMAGE, IMAGE_HEALTHY) for number in range(1, 5)),
    ]
)
EDITS: Final = (
    IMAGES.map(lambda image: {"spec": {"image": image}})
    | SPEC_EDITS.map(lambda spec: {"spec": spec})
    | ANNOTATIONS.map(lambda annotations: {"metadata": {"annotations": annotations}})
    | st.sampled_from(["worker", "spare"]).map(lambda role: {"metadata": {"labels": {"role": role}}})
)
WINDOW: Final = Window(cron="*/2 * * * *", duration="1m")
"""Open in every even minute."""
RULES: Final = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(["Available", "Replace", "Replace", "Replace", "Manual"]),
        "max_unavailable": st.sampled_from([1, 2, 3, "20%", "50%", "100%"]),
        "max_failures": st.integers(1, 3),
        "canary": st.sampled_from([None, None, 1, 2]),
        "soak": st.sampled_from([None, None, "5s", "20s"]),
        "health": st.sampled_from([None, None, None, "Annotation"]),
        "window": st.sampled_from([None, None, None, WINDOW]),
    }
)
FAULTS: Final[st.SearchStrategy[Fault]] = st.sampled_from(
    ["none", "none", "none", "refused", "unanswered", "answer lost"]
)
