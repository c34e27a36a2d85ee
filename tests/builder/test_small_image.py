"""What is asked for is in the image: looked up in its files, and asked of the booted system with both firmwares."""

import hashlib
import re
from collections.abc import Callable

import pytest
import yaml

from tests.builder.booting import boot_with_questions
from tests.builder.request_files import PACKAGES, write_request
from tests.builder.workbench import Inside, Workbench, open_image

pytestmark = pytest.mark.timeout(1800)

PAYLOAD = "{{ lookup('pipe', 'id') }} $(id) `id` %n \"' {% raw %}"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnlyOfThisTest operator1@test"
CANARY = "the-content-of-a-secret-file"
UNIT = (
    "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/echo 100%%\n[Install]\nWantedBy=multi-user.target\n"
)
OSCONFIG = {
    "kernel": {
        "modules": {
            "load": [{"name": "dummy", "args": [{"name": "numdummies", "value": "3"}]}],
            "blacklist": [{"name": "floppy"}],
        }
    },
    "sysctl": [{"name": "vm.swappiness", "value": "13"}],
    "limits": [{"name": "core", "domain": "*", "type": "hard", "item": "core", "value": "0"}],
    "banners": {"login": "Authorised use only\n", "motd": f"{PAYLOAD}\n"},
    "directories": [{"name": "/opt/site", "permissions": "0750", "owner": "root", "group": "adm"}],
    "files": [
        {"name": "/etc/marker", "file_content": PAYLOAD},
        {
            "name": '/opt/site/odd "name" $(id) {{ x }} é',
            "file_content": "odd",
            "permissions": "0600",
            "owner": "operator1",
        },
        {"name": "/etc/secret", "content_from": {"secretName": "site", "key": "canary"}, "permissions": "0400"},
        {"name": "/bin/tool", "file_content": "#!/bin/sh\n", "permissions": "0755"},
    ],
    "file_permissions": [{"name": "/etc/issue", "permissions": "0640", "group": "adm"}],
    "systemd": [
        {"name": "hello.service", "file_content": UNIT, "enabled": True},
        {"name": "ssh.service.d/10-nice.conf", "file_content": "[Service]\nNice=1\n"},
        {"name": "fstrim.timer", "enabled": False},
    ],
    "user_management": [
        {
            "name": "operator1",
            "groups": ["adm"],
            "sudo": True,
            "ssh_authorized_keys_from": [{"secretName": "site", "key": "operator1"}],
        }
    ],
    "grub": {
        "GRUB_TIMEOUT": 0,
        "GRUB_CMDLINE_LINUX_DEFAULT": [
            {"name": "console", "value": "tty0"},
            {"name": "console", "value": "ttyS0"},
            {"name": "odd", "value": "a b$(id)"},
        ],
    },
}


@pytest.fixture(scope="module")
def built(benches: Callable[[str], Workbench]) -> tuple[Workbench, str]:
    """A published image with a little of everything, and its build hash."""
    bench = benches("small")
    build_hash = write_request(bench.request, OSCONFIG)
    (bench.secrets / "site").mkdir()
    (bench.secrets / "site/operator1").write_text(KEY)
    (bench.secrets / "site/canary").write_text(CANARY)
    done = bench.build()
    assert done.returncode == 0, done.stderr[-3000:]
    (bench.place / "log").write_text(done.stdout + done.stderr)
    return bench, build_hash


@pytest.fixture(scope="module")
def inside(built: tuple[Workbench, str]) -> Inside:
    bench, build_hash = built
    return open_image(bench, bench.image(build_hash))


def test_the_result_is_the_artifact_under_its_digest(built: tuple[Workbench, str]) -> None:
    bench, build_hash = built
    result = bench.report(build_hash).result
    artifact = bench.output / result.path
    assert hashlib.sha256(artifact.read_bytes()).hexdigest() == result.digest == artifact.parent.name
    assert artifact.with_name("small.qcow2.sha256").read_text() == f"{result.digest}  small.qcow2\n"
    assert yaml.safe_load(artifact.with_name("output-metadata.yaml").read_text())["bootImagePath"] == result.path
    assert bench.ended["digest"] == result.digest
    assert (result.size, result.virtual_size) == (artifact.stat().st_size, 2 << 30)


