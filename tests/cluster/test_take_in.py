"""Does a site's own builder make an image on a real node, and does its artifact leave the store after the next one?"""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hack.cluster import buildah, dockerfile, images, storage
from hack.cluster.commands import MINUTE
from hack.cluster.waiting import until
from hack.demo import progress, release, served
from hack.demo.progress import Published
from tests.cluster.kube import Json, an_image, apply, items
from tests.cluster.test_served import ask

pytestmark = pytest.mark.timeout(5400)

UPSTREAM = "localhost/airship-images/upstream:test"
SOURCE = Path(__file__).with_name("upstream")
NAME = "site"


@pytest.fixture(scope="module")
def builder(installed: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its image is on the node, and the settings let it build."""
    context = tmp_path_factory.mktemp("upstream")
    shutil.copy(images.BUSYBOX, context / "busybox")
    shutil.copy(SOURCE / "build.sh", context)
    text = (SOURCE / "Dockerfile").read_text() + (SOURCE / "build.sh").read_text()
    buildah.build(UPSTREAM, SOURCE / "Dockerfile", context, dockerfile.text_digest(text))
    images.load(UPSTREAM)
    release.install("--set=builder.airshipV1=true", f"--set=builder.allowedImages={{{UPSTREAM}}}")


def published(host_name: str) -> Published:
    """The artifact of the image with this user data, once it is Ready."""
    image = an_image(NAME, profile=NAME)
    image["spec"] |= {
        "image": {"type": "iso", "outputFileName": "site.iso"},
        "builder": {"engine": "airship-v1", "image": UPSTREAM},
        "params": {"cloudInit": {"user_data": user_data(host_name), "network_config": '{"links": []}'}},
        "verify": {"boot": False},
        "retention": {"keep": 1, "grace": "1s"},
    }
    profile = {**image, "kind": "NodeProfile", "spec": {"system": {"banners": {"motd": "made by the site's builder"}}}}
    apply(profile)
    apply(image)
    return progress.follow(NAME, timeout=15 * MINUTE)


def user_data(host_name: str) -> str:
    return f"#cloud-config\nhostname: {host_name}\n"


def pods_of(job: str) -> list[Json]:
    return [pod for pod in items("pods") if pod["metadata"]["labels"].get("job-name", "").startswith(job)]


@pytest.fixture(scope="module")
def artifacts(builder: None) -> tuple[Published, Published]:
    """Of a build, and of the one that took its place."""
    return published("first"), published("second")


def test_what_the_builder_made_is_published_and_served(artifacts: tuple[Published, Published]) -> None:
    latest = artifacts[1]
    served.verify(latest)
    assert ask(urlsplit(latest.url).path).start.decode() == user_data("second")


def test_its_container_has_no_right_on_the_node_and_sees_nothing_of_ours(
    artifacts: tuple[Published, Published],
) -> None:
    for pod in pods_of(f"{NAME}-"):
        spec = pod["spec"]
        containers = {each["name"]: each for each in (*spec["initContainers"], *spec["containers"])}
        assert list(containers) == ["hand-over", "airship-v1", "take-in", "publish"]
        assert not any(each["securityContext"].get("privileged") for each in containers.values())
        assert [mount["mountPath"] for mount in containers["airship-v1"]["volumeMounts"]] == ["/config"]
        assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


def test_the_artifact_that_was_replaced_is_removed_by_a_job_and_the_other_one_stays(
    artifacts: tuple[Published, Published],
) -> None:
    former, latest = artifacts
    store = storage.FOLDER / storage.CLAIMS[0]

    def history() -> list[str]:
        return [each["digest"].removeprefix("sha256:") for each in progress.get(NAME)["status"]["history"]]

    until(
        lambda: history() == [latest.checksum],
        "the removal of the former artifact",
        10 * MINUTE,
        lambda: progress.describe(progress.get(NAME)),
    )
    assert not (store / former.checksum).exists()
    assert ask(urlsplit(former.url).path, "HEAD").status == 404
    served.verify(latest)
