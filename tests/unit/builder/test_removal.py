"""Which artifacts leave the store when they are asked for, and what stays though it is asked for."""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airship_builder.main import main
from airship_builder.store import BY_BUILD, BY_SPEC, write_whole
from airship_images.api.build import REMOVED_AT_ONCE, TERMINATION_LIMIT, BuildReport, BuildResult, Removal

NOW = datetime.now(UTC)
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A store beside which there is something that is not ours."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/precious").write_text("precious")
    (tmp_path / "output").mkdir()
    return tmp_path / "output"


def publish(output: Path, content: str, *, image: str = "worker", age: timedelta = 2 * AN_HOUR) -> str:
    """As the phase publish leaves it; its digest."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    report = BuildReport(
        result=BuildResult(
            digest=digest, size=len(content), virtual_size=1, format="qcow2", path=f"{digest}/worker.qcow2"
        ),
        name=image,
        rootfs_hash=digest,
        spec_hash=hashlib.sha256(f"spec {image} {content}".encode()).hexdigest(),
        build_hash=hashlib.sha256(f"build {image} {content}".encode()).hexdigest(),
        verified=(),
        secure_boot=False,
        contains_secrets=False,
        lock=(),
        package_count=1,
        sbom_sha256=digest,
        provenance_sha256=digest,
        seconds={},
        cache_hits=(),
    )
    text = report.model_dump_json(by_alias=True)
    write_whole(output / digest / "worker.qcow2", content)
    write_whole(output / digest / "worker.qcow2.sha256", digest)
    record = output / BY_BUILD / f"{report.build_hash}.json"
    write_whole(output / BY_BUILD / f"{report.build_hash}-console-bios.log", "login:")
    write_whole(output / BY_SPEC / f"{report.spec_hash}.json", text)
    write_whole(record, text)
    then = (NOW - age).timestamp()
    os.utime(record, (then, then))
    return digest


def prune(output: Path, *digests: str, image: str = "worker", before: datetime = NOW - AN_HOUR) -> Removal:
    """Run the program of the Job; its exact last words."""
    ended = output.parent / "ended"
    options = ("--image", image, "--before", before.isoformat(), "--output", str(output))
    assert main(["prune-output", *digests, *options, "--termination-log", str(ended)]) == 0
    return Removal.model_validate_json(ended.read_text())


def files(output: Path) -> set[str]:
    return {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file() and path.name != ".lock"}


def test_an_artifact_goes_with_all_that_tells_of_it_and_the_others_stay(output: Path) -> None:
    kept = publish(output, "kept")
    before = files(output)
    gone = publish(output, "gone")
    assert prune(output, gone) == Removal(removed=(gone,), refused={})
    assert files(output) == before
    assert kept in {path.name for path in output.iterdir()}


def test_what_is_gone_already_counts_as_removed(output: Path) -> None:
    gone = publish(output, "gone")
    prune(output, gone)
    assert prune(output, gone, gone) == Removal(removed=(gone,), refused={})


def other_content(output: Path) -> str:
    digest = publish(output, "true")
    (output / digest / "worker.qcow2").write_text("false")
    return digest


def half_gone(output: Path) -> str:
    digest = publish(output, "true")
    (output / digest / "worker.qcow2").unlink()
    return digest


def a_link_to_elsewhere(output: Path) -> str:
    digest = publish(output, "true")
    (output / digest).rename(output.parent / "moved")
    (output / digest).symlink_to(output.parent / "elsewhere")
    return digest


def a_file_that_is_a_link(output: Path) -> str:
    digest = publish(output, "precious")
    (output / digest / "worker.qcow2").unlink()
    (output / digest / "worker.qcow2").symlink_to(output.parent / "elsewhere/precious")
    return digest


def a_file(output: Path) -> str:
    digest = hashlib.sha256(b"a file").hexdigest()
    (output / digest).write_text("a file")
    return digest


def of_nobody(output: Path) -> str:
    digest = hashlib.sha256(b"of nobody").hexdigest()
    write_whole(output / digest / "worker.qcow2", "of nobody")
    return digest


def a_record_that_leads_elsewhere(output: Path) -> str:
    digest = publish(output, "precious")
    for record in output.glob(f"{BY_BUILD}/*.json"):
        times = record.stat()
        report = json.loads(record.read_text())
        report["result"]["path"] = "../elsewhere/precious"
        record.write_text(json.dumps(report))
        os.utime(record, (times.st_atime, times.st_mtime))
    return digest


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (other_content, "OtherContent"),
        (half_gone, "OtherContent"),
        (a_file_that_is_a_link, "OtherContent"),
        (a_record_that_leads_elsewhere, "OtherContent"),
        (a_link_to_elsewhere, "NotAFolder"),
        (a_file, "NotAFolder"),
        (of_nobody, "Unknown"),
        (lambda output: publish(output, "true", image="another"), "OtherImage"),
        (lambda output: publish(output, "true", age=timedelta()), "PublishedAgain"),
    ],
)
def test_nothing_is_touched_of_what_is_not_what_it_should_be(
    output: Path, made: Callable[[Path], str], why: str
) -> None:
    digest = made(output)
    before = files(output)
    gone = publish(output, "gone")
    found = prune(output, digest, gone)
    assert (found.removed, found.refused) == ((gone,), {digest: why})
    assert files(output) == before
    assert (output.parent / "elsewhere/precious").read_text() == "precious"


@pytest.mark.parametrize(
    "word", ["..", "../elsewhere", "/etc", "by-build", "A" * 64, "a" * 63, f"{'a' * 64}/..", f"{'a' * 63}\n", ""]
)
def test_a_word_that_is_no_digest_removes_nothing_at_all(
    output: Path, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = publish(output, "gone")
    before = files(output)
    with pytest.raises(SystemExit) as ended:
        prune(output, gone, word)
    assert ended.value.code == 2
    assert "64 hex digits" in capsys.readouterr().err
    assert files(output) == before


def test_a_link_in_an_artifact_is_removed_and_not_followed(output: Path) -> None:
    gone = publish(output, "gone")
    (output / gone / "link").symlink_to(output.parent / "elsewhere")
    assert prune(output, gone).removed == (gone,)
    assert (output.parent / "elsewhere/precious").exists()


def test_a_volume_that_cannot_be_written_is_a_failure_with_its_phase(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("no folder")
    ended = tmp_path / "ended"
    words = ["prune-output", "a" * 64, "--image", "worker", "--before", NOW.isoformat()]
    assert main([*words, "--output", str(tmp_path / "output"), "--termination-log", str(ended)]) in (1, 3)
    assert json.loads(ended.read_text())["phase"] == "prune-output"


def test_the_last_words_of_the_largest_removal_fit(output: Path) -> None:
    digests = [publish(output, str(number), image="another") for number in range(REMOVED_AT_ONCE)]
    prune(output, *digests)
    assert len((output.parent / "ended").read_bytes()) <= TERMINATION_LIMIT
