"""What does the package manager make of the packages? A root filesystem, without what belongs to one host."""

import re
import shutil
from pathlib import Path
from typing import Final

from airship_builder.bootstrap import bootstrap
from airship_builder.dkms import compile_modules
from airship_builder.job import Job
from airship_builder.kernels import newest
from airship_builder.run import log, run
from airship_builder.vendor import unpack_base
from airship_images.api.errors import InputError

_HOOK: Final = Path(__file__).with_name("initramfs-hook")
_PER_HOST: Final = (  # made at the first boot of each host, or by apt when it is used
    "etc/ssh/ssh_host_*", "var/lib/systemd/random-seed", "var/lib/dbus/machine-id",
    "etc/nvme/hostid", "etc/nvme/hostnqn",
    "etc/apt/apt.conf.d/99mmdebstrap", "etc/dpkg/dpkg.cfg.d/99mmdebstrap", "var/log/bootstrap.log",
    "var/lib/apt/lists/*", "var/cache/apt/*.bin", "var/cache/apt/archives/*.deb", "var/cache/debconf/*-old",
    "var/lib/dpkg/*-old", "var/cache/ldconfig/aux-cache",
)  # fmt: skip


def rootfs(job: Job) -> None:
    """Install the fetched packages into the scratch folder; nothing when the result is cached.

    Raises InputError when there is no kernel in it, OutsideError when a package cannot be installed.
    """
    request = job.inputs.rootfs_request()
    if job.cache.peek("rootfs", request.rootfs_hash):
        return
    if job.inputs.rootfs_vars().base:
        unpack_base(job)
        return
    job.report(5, "install", f"installing {len(job.noted('debs'))} packages")
    with job.cache.reading_packages():
        bootstrap(job, request.suite)
    kernel = newest_kernel(job.tree)
    with job.cache.reading_packages():
        compile_modules(job, kernel)
    job.report(80, "clean", "removing what belongs to one host")
    _forget_birth(job.tree, job.noted("sources"))  # some of it would get into the initramfs
    job.report(82, "initramfs", "making the initramfs")
    _make_initramfs(job.tree, kernel, job.noted("epoch"))
    _keep_files(job)


def newest_kernel(tree: Path) -> str:
    """The version of the newest kernel of `tree`; raises InputError when it has none."""
    versions = [path.name.removeprefix("vmlinuz-") for path in (tree / "boot").glob("vmlinuz-*")]
    versions = versions or [path.name for path in (tree / "usr/lib/modules").glob("*")]  # /boot is elsewhere
    if not versions:
        raise InputError("software.packages", "no kernel", "a package such as linux-image-amd64")
    return newest(versions)


def _make_initramfs(tree: Path, kernel: str, epoch: int) -> None:
    """From a throw-away configuration, so that nothing of how it was made stays in the image.

    With SOURCE_DATE_EPOCH mkinitramfs sorts its files and bounds their times: the same tree gives the same bytes.
    """
    settings = tree / "tmp/initramfs"
    shutil.copytree(tree / "etc/initramfs-tools", settings, symlinks=True)
    config = settings / "initramfs.conf"
    config.write_text(re.sub(r"(?m)^(MODULES|COMPRESSLEVEL)=.*\n?", "", config.read_text()) + "\nMODULES=list\n")
    with config.open("a") as file:
        file.write("COMPRESSLEVEL=3\n")
    (settings / "hooks").mkdir(exist_ok=True)
    hook = settings / "hooks/zz-modules"
    shutil.copy(_HOOK, hook)
    hook.chmod(0o755)
    image = f"/boot/initrd.img-{kernel}"
    fixed = ("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR=/tmp", f"SOURCE_DATE_EPOCH={epoch}")
    environment = ("env", "-i", *fixed, "ZSTD_NBTHREADS=0")  # all processors; the bytes are those of one
    run("chroot", tree, *environment, "mkinitramfs", "-d", "/tmp/initramfs", "-o", image, kernel)  # noqa: S108  (the image's)
    shutil.rmtree(settings)


def _keep_files(job: Job) -> None:
    """What apt finds in the image, as fetch has worked it out."""
    for path, file in job.noted("keptFiles").items():
        target = job.tree / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file["text"].encode() if "text" in file else (job.cache.root / file["from"]).read_bytes())
        target.chmod(0o644)


def _forget_birth(tree: Path, sources: list[str]) -> None:
    removed = [path for pattern in _PER_HOST for path in tree.glob(pattern)]
    for path in removed:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    log(f"removed {len(removed)} files that belong to one host or to the installation")
    (tree / "etc/apt/sources.list").write_text("".join(f"{line}\n" for line in sources))
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/hostname").write_text("localhost\n")
    resolver = tree / "etc/resolv.conf"
    if not resolver.is_symlink():
        resolver.write_text("")
    initiator = tree / "etc/iscsi/initiatorname.iscsi"
    if initiator.exists():
        initiator.write_text("GenerateName=yes\n")
