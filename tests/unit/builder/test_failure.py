"""Every failure ends as an exit code and a small JSON that a person can act on."""

import errno
import json
from pathlib import Path

from airship_builder.failure import classify, short
from airship_builder.main import main
from airship_images.api.build import TERMINATION_LIMIT, BuildFailure
from airship_images.api.reasons import Reason

REQUEST = "{rootfsHash: '%s', distribution: debian, suite: %s, architecture: amd64}"


def run(folder: Path, rootfs: str, variables: str) -> tuple[int, BuildFailure]:
    (folder / "rootfs.yaml").write_text(rootfs)
    (folder / "rootfs-vars.yaml").write_text(variables)
    log = folder / "termination-log"
    places = [word for name in ("cache", "output", "scratch") for word in (f"--{name}", str(folder / name))]
    code = main(["fetch", "--request", str(folder / "rootfs.yaml"), *places, "--termination-log", str(log)])
    assert len(log.read_bytes()) < TERMINATION_LIMIT
    return code, BuildFailure.model_validate(json.loads(log.read_text()))


def test_a_wrong_input_is_not_retried_and_says_what_would_be_right(tmp_path: Path) -> None:
    code, failure = run(tmp_path, REQUEST % ("a" * 64, "sarge"), "packages: []\n")
    assert code == 2
    assert (failure.phase, failure.reason, failure.retryable) == ("fetch", "NotYetSupported", False)
    assert "found debian sarge, expected one of debian bookworm" in failure.message


def test_a_long_message_with_control_characters_fits(tmp_path: Path) -> None:
    hostile = '\x1b"\\é☃' * 2000
    code, failure = run(tmp_path, REQUEST % ("a" * 64, "bookworm"), json.dumps({"packages": [hostile]}))
    assert code == 2
    assert failure.message.startswith("rootfs-vars.yaml: packages.0: found")


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    message = f"dpkg ended with code 1: {'é' * 500}; the last line says why"
    shortened = short(message)
    assert shortened.startswith("dpkg ended with code 1")
    assert shortened.endswith("the last line says why")
    assert len(shortened.encode()) <= TERMINATION_LIMIT * 2 // 5
    assert short("all of it") == "all of it"


def test_a_full_disk_is_the_outside_world_s_fault() -> None:
    error = classify(OSError(errno.ENOSPC, "No space left on device", "/cache/disk/x"), {})
    assert (error.reason, error.exit_code) == (Reason.DISK_FULL, 3)
    assert "No space left on device: '/cache/disk/x'" in error.message


def test_what_nobody_expected_is_a_bug() -> None:
    error = classify(KeyError("x"), {})
    assert (error.reason, error.exit_code) == (Reason.BUG, 1)
