"""Boots an image beside a config drive whose user data tells, on the console, what the system sees of itself."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.builder.workbench import MINUTE, Workbench

_LINE = re.compile(r"@FACT (\S+)")


Questions = Mapping[str, str]
"""A shell command by the name of its answer."""


def boot_with_questions(
    bench: Workbench,
    image: str,
    firmware: str,
    questions: Questions,
    form: str = "qcow2",
    *,
    secure_boot: bool = False,
    unwanted: Sequence[str] = (),
) -> dict[str, str]:
    """Boot `image` to its default target with `firmware`, its disk a GiB larger; the answers to `questions`.

    The units `unwanted` are not started: they take long, and nobody asks what came of them.
    """
    make_seed(bench, questions, unwanted=unwanted)
    layer = "/scratch/larger.qcow2"
    made = bench.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", image, layer, "3G")
    assert made.returncode == 0, made.stderr
    argv = (
        "python3",
        "-m",
        "airship_builder",
        "boot-file",
        layer,
        "--firmware",
        firmware,
        *(["--secure-boot"] if secure_boot else []),
        "--disk",
        "/scratch/seed.raw",
    )
    done = bench.run(*argv, timeout=15 * MINUTE)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return answers(done.stdout)


def answers(console: str) -> dict[str, str]:
    """What a system that got `asking()` as user data has told on its console."""
    return dict(json.loads(base64.b64decode("".join(_LINE.findall(console)))))


def make_seed(bench: Workbench, questions: Questions, network: str | None = None, unwanted: Sequence[str] = ()) -> None:
    """A disk labelled config-2 as OpenStack's, with user data that asks and prints, and perhaps network data."""
    metadata = bench.scratch / "seed/openstack/latest"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "meta_data.json").write_text(json.dumps({"uuid": "test-1", "hostname": "asked"}))
    (metadata / "user_data").write_text(asking(questions, unwanted))
    if network:
        (metadata / "network_data.json").write_text(network)
    script = (
        "truncate --size 8M /scratch/seed.raw && mkfs.vfat -n config-2 /scratch/seed.raw"
        " && mcopy -s -i /scratch/seed.raw /scratch/seed/openstack ::/"
    )
    done = bench.run("sh", "-c", script)
    assert done.returncode == 0, done.stderr


def asking(questions: Questions, unwanted: Sequence[str] = ()) -> str:
    """User data that answers `questions` on the console, and takes the units `unwanted` out of the boot's line."""
    program = Path(__file__).with_name("answer.py").read_text()
    files = [
        {"path": "/run/questions.json", "content": json.dumps(dict(questions))},
        {"path": "/run/answer.py", "content": program},
    ]
    config: dict[str, object] = {"write_files": files, "runcmd": [["python3", "/run/answer.py"]]}
    if unwanted:
        config["bootcmd"] = [["systemctl", "--no-block", "stop", *unwanted]]
    return "#cloud-config\n" + json.dumps(config)
