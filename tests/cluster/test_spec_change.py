"""Does an edited profile become a new image, a new URL, a new line of the catalogue, and at last the image of a host?

After the tests of the first build, whose host, cache and store it goes on with.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from hack.cluster.cluster import kubectl, whole
from hack.cluster.commands import MINUTE
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import until
from hack.demo import hosts, progress, served
from hack.demo.demo import IMAGE
from hack.demo.progress import Json, Published
from hack.demo.release import NAMESPACE
from hack.demo.trouble import report
from tests.cluster.kube import IN_NAMESPACE, names
from tests.cluster.story import Story, hosts_by_name

pytestmark = pytest.mark.timeout(5400)

HOST = "demo-available"
GREETING = {"spec": {"system": {"banners": {"motd": "Edited while it ran."}}}}
REPLACE = {"verify": {"boot": False}, "rollout": {"strategy": "Replace"}}
"""The boot test has its own tests, and takes minutes."""


@dataclass(frozen=True)
class Change:
    """What was seen on the way."""

    artifact: Published
    new_jobs: set[str]
    catalogued: Json
    before_consent: Json
    host: Json


@pytest.fixture(scope="module")
def change(story: Story) -> Change:
    """The profile is edited, and its host's owner agrees."""
    try:
        with hosts.simulated(whole().kubeconfig):
            return live_through(story)
    except ClusterError as error:
        pytest.fail(f"{error}\n{report(IMAGE)}")


def live_through(story: Story) -> Change:
    jobs = names("jobs")
    edit_both()
    eventually(lambda: url() not in ("", story.artifact.url) and rollout_waits(), "a newer image that waits", 15)
    image = progress.get(IMAGE)["status"]["image"]
    eventually(lambda: catalogue()["url"] == image["url"], "its line in the catalogue", 3)
    before = hosts_by_name()[HOST]
    airship_images("approve", f"{NAMESPACE}/{IMAGE}", HOST, "--yes")
    eventually(lambda: runs(image["url"]), "the host that runs it", 10)
    artifact = Published(image["url"], image["checksum"], image["size"])
    started = {name for name in names("jobs") - jobs if name.rpartition("-")[0] in {"rootfs", IMAGE}}
    return Change(artifact, started, catalogue(), before, hosts_by_name()[HOST])


def edit_both() -> None:
    """The profile and the image, as one change: suspended in between, so that no build is of the half of it."""
    patch("airshipimage", IMAGE, {"spec": {**REPLACE, "suspend": True}})
    eventually(is_seen, "the suspended image to be seen", 3)
    former = progress.get(IMAGE)["status"]["buildHash"]
    patch("nodeprofile", "worker", GREETING)
    eventually(lambda: progress.get(IMAGE)["status"]["buildHash"] != former, "the edited profile to be seen", 3)
    patch("airshipimage", IMAGE, {"spec": {"suspend": None}})


def patch(kind: str, name: str, change: Json) -> None:
    kubectl("patch", kind, name, IN_NAMESPACE, "--type=merge", f"--patch={json.dumps(change)}")


def eventually(question: Callable[[], bool], what: str, minutes: float) -> None:
    until(question, what, minutes * MINUTE, lambda: report(IMAGE))


def is_seen() -> bool:
    image = progress.get(IMAGE)
    return bool(image["status"]["observedGeneration"] == image["metadata"]["generation"])


def url() -> str:
    """Of the artifact of the present spec; empty until it is Ready."""
    image = progress.get(IMAGE)
    return str(image["status"]["image"]["url"]) if progress.holds(image, "Ready") else ""


def rollout_waits() -> bool:
    """For the owner of the host."""
    return bool(progress.condition(progress.get(IMAGE), "RolledOut").get("reason") == "AwaitingApproval")


def runs(wanted: str) -> bool:
    provisioning = hosts_by_name()[HOST]["status"]["provisioning"]
    return bool(provisioning["state"] == "provisioned" and provisioning.get("image", {}).get("url") == wanted)


def catalogue() -> Json:
    """What it says of the image."""
    found: Json = yaml.safe_load(airship_images("catalogue", "--namespace", NAMESPACE))
    line: Json = found["spec"]["files"]["images"][IMAGE]
    return line


def airship_images(*arguments: str) -> str:
    """The output of the command line, as a user of the cluster."""
    program = str(Path(sys.executable).with_name("airship-images"))
    command = (program, *arguments, "--kubeconfig", str(whole().kubeconfig))
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode != 0:
        raise ClusterError(f"airship-images {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def test_an_edited_profile_is_one_new_build_and_its_root_filesystem_is_the_same(change: Change) -> None:
    (job,) = change.new_jobs
    assert job.rpartition("-")[0] == IMAGE


def test_the_new_image_has_a_url_of_its_own_and_both_are_served(story: Story, change: Change) -> None:
    assert change.artifact.checksum != story.artifact.checksum
    assert change.artifact.url == story.artifact.url.replace(story.artifact.checksum, change.artifact.checksum)
    served.verify(change.artifact)
    served.verify(story.artifact)


def test_the_history_has_both_the_newest_first(story: Story, change: Change) -> None:
    history = progress.get(IMAGE)["status"]["history"]
    assert [each["url"] for each in history[:2]] == [change.artifact.url, story.artifact.url]


def test_the_catalogue_names_the_new_one(change: Change) -> None:
    assert change.catalogued == {
        "url": change.artifact.url,
        "checksum": change.artifact.checksum,
        "checksumType": "sha256",
        "format": "qcow2",
    }


def test_the_host_kept_its_image_until_its_owner_agreed_and_then_got_the_new_one(story: Story, change: Change) -> None:
    assert change.before_consent["spec"]["image"]["url"] == story.artifact.url
    assert change.host["spec"]["image"] == change.catalogued
    assert change.host["status"]["provisioning"]["image"]["checksum"] == change.artifact.checksum


@pytest.mark.parametrize("name", ["demo-provisioned", "demo-owned"])
def test_no_other_host_was_touched(story: Story, change: Change, name: str) -> None:
    assert hosts_by_name()[name]["spec"] == story.hosts_before[name]["spec"]
