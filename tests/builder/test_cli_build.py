"""Does `airship-images build` make an image on this machine that `airship-images boot` brings up?"""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.cluster.waiting import until
from tests.builder.bootsector import boot_sector
from tests.builder.certificates import make_certificate

CLI = str(Path(sys.executable).with_name("airship-images"))
CACHE = Path(os.environ.get("AIRSHIP_IMAGES_CACHE", "~/.cache/airship-images")).expanduser()
A_SECRET = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnlyOfThisTest ops@example"

ENDLESS = {
    "name": "endless.service",
    "enabled": True,
    "file_content": "[Service]\nType=oneshot\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
}

pytestmark = pytest.mark.timeout(1800)


def documents(marker: str, units: Sequence[Mapping[str, Any]] = (), **more: Any) -> bytes:
    """A small site whose image holds `marker` and `units`, verified as `more` says, with its Secret."""
    profile = {
        "software": {"packages": ["systemd-sysv", "udev", "kmod", "procps", "dbus", "openssh-server"]},
        "kernel": {"kernel_base_pkg": "linux-image-cloud-amd64", "sysctl": [{"name": "vm.swappiness", "value": "10"}]},
        "system": {
            "files": [{"name": "/etc/marker", "file_content": marker}],
            "systemd": [*units],
            "user_management": [{"name": "ops", "ssh_authorized_keys_from": [{"secretName": "keys", "key": "ops"}]}],
        },
    }
    image = {"profiles": [{"name": "small"}], "image": {"type": "qcow2", "outputFileName": "small.qcow2"}}
    verify = {"verify": {"boot": True, "firmware": ["bios"], **more}}
    ours = {"apiVersion": "airshipit.org/v1alpha1"}
    return yaml.safe_dump_all(
        [
            {**ours, "kind": "NodeProfile", "metadata": {"name": "small"}, "spec": profile},
            {**ours, "kind": "AirshipImage", "metadata": {"name": "small"}, "spec": {**image, **verify}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"ops": A_SECRET}},
        ]
    ).encode()


def build(
    output: Path, *options: str, units: Sequence[Mapping[str, Any]] = (), **verify: Any
) -> subprocess.CompletedProcess[str]:
    command = [CLI, "build", "-", "--image", "small", "--output", str(output), *options]
    site = documents("one", units, **verify).decode()
    return subprocess.run(command, input=site, capture_output=True, text=True, timeout=1500, check=False)


def scratches() -> set[Path]:
    """The scratch folders of builds that run now, others' too."""
    return set((CACHE / "scratch").glob("*"))


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("output")


@pytest.fixture(scope="module")
def built(output: Path) -> subprocess.CompletedProcess[str]:
    """The first build into `output`."""
    return build(output)


def test_the_image_is_under_its_own_checksum_and_is_named_on_standard_output(
    built: subprocess.CompletedProcess[str], output: Path
) -> None:
    assert built.returncode == 0, built.stderr
    file = Path(built.stdout.splitlines()[0])
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert file == output / digest / "small.qcow2"
    assert (file.parent / "small.qcow2.sha256").read_text().split() == [digest, "small.qcow2"]


def test_progress_is_plain_lines_on_standard_error(built: subprocess.CompletedProcess[str]) -> None:
    assert "publish 100%" in built.stderr
    assert "\x1b" not in built.stdout + built.stderr


def test_no_secret_is_shown_and_nothing_private_is_left(built: subprocess.CompletedProcess[str]) -> None:
    assert A_SECRET not in built.stdout + built.stderr
    assert not [path for path in scratches() if list(path.rglob("small.qcow2"))]


def test_the_same_build_again_is_known_at_once(built: subprocess.CompletedProcess[str], output: Path) -> None:
    again = build(output, "-o", "json")
    assert "%" not in again.stderr, "a phase ran"
    told = json.loads(again.stdout)
    assert (again.returncode, told["unchanged"]) == (0, True)
    assert told["file"] == built.stdout.splitlines()[0]


def test_the_image_boots_with_secure_boot_and_shows_its_console(
    built: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    file = built.stdout.splitlines()[0]
    before = Path(file).read_bytes()
    certificate = str(make_certificate(tmp_path))
    command = [CLI, "boot", file, "--secure-boot", "--enroll", certificate, "--allow-failed", "any.service"]
    booted = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert booted.returncode == 0, booted.stderr
    assert "no unit failed" in booted.stderr
    assert "Linux version" in booted.stdout
    assert Path(file).read_bytes() == before


def test_the_console_of_a_boot_that_failed_is_kept_and_nothing_is_published(
    built: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    """Half a minute is enough to see the beginning of a boot that has no end."""
    assert built.returncode == 0, built.stderr
    failed = build(tmp_path, units=[ENDLESS], timeout="30s")
    assert failed.returncode == 3
    (console,) = (tmp_path / "by-build").iterdir()
    assert console.name.endswith("-console-bios.log")
    assert f"its console is in {console}" in failed.stderr
    assert "GRUB" in console.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"by-build", ".lock"}


def test_an_emulator_that_loses_a_timer_boots_again_with_one_processor(tmp_path: Path) -> None:
    said = "rcu: rcu_preempt kthread timer wakeup didn't happen for 5251 jiffies!\r\ndebian login: "
    (tmp_path / "speaks.raw").write_bytes(boot_sector(said))
    command = [CLI, "boot", str(tmp_path / "speaks.raw")]
    booted = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert booted.returncode == 0, booted.stderr
    assert booted.stderr.count("booting again with one processor") == 1
    assert booted.stdout.count("timer wakeup didn't happen") == 2


def test_a_disk_that_does_not_boot_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.raw").write_bytes(b"\0" * (8 << 20))
    ended = subprocess.run(
        [CLI, "boot", str(tmp_path / "empty.raw")], capture_output=True, text=True, timeout=1200, check=False
    )
    assert ended.returncode == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_build_that_is_interrupted_leaves_nothing(tmp_path: Path, number: int, code: int) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    before = scratches()
    command = [CLI, "build", "-", "--output", str(tmp_path / "output")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(documents(f"interrupted by {number}"))
        process.stdin.close()
        while not process.stderr.readline().startswith(b"configure"):
            assert process.poll() is None
        process.send_signal(number)
        rest = process.stderr.read().decode()
        assert process.wait(60) == code, rest
    assert "Traceback" not in rest
    assert list((tmp_path / "tmp").iterdir()) == []
    assert scratches() <= before
    mounts = Path("/proc/self/mounts").read_text()
    assert str(tmp_path) not in mounts
    assert str(CACHE / "tools") not in mounts
    until(lambda: not _running(tmp_path), "the end of all processes", 60, lambda: f"{_running(tmp_path)}")
    assert list((tmp_path / "output").glob("*/*.qcow2")) == []


def _running(folder: Path) -> list[str]:
    """Command lines that name `folder`: who is killed ends when it gets to run, which a busy machine puts off."""
    return [line for process in Path("/proc").glob("[0-9]*") if str(folder) in (line := _command_line(process))]


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""  # it ended while we looked
