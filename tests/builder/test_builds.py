"""Builds that are repeated, changed, damaged or wrong: what is done again, and what is said."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.builder.request_files import PACKAGES, WITHOUT_CLOUD_INIT, write_request
from tests.builder.tiny import write_tiny_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(1800)

WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")
PHRASE = "correct-horse-battery-staple"
TELL = 'echo "the reason is $(cat /etc/phrase)" | tee /dev/ttyS0; exit 1'
FAILING = "[Service]\nType=oneshot\nExecStart=/bin/sh -c '{command}'\n[Install]\nWantedBy=multi-user.target\n"


def a_build(bench: Workbench, marker: str, **others: Any) -> str:
    """Build an image with the file /etc/marker; gives its build hash."""
    build_hash = write_request(bench.request, {"files": [{"name": "/etc/marker", "file_content": marker}]}, **others)
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return build_hash


def test_the_same_build_again_ends_at_once_with_the_same_result(bench: Workbench) -> None:
    a_build(bench, "one")
    first = bench.ended
    again = bench.build()
    assert again.returncode == 0
    assert "already published" in again.stderr
    assert bench.ended == first
    assert "@airship" not in again.stdout


def test_a_change_of_configuration_installs_nothing_and_makes_another_artifact(bench: Workbench) -> None:
    first = bench.report(a_build(bench, "one"))
    second = bench.report(a_build(bench, "two"))
    assert second.result.digest != first.result.digest
    assert {"rootfs", "disk"} <= set(second.cache_hits)


def test_the_same_inputs_give_the_same_bytes_and_what_is_published_stays(bench: Workbench) -> None:
    first = bench.report(a_build(bench, "one"))
    before = (bench.output / first.result.path).stat()
    second = bench.report(a_build(bench, "one", trigger="again"))
    assert second.build_hash != first.build_hash
    assert second.result == first.result
    assert (bench.output / first.result.path).stat().st_mtime_ns == before.st_mtime_ns


def test_the_same_inputs_and_lock_give_the_same_bytes_in_every_file_beside_the_image(
    bench: Workbench, benches: Callable[[str], Workbench]
) -> None:
    """In another place, at another time, from the same root filesystem."""
    other = benches("again")
    build_hash = a_build(bench, "one")
    assert a_build(other, "one") == build_hash
    folders = [(one.output / one.report(build_hash).result.path).parent for one in (bench, other)]
    mine, theirs = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert sorted(mine) == [
        "output-metadata.yaml",
        "small.qcow2",
        "small.qcow2.cdx.json",
        "small.qcow2.provenance.json",
        "small.qcow2.sha256",
    ]
    assert [name for name in mine if mine[name] != theirs[name]] == []


def test_a_damaged_disk_in_the_cache_is_noticed_and_made_again(bench: Workbench) -> None:
    first = bench.report(a_build(bench, "one", capacity="2100M"))
    key = yaml.safe_load((bench.request / "build.yaml").read_text())["diskHash"]
    with (bench.cache / f"qcow2/{key}/disk.qcow2").open("r+b") as file:
        file.seek(64 << 20)
        file.write(b"not what was stored")
    second = bench.report(a_build(bench, "one", capacity="2100M", trigger="again"))
    assert "disk" not in second.cache_hits
    assert second.result == first.result


def test_the_phases_say_whether_the_cache_had_what_they_are_there_for(bench: Workbench) -> None:
    bench = Workbench(bench.root, bench.place, bench.place / "a-cache-of-its-own")
    write_tiny_request(bench, "here")
    said = []
    for phases in (("commit", "disk"), ("disk",), ("fetch",)):
        done = bench.build(*phases)
        assert done.returncode == 0, done.stderr[-3000:]
        said.append((bench.ended["entry"], bench.ended["hit"]))
    assert said == [("disk", False), ("disk", True), ("rootfs", True)]


def test_a_package_that_does_not_exist_is_named_and_not_retried(bench: Workbench) -> None:
    write_request(bench.request, packages=[*PACKAGES, "no-such-package"])
    done = bench.build("fetch")
    assert done.returncode == 2
    assert bench.ended["outcome"] == "failed"
    assert bench.ended["phase"] == "fetch"
    assert not bench.ended["retryable"]
    assert "found no-such-package, expected a package of bookworm" in bench.ended["message"]


def test_a_mirror_that_does_not_answer_is_retried(bench: Workbench) -> None:
    write_request(bench.request, packages=["dbus", "zstd"])
    done = bench.build("fetch", options=("--mirror", "http://127.0.0.1:9/debian"))
    assert done.returncode == 3
    assert (bench.ended["reason"], bench.ended["retryable"]) == ("MirrorFailed", True)


def test_a_value_that_a_role_refuses_is_reported_with_its_task(bench: Workbench) -> None:
    a_build(bench, "one")
    write_request(bench.request, {"sysctl": [{"name": "vm.swappiness", "value": "1\nkernel.panic = 1"}]})
    done = bench.build("disk", "configure")
    assert done.returncode == 2
    assert bench.ended["reason"] == "ConfigureFailed"
    assert "sysctl : Kernel parameters" in bench.ended["message"]
    assert "on one line" in bench.ended["message"]


def test_a_disk_that_is_too_small_is_the_input_s_fault(bench: Workbench) -> None:
    write_request(bench.request, capacity="300M")
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 2
    assert bench.ended["reason"] == "DiskFull"
    assert "qcow_capacity" in bench.ended["message"]


def test_an_image_whose_unit_fails_is_not_published_and_the_unit_is_named(bench: Workbench) -> None:
    """Its last words may be a Secret's: they are hidden wherever they are kept. A unit that may fail is not named."""
    (bench.secrets / "site").mkdir()
    (bench.secrets / "site/phrase").write_text(PHRASE)
    phrase = {"name": "/etc/phrase", "content_from": {"secretName": "site", "key": "phrase"}}
    units = [
        {"name": "a-broken.service", "enabled": True, "file_content": FAILING.format(command="exit 1")},
        {"name": "broken.service", "enabled": True, "file_content": FAILING.format(command=TELL)},
    ]
    write_request(
        bench.request,
        {"files": [phrase, WITHOUT_CLOUD_INIT], "systemd": units},
        verify=("bios",),
        allowed=["a-broken.service"],
    )
    done = bench.build()
    assert done.returncode == 3
    assert (bench.ended["phase"], bench.ended["reason"]) == ("boot", "BootFailed")
    assert "unit broken.service failed: " in bench.ended["message"]
    assert "the reason is [redacted]" in bench.ended["message"]
    assert re.search(r"console: .*the reason is \[redacted\]", done.stderr), "beside what the kernel says"
    assert "the reason is [redacted]" in (bench.scratch / "console-bios.log").read_text()
    for text in (str(bench.ended), done.stdout, done.stderr, (bench.scratch / "console-bios.log").read_text()):
        assert PHRASE not in text
    assert bench.stored == []
