"""Does the image that nginx serves come up, as a host would boot it?"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hack.demo import served
from tests.cluster.story import Story

pytestmark = pytest.mark.timeout(5400)

BOOT_TIMEOUT = 1800


@pytest.fixture(scope="module")
def fetched(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("fetched") / "worker.qcow2"
    with served.DIRECT.open(story.artifact.url, timeout=served.TIMEOUT) as response, file.open("wb") as sink:
        shutil.copyfileobj(response, sink)
    return file


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_the_fetched_image_reaches_its_default_target(fetched: Path, firmware: str) -> None:
    command = (str(Path(sys.executable).parent / "airship-images"), "boot", str(fetched), "--firmware", firmware)
    done = subprocess.run(command, capture_output=True, text=True, timeout=BOOT_TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