def test_the_report_says_what_it_was_made_of(built: tuple[Workbench, str]) -> None:
    bench, build_hash = built
    report = bench.report(build_hash)
    assert report.package_count > len(PACKAGES)
    assert {lock.suite for lock in report.lock} == {"bookworm", "bookworm-updates", "bookworm-security"}
    assert report.contains_secrets
    assert set(report.seconds) == {"fetch", "rootfs", "commit", "disk", "configure", "boot", "publish"}


def test_a_value_that_looks_like_code_is_in_the_image_as_it_was_written(inside: Inside) -> None:
    assert inside.text("/etc/marker") == PAYLOAD
    assert inside.text("/etc/motd") == f"{PAYLOAD}\n"
    assert inside.stat('/opt/site/odd ""name"" $(id) {{ x }} é') == "regular 0600 1000 0"
    assert "'odd=a b$(id)'" in inside.text("/boot/grub/grub.cfg")


def test_files_and_directories_have_their_modes_and_owners(inside: Inside) -> None:
    assert inside.stat("/opt/site") == "directory 0750 0 4"
    assert inside.stat("/etc/issue") == "regular 0640 0 4"
    assert inside.stat("/usr/bin/tool") == "regular 0755 0 0"
    assert inside.stat("/home/operator1") == "directory 0700 1000 1000"
    assert inside.text("/etc/security/limits.d/99-core.conf") == "* hard core 0\n"
    assert "blacklist floppy\n" in inside.text("/etc/modprobe.d/99-airship-images-blacklist.conf")


def test_units_are_enabled_disabled_and_extended(inside: Inside) -> None:
    wanted = "/etc/systemd/system/multi-user.target.wants/hello.service"
    assert inside.link(wanted) == "/etc/systemd/system/hello.service"
    assert inside.stat("/etc/systemd/system/timers.target.wants/fstrim.timer") == "nothing"
    assert inside.text("/etc/systemd/system/ssh.service.d/10-nice.conf") == "[Service]\nNice=1\n"


def test_a_secret_is_at_the_path_that_asked_for_it_and_in_no_log_or_report(
    built: tuple[Workbench, str], inside: Inside
) -> None:
    bench, _ = built
    assert inside.text("/etc/secret") == CANARY
    assert inside.stat("/etc/secret") == "regular 0400 0 0"
    published = [path.read_text() for path in bench.output.rglob("*") if path.suffix in (".json", ".yaml", ".log")]
    for text in [(bench.place / "log").read_text(), str(bench.ended), *published]:
        assert CANARY not in text
        assert KEY not in text


def test_nothing_of_one_host_or_of_the_installation_is_left(inside: Inside) -> None:
    assert inside.text("/etc/machine-id") == ""
    assert not re.search(r"ssh_host_", inside.debugfs("ls -p /etc/ssh"))
    assert inside.stat("/var/lib/systemd/random-seed") == "nothing"
    assert "Packages" not in inside.debugfs("ls -p /var/lib/apt/lists")
    assert inside.stat("/etc/apt/apt.conf.d/99mmdebstrap") == "nothing"
    assert re.search(r"(?m)^root:!", inside.text("/etc/shadow"))


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_the_booted_system_is_what_was_asked_for(built: tuple[Workbench, str], firmware: str) -> None:
    bench, build_hash = built
    facts = boot_with_questions(bench, bench.image(build_hash), firmware)
    installed = {line.split()[1] for line in facts["packages"].splitlines() if line.startswith("ii")}
    assert set(PACKAGES) <= installed
    assert facts["swappiness"] == "13\n"
    assert {"dummy0", "dummy1", "dummy2"} <= set(facts["dummies"].split())
    assert facts["marker"] == PAYLOAD
    assert "adm" in facts["user"]
    assert "operator1 L" in facts["user"]
    assert "root L" in facts["user"]
    assert facts["keys"] == f"600 operator1\n{KEY}\n"
    assert facts["sudo"] == "0\n"
    assert facts["unit"] == "enabled\nactive\n"
    assert "NodeProfile" in facts["meta"]
    assert "AirshipImage" in facts["meta"]
    assert re.match(r"[0-9a-f]{32}\n", facts["machine"])
    assert "ssh_host_ed25519_key" in facts["machine"]
    assert "ConfigDrive" in facts["datasource"]
    assert '"odd=a b$(id)"' in facts["cmdline"]
    assert "/boot/efi vfat" in re.sub(r" +", " ", facts["mounts"])
    assert int(facts["mounts"].split()[-1]) > 2048, "the root file system did not grow with its disk"
    assert facts["failed"] == ""
