"""Users' scripts run in the image, in order, after everything else; nothing of them stays or reaches us."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.builder.request_files import write_request
from tests.builder.workbench import Inside, Workbench, open_image

pytestmark = pytest.mark.timeout(1800)

WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")
JAIL = "/usr/local/lib/airship-images/builder/airship_builder/jail.py"


def a_script(name: str, *lines: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "timeout": "1m", "file_content": "\n".join(["#!/bin/sh", "set -e", *lines, ""]), **more}


SCRIPTS = [
    a_script("first", "cat /etc/marker > /etc/seen", "env | sort > /etc/environment-of-scripts", "umask >> /etc/seen"),
    a_script("second", "echo second >> /etc/seen", "mkdir -p /opt/site/empty", "ln -s /etc/seen /opt/site/link"),
    a_script("accounts", "useradd --create-home scripted", "chown scripted:adm /opt/site", "chmod 2750 /opt/site"),
    a_script("links", "ln /etc/seen /etc/seen-too", "rm -r /usr/share/doc/adduser", "mv /etc/issue /etc/issue.old"),
    a_script(
        "left", "echo x > /run/left", "echo x > /tmp/left", "echo x > /dev/tty0", "sleep 600 &", "setsid sleep 600 &"
    ),
    a_script(
        "rights",
        "set +e",
        "perl -e 'chroot q(/opt) or print qq($!\\n)' > /etc/rights",
        "mknod /etc/node b 8 0 2>> /etc/rights",
        "true",
    ),
]
OSCONFIG = {
    "files": [{"name": "/etc/marker", "file_content": "{{ marker }} $(id)\n"}],
    "banners": {"login": "hello\n"},
    "user_scripts": SCRIPTS,
}


@pytest.fixture(scope="module")
def built(benches: Callable[[str], Workbench]) -> tuple[Workbench, str]:
    bench = benches("scripts")
    build_hash = write_request(bench.request, OSCONFIG)
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return bench, build_hash


@pytest.fixture(scope="module")
def inside(built: tuple[Workbench, str]) -> Inside:
    bench, build_hash = built
    return open_image(bench, bench.image(build_hash))


def test_scripts_run_in_order_and_see_what_our_roles_have_made(inside: Inside) -> None:
    assert inside.text("/etc/seen") == "{{ marker }} $(id)\n0022\nsecond\n"


def test_what_a_script_makes_has_its_owners_and_modes(inside: Inside) -> None:
    assert inside.stat("/opt/site") == "directory 02750 1000 4"
    assert inside.stat("/opt/site/empty") == "directory 0755 0 0"
    assert inside.link("/opt/site/link") == "/etc/seen"
    assert "scripted:x:1000" in inside.text("/etc/passwd")
    assert inside.stat("/home/scripted/.bashrc") == "regular 0644 1000 1000"


def test_what_a_script_takes_away_or_renames_is_gone(inside: Inside) -> None:
    assert inside.stat("/usr/share/doc/adduser") == "nothing"
    assert inside.stat("/etc/issue") == "nothing"
    assert inside.text("/etc/issue.old") == "hello\n"
    assert "Links: 2" in inside.debugfs("stat /etc/seen-too")


def test_a_script_can_neither_leave_its_root_nor_make_device_nodes(inside: Inside) -> None:
    assert inside.text("/etc/rights") == "Operation not permitted\nmknod: /etc/node: Operation not permitted\n"


def test_the_environment_is_small_and_holds_nothing_of_ours(inside: Inside) -> None:
    names = {line.partition("=")[0] for line in inside.text("/etc/environment-of-scripts").splitlines()}
    assert names == {"DEBIAN_FRONTEND", "HOME", "LANG", "PATH", "PWD", "SOURCE_DATE_EPOCH", "TMPDIR"}


def test_what_belongs_to_a_running_system_is_not_in_the_image(inside: Inside) -> None:
    for path in ("/run/left", "/run/airship-images", "/tmp/left", "/dev/tty0"):
        assert inside.stat(path) == "nothing"


def test_the_same_scripts_give_the_same_bytes(built: tuple[Workbench, str]) -> None:
    bench, build_hash = built
    again = write_request(bench.request, OSCONFIG, trigger="again")
    done = bench.build("disk", "configure", "publish")
    assert done.returncode == 0, done.stderr[-3000:]
    assert bench.report(again).result == bench.report(build_hash).result


@pytest.mark.parametrize(
    ("script", "code", "reason", "words"),
    [
        (
            a_script("failing", "echo the reason", "exit 7"),
            2,
            "ScriptFailed",
            ["system.user_scripts[failing]", "exit code 7", "the reason"],
        ),
        (
            a_script("hanging", "setsid sleep 600 &", "sleep 600", timeout="2s"),
            3,
            "TimedOut",
            ["system.user_scripts[hanging]", "did not end within 2 s"],
        ),
        (a_script("pipe", "mkfifo /etc/pipe"), 2, "ScriptFailed", ["/etc/pipe", "a named pipe"]),
    ],
    ids=["failing", "hanging", "leaving a pipe"],
)
def test_a_script_that_goes_wrong_ends_the_build_with_its_name_and_reason(
    built: tuple[Workbench, str], script: dict[str, Any], code: int, reason: str, words: list[str]
) -> None:
    bench, _ = built
    write_request(bench.request, {"user_scripts": [script]})
    done = bench.build("disk", "configure")
    assert done.returncode == code, done.stderr[-3000:]
    assert (bench.ended["phase"], bench.ended["reason"]) == ("configure", reason)
    for word in words:
        assert word in bench.ended["message"]


def jailed(bench: Workbench, script: str, seconds: float = 20, root: str = "/") -> Any:
    argv = ("python3", "-I", "-S", JAIL, str(seconds), root, "/usr/bin/python3", "-c", script)
    return bench.run(*argv, timeout=60)


def test_no_process_outlives_its_program_and_none_outlives_its_time(bench: Workbench) -> None:
    started = time.monotonic()
    spawn = "import subprocess; subprocess.Popen(['setsid', 'sleep', '300']); "
    assert jailed(bench, spawn).returncode == 0
    assert jailed(bench, spawn + "import time; time.sleep(300)", seconds=1).returncode == 124
    assert time.monotonic() - started < 120


PARENT = """
import os
parent = os.getppid()
for look in (lambda: open(f"/proc/{parent}/mem", "rb"), lambda: os.readlink(f"/proc/{parent}/cwd")):
    try:
        look()
        print("seen")
    except PermissionError:
        print("refused")
"""


def test_a_program_cannot_look_into_our_processes(bench: Workbench) -> None:
    done = jailed(bench, PARENT)
    assert (done.returncode, done.stdout) == (0, "refused\nrefused\n"), done.stderr
