"""Is a wrong document refused, or Stalled with its path and reason, and nothing built for it?"""

from collections.abc import Callable

import pytest

from hack.cluster.cluster import kubectl
from hack.cluster.commands import MINUTE
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import until
from hack.demo import progress
from tests.cluster.kube import IN_NAMESPACE, Json, an_image, apply, names

pytestmark = pytest.mark.timeout(5400)


def stalled(name: str) -> Json:
    """Its condition Stalled, once it is."""
    until(
        lambda: progress.holds(progress.get(name), "Stalled"),
        f"{name} to be Stalled",
        2 * MINUTE,
        lambda: progress.describe(progress.get(name)),
    )
    return progress.condition(progress.get(name), "Stalled")


def test_a_missing_profile_stalls_the_image_with_its_path_until_it_is_there(installed: None) -> None:
    apply(an_image("lonely", profile="nowhere"))
    condition = stalled("lonely")
    assert condition["reason"] == "ProfileNotFound"
    assert "nowhere" in condition["message"] and "spec.profiles" in condition["message"]
    assert not {name for name in names("jobs") if name.startswith("lonely")}
    kubectl("delete", "airshipimage", "lonely", IN_NAMESPACE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda image: image["spec"]["image"].update(outputFileName="../../x"), "spec.image.outputFileName"),
        (lambda image: image["spec"].update(profile="base"), "spec.profile"),
        (lambda image: image["spec"]["image"].update(type="floppy"), "spec.image.type"),
        (lambda image: image["spec"].update(profiles=[]), "spec.profiles"),
    ],
    ids=["a file name that leaves its folder", "an unknown field", "an unknown format", "no profile"],
)
def test_the_api_server_refuses(installed: None, change: Callable[[Json], None], said: str) -> None:
    image = an_image("wrong")
    change(image)
    with pytest.raises(ClusterError) as error:
        apply(image)
    assert said in str(error.value)
