"""Where do the builder's tools come from when there is no builder image?

A root filesystem of the same packages, made once from the machine's own apt sources. A command in it sees what a
build Job's container sees: its own mounts and processes, and a container's default capabilities. Nothing of the machine
but what is mounted there is left to be found, not even by a process that leaves its chroot.
"""

import hashlib
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import airship_builder
import airship_images
from airship_builder import locks, oldtools
from airship_builder.apt import Apt
from airship_builder.run import MINUTE, run
from airship_builder.sources import machine_sources
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

SUITE: Final = "trixie"
ARCHITECTURE: Final = "amd64"
PATIENCE: Final = 30 * MINUTE
"""Longest wait for another process that makes it."""
RECIPE: Final = "1"  # raised when this file makes a different root from the same packages

# what containerd gives a container that asks for nothing
CAPABILITIES: Final = (
    "audit_write", "chown", "dac_override", "fowner", "fsetid", "kill", "mknod", "net_bind_service", "net_raw",
    "setfcap", "setgid", "setpcap", "setuid", "sys_chroot",
)  # fmt: skip
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_OPTIONAL_DEVICES: Final = ("kvm",)
_CODE: Final = "/usr/local/lib/airship-images"
_CA_BUNDLE: Final = "/etc/ssl/certs/ca-certificates.crt"
_OLD_ROOT: Final = "/mnt"  # where the machine's own root is for the moment between entering and forgetting it
_FORGET_OLD_ROOT: Final = f"import ctypes, os; os._exit(-ctypes.CDLL(None).umount2(b'{_OLD_ROOT}', 2))"
"""Detaches it (MNT_DETACH); there is no umount(8) inside."""
_PASSED_ON: Final = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TERM")


def ensure(cache: Path, report: Callable[[str], None], more: Sequence[str] = ()) -> Path:
    """The folder of the tools root in `cache`, made now if it is not there; `report` gets a sentence per step.

    `more` names packages beside the builder's own.
    Raises OutsideError when this machine cannot make it: not root, no apt, or the mirror does not answer.
    """
    _require_host()
    packages = [*_packages(), *more]
    key = hashlib.sha256("\n".join([RECIPE, SUITE, *packages]).encode()).hexdigest()[:16]
    root = cache / "tools" / f"{SUITE}-{key}"
    root.parent.mkdir(parents=True, exist_ok=True)
    lock = locks.alone(root.parent / f".{key}.lock", PATIENCE, lambda: report("waiting for who makes the tools root"))
    try:
        if not root.exists():
            report(f"making the tools root of {len(packages)} packages in {root} (once, about two minutes)")
            _make(root, packages, report)
        oldtools.use(root)
    finally:
        lock.release()
    return root


def command(
    root: Path,
    argv: Sequence[str],
    binds: Mapping[Path, str],
    *,
    read_only: Sequence[Path] = (),
    hidden: Sequence[str] = (),
    capabilities: Sequence[str] = CAPABILITIES,
) -> list[str]:
    """The argv that runs `argv` inside the tools root `root`, with each host folder of `binds` at its path inside.

    Folders in `read_only` (keys of `binds`) cannot be written, those in `hidden` (paths inside) are empty, and it has
    `capabilities` at most. It ends with everything inside when it is killed with SIGKILL, or when the thread that
    started it ends.
    """
    script = "\n".join(
        ["set -eu", "umask 022", *_mounts(root, binds, read_only, hidden), *_enter(root, argv, capabilities)]
    )
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL"),
        *("sh", "-c", script),
    ]


def builder_argv(arguments: Sequence[str]) -> list[str]:
    """The argv of `python3 -m airship_builder ARGUMENTS` for `command`."""
    return ["python3", "-m", "airship_builder", *arguments]


def _require_host() -> None:
    if os.geteuid() != 0:
        raise OutsideError(
            "building without a cluster needs root for its mount namespace; run it with sudo, or build in the cluster",
            reason=Reason.UNSUPPORTED_HOST,
        )
    for program in ("apt-get", "dpkg-deb", "perl", "unshare", "setpriv", "pivot_root"):
        if shutil.which(program) is None:
            raise OutsideError(
                f"this machine has no {program}; the tools root is made on Debian and its derivatives",
                reason=Reason.UNSUPPORTED_HOST,
            )


def _packages() -> list[str]:
    return (_builder_folder() / "packages.txt").read_text().split()


def _builder_folder() -> Path:
    return Path(airship_builder.__file__).resolve().parents[1]


