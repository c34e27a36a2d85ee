"""How does a driver's source become modules of the image's kernel? In a copy of the image that has a compiler.

The copy is thrown away: of all that was installed and written there the modules alone get into the image.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from airship_builder.cache import DOWNLOADS
from airship_builder.download import Wanted, download
from airship_builder.inputs import DkmsSource
from airship_builder.job import Job
from airship_builder.kernels import kernels, newest
from airship_builder.run import MINUTE, ToolError, log, run
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

SIGN_FILE: Final = "sign-file"
"""The kernel's own program that signs modules, in the scratch folder's `modules` after they are compiled."""
_LIMIT: Final = 256 << 20  # bytes of a source archive
_SCRIPT: Final = Path(__file__).with_name("dkms-build")
_ENVIRONMENT: Final = (
    "env",
    "-i",
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "DEBIAN_FRONTEND=noninteractive",
)
_WORDS: Final = 3  # lines of a compiler that a message shows


def compilers(packages: Sequence[str]) -> tuple[str, ...]:
    """What must be installed to compile for the newest kernel among the package files `packages`."""
    versions = kernels(packages)
    if not versions:
        raise InputError("drivers.dkms", "no kernel among the packages", "a package such as linux-image-amd64")
    return f"linux-headers-{newest(versions)}", "gcc", "make"


def fetch_sources(job: Job, sources: Sequence[DkmsSource]) -> None:
    """Have the archives of `sources` in the cache."""
    for source in sources:
        download(job.cache, Wanted(f"{source.field}.url", source.url, source.sha256, _LIMIT))


def compile_modules(job: Job, kernel: str) -> None:
    """Compile the drivers of the request for `kernel`, and put their modules into the root filesystem.

    Raises InputError with the compiler's words when a source does not compile.
    """
    sources = job.inputs.rootfs_vars().dkms
    if not sources:
        return
    workshop = _workshop(job)
    target = job.tree / "lib/modules" / kernel / "updates/dkms"
    target.mkdir(parents=True, exist_ok=True)
    for source in sources:
        job.report(70, "modules", f"compiling {source.name} for {kernel}")
        for module in _compile(job, workshop, source, kernel):
            shutil.copyfile(module, target / module.name)
    run("chroot", job.tree, *_ENVIRONMENT, "depmod", kernel)
    run("chroot", workshop, "cp", f"/lib/modules/{kernel}/build/scripts/{SIGN_FILE}", "/")
    shutil.copy(workshop / SIGN_FILE, job.scratch / "rootfs" / SIGN_FILE)
    shutil.rmtree(workshop)


def _workshop(job: Job) -> Path:
    """A copy of the root filesystem, with what compiles."""
    workshop = job.scratch / "rootfs/workshop"
    job.report(60, "workshop", "installing the compiler in a copy")
    run("cp", "-a", "--reflink=auto", job.tree, workshop)
    packages = workshop / "packages"
    packages.mkdir()
    for name in job.noted("compilers"):
        shutil.copyfile(job.cache.debs / name, packages / name)
    argv = ("dpkg", "--install", *(f"/packages/{name}" for name in job.noted("compilers")))
    run("chroot", workshop, *_ENVIRONMENT, *argv, timeout=20 * MINUTE, quiet=True, sync=False)
    shutil.rmtree(packages)
    shutil.copy(_SCRIPT, workshop / "dkms-build")
    return workshop


def _compile(job: Job, workshop: Path, source: DkmsSource, kernel: str) -> list[Path]:
    place, result = workshop / "usr/src" / source.name, workshop / "modules" / source.name
    place.mkdir()
    archive = job.cache.root / DOWNLOADS / source.sha256
    try:
        run("tar", "--extract", f"--directory={place}", "--no-same-owner", f"--file={archive}")
        argv = ("/bin/bash", "/dkms-build", f"/{_top(place).relative_to(workshop)}", kernel, f"/modules/{source.name}")
        run("chroot", workshop, *_ENVIRONMENT, *argv, timeout=20 * MINUTE)
    except ToolError as error:
        expected = f"a source that compiles for {kernel}"
        raise InputError(source.field, _words(error), expected, reason=Reason.MODULE_FAILED) from error
    modules = sorted(result.glob("*.ko"))
    log(f"{source.name}: {', '.join(module.name for module in modules)}")
    return modules


def _top(folder: Path) -> Path:
    """Archives hold their files, or one folder with them."""
    entries = list(folder.iterdir())
    return entries[0] if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink() else folder


def _words(error: ToolError) -> str:
    """What the compiler said was wrong, or else the last lines."""
    said = [line.strip() for line in error.lines if "error" in line.lower() and "***" not in line]
    last = [line.strip() for line in error.lines if line.strip()]
    return "; ".join(said[:_WORDS] or last[-_WORDS:])
