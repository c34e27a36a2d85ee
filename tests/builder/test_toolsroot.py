"""Code that runs in the tools root finds nothing of the machine but what was mounted for it."""

import json
import subprocess
from pathlib import Path

from airship_builder import toolsroot
from tests.builder.workbench import Workbench

ESCAPE = """
import json, os, sys
found = {"caps": open("/proc/self/status").read()}
os.mkdir("/tmp/inner")
outside = os.open("/", os.O_RDONLY)
os.chroot("/tmp/inner")
os.fchdir(outside)
for _ in range(64):
    os.chdir("..")
os.chroot(".")
found |= {"machine": os.path.exists(sys.argv[1]), "inputs": os.path.exists("/inputs")}
found["processes"] = [name for name in os.listdir("/proc") if name.isdecimal()]
print(json.dumps(found))
"""


def test_who_leaves_its_chroot_is_still_in_the_tools_root(bench: Workbench) -> None:
    done = bench.run("python3", "-c", ESCAPE, str(bench.place))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["machine"], found["inputs"]) == (False, True)
    assert found["processes"] == ["1"]
    assert "NoNewPrivs:\t1" in found["caps"]


def test_what_is_hidden_is_empty(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "scratch/of-another").mkdir(parents=True)
    argv = ["sh", "-c", "ls -A /cache /cache/scratch; touch /cache/scratch/x"]
    command = toolsroot.command(tools, argv, {tmp_path: "/cache"}, hidden=("/cache/scratch",))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "/cache:\nscratch\n\n/cache/scratch:\n")