def _make(root: Path, packages: Sequence[str], report: Callable[[str], None]) -> None:
    with tempfile.TemporaryDirectory(prefix="airship-tools-") as name:
        work = Path(name)
        sources = machine_sources(SUITE)
        apt = Apt(work / "apt", work / "archives", sources, ARCHITECTURE)
        apt.prepare()
        report(f"reading the package lists of {SUITE}")
        apt.update()
        mmdebstrap = _fetch_mmdebstrap(apt, work)
        unfinished = root.with_name(f".{root.name}.unfinished")
        run("rm", "-rf", "--one-file-system", unfinished)
        report("installing the tools")
        run(
            *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL"),
            *("perl", mmdebstrap, "--mode=root", "--variant=apt", "--format=directory"),
            *(f"--architectures={ARCHITECTURE}", "--dpkgopt=force-unsafe-io", f"--include={','.join(packages)}"),
            SUITE,
            unfinished,
            *(source.line() for source in sources),
            timeout=20 * MINUTE,
            quiet=True,
        )
        _add_mount_points(unfinished)
        unfinished.rename(root)


def _fetch_mmdebstrap(apt: Apt, work: Path) -> Path:
    """The program alone, unpacked from its package, so that nothing is installed on this machine."""
    run("sh", "-c", 'cd "$1" && exec apt-get download -q mmdebstrap', "sh", work, env=apt.env, quiet=True)
    (package,) = work.glob("mmdebstrap_*.deb")
    run("dpkg-deb", "-x", package, work / "mmdebstrap")
    return work / "mmdebstrap/usr/bin/mmdebstrap"


def _add_mount_points(root: Path) -> None:
    for folder in ("operator", "builder"):
        (root / _CODE.lstrip("/") / folder).mkdir(parents=True)
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").touch()


def _mounts(root: Path, binds: Mapping[Path, str], read_only: Sequence[Path], hidden: Sequence[str]) -> list[str]:
    code = {
        Path(airship_images.__file__).resolve().parents[1]: f"{_CODE}/operator",
        _builder_folder(): f"{_CODE}/builder",
    }
    fixed = {**code, Path("/etc/resolv.conf"): "/etc/resolv.conf", Path(_CA_BUNDLE): _CA_BUNDLE}
    points = [f"mkdir -p {_inside(root, inner)}" for inner in binds.values()]
    return [
        *points,
        f"mount --bind {shlex.quote(str(root))} {shlex.quote(str(root))}",
        f"mount -o remount,bind,ro {shlex.quote(str(root))}",
        f"mount -t proc proc {_inside(root, '/proc')}",
        f"mount -t tmpfs -o mode=1777 tmpfs {_inside(root, '/tmp')}",  # noqa: S108  (the tmp of the namespace)
        f"mount -t tmpfs -o mode=0755 tmpfs {_inside(root, '/run')}",
        *_dev(root),
        *(line for host, inner in fixed.items() if host.exists() for line in _bind(root, host, inner, read_only=True)),
        *(line for host, inner in binds.items() for line in _bind(root, host, inner, read_only=host in read_only)),
        *(f"mount -t tmpfs -o ro tmpfs {_inside(root, inner)}" for inner in hidden),
    ]


def _dev(root: Path) -> list[str]:
    names = [*_DEVICES, *(name for name in _OPTIONAL_DEVICES if Path("/dev", name).exists())]
    lines = [f"mount -t tmpfs -o mode=0755 tmpfs {_inside(root, '/dev')}", f"mkdir -m 1777 {_inside(root, '/dev/shm')}"]  # noqa: S108
    for name in names:
        point = _inside(root, f"/dev/{name}")
        lines += [f": > {point}", f"mount --bind /dev/{name} {point}"]
    links = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
    return [*lines, *(f"ln -s {target} {_inside(root, f'/dev/{name}')}" for name, target in links.items())]


def _bind(root: Path, host: Path, inner: str, *, read_only: bool) -> list[str]:
    point = _inside(root, inner)
    lines = [f"mount --bind {shlex.quote(str(host))} {point}"]
    return [*lines, f"mount -o remount,bind,ro {point}"] if read_only else lines


def _inside(root: Path, inner: str) -> str:
    return shlex.quote(str(root / inner.lstrip("/")))


def _enter(root: Path, argv: Sequence[str], capabilities: Sequence[str]) -> list[str]:
    kept = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "PYTHONPATH": f"{_CODE}/operator:{_CODE}/builder",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SSL_CERT_FILE": _CA_BUNDLE,
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    }
    inner = [
        *("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in environment.items())),
        *("setpriv", "--no-new-privs", f"--bounding-set={kept}", f"--inh-caps={kept}", "--", *argv),
    ]
    return [
        f"cd {shlex.quote(str(root))}",
        f"pivot_root . {_OLD_ROOT.lstrip('/')}",
        f"/usr/bin/python3 -I -S -c {shlex.quote(_FORGET_OLD_ROOT)}",
        f"exec {shlex.join(inner)}",
    ]
