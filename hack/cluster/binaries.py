"""Where is the program of this name? In KUBEBUILDER_ASSETS, a Debian package, the cache, or built from a Go module."""

import fcntl
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from hack.cluster import golang, locations, packages
from hack.cluster.commands import MINUTE, logged, say
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import tried

CONTROL_PLANE: Final = ("etcd", "kube-apiserver")
CLUSTER: Final = (
    *CONTROL_PLANE,
    "kubectl",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "helm",
)
DEBIAN_ETCD: Final = Path("/usr/bin/etcd")
BUILD_TIMEOUT: Final = 30 * MINUTE


@dataclass(frozen=True)
class GoModule:
    """A Go module pinned by the go.mod of the folder of the same name beside this file."""

    name: str
    path: str
    commands: tuple[str, ...]
    version_variables: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where its go.mod and go.sum are."""
        return Path(__file__).parent / self.name

    @property
    def version(self) -> str:
        """The version that its go.mod pins."""
        return pinned_version((self.folder / "go.mod").read_text(), self.path)

    @property
    def cache(self) -> Path:
        """Where the programs built from it are kept."""
        return locations.cache() / "bin" / f"{self.name}-{self.version}"


KUBERNETES: Final = GoModule(
    "kubernetes",
    "k8s.io/kubernetes",
    ("kube-apiserver", "kubectl", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"),
    ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"),
)
HELM: Final = GoModule("helm", "helm.sh/helm/v3", ("helm",), ("helm.sh/helm/v3/internal/version",))


def ensure(name: str) -> Path:
    """The path of the program, built first (minutes) where it is nowhere; ClusterError for a name that is not ours."""
    if asset := _kubebuilder_asset(name):
        return asset
    if name == "etcd":
        packages.ensure(packages.CONTROL_PLANE)
        return DEBIAN_ETCD
    for module in (KUBERNETES, HELM):
        if name in module.commands:
            return _cached(module, name)
    raise ClusterError(f"binary: found {name!r}, expected one of {', '.join(CLUSTER)}")


def pinned_version(go_mod: str, path: str) -> str:
    """The version that the text of a go.mod requires of the module `path`."""
    found = re.search(rf"^(?:require )?\s*{re.escape(path)} (v\S+)", go_mod, re.MULTILINE)
    if found is None:
        raise ClusterError(f"go.mod: found no requirement of {path}")
    return found[1]


def fits(found: str, wanted: str) -> bool:
    """Whether an API server `found` serves components `wanted`: Kubernetes' skew policy, same minor or one newer."""
    have, want = (re.search(r"v1\.(\d+)\.", version) for version in (found, wanted))
    return have is not None and want is not None and int(have[1]) - int(want[1]) in (0, 1)


def linker_flags(module: GoModule) -> str:
    """The -ldflags that make the programs say their version, which they otherwise take from a build script."""
    major, minor = module.version.removeprefix("v").split(".")[:2]
    if module is HELM:
        values = [("version", module.version)]
    else:
        values = [("gitVersion", module.version), ("gitMajor", major), ("gitMinor", minor)]
    return " ".join(
        ["-s -w", *(f"-X {path}.{key}={value}" for path in module.version_variables for key, value in values)]
    )


def _kubebuilder_asset(name: str) -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    if not folder or not (asset := Path(folder) / name).is_file():
        return None
    if name != "kube-apiserver":
        return asset
    version = subprocess.run((str(asset), "--version"), capture_output=True, text=True, check=False).stdout.strip()
    if fits(version, KUBERNETES.version):
        return asset
    say(f"{asset} is {version or 'not runnable'}, which does not fit {KUBERNETES.version}: building our own")
    return None


def _cached(module: GoModule, name: str) -> Path:
    program = module.cache / name
    if not program.exists():
        with _locked(module.cache):
            if not program.exists():
                _build(module, name, program)
    return program


def _build(module: GoModule, name: str, program: Path) -> None:
    unfinished = program.with_name(f".{name}.unfinished")
    go, package = str(golang.toolchain()), f"{module.path}/cmd/{name}"
    argv = (go, "build", "-trimpath", "-ldflags", linker_flags(module), "-o", str(unfinished), package)
    env = os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    log = locations.cache() / "log" / f"build-{name}.log"
    run = partial(logged, log=log, timeout=BUILD_TIMEOUT, cwd=module.folder, env=env)
    # go asks for each module once, and gives up where one does not come
    tried(partial(run, f"downloading the sources of {name}", (go, "list", "-deps", package)))
    run(f"building {name} {module.version}", argv)
    unfinished.rename(program)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two callers that miss the same program build it once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
