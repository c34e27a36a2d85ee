"""How do compiled modules get the signature that Secure Boot asks for? By the kernel's own program, in `configure`.

The root filesystem is shared by images and belongs to none, so its Job sees no Secret: it leaves the unsigned modules
and the program `sign-file` beside the root filesystem, and the key is seen by the image's own Job alone.
"""

import shutil
from pathlib import Path
from typing import Final

from airship_builder.cache import Entry
from airship_builder.dkms import SIGN_FILE
from airship_builder.inputs import ModuleSigning
from airship_builder.job import Job
from airship_builder.run import ToolError, run
from airship_images.api.build import SecretRef
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

PREFIX: Final = "dkms-"
"""Starts the names of these files in a cache entry."""
_HASH: Final = "sha256"


def keep_for_signing(job: Job, kernel: str, folder: Path) -> None:
    """Put the compiled modules of the root filesystem into the cache entry `folder`, and what signs them."""
    if not job.inputs.rootfs_vars().dkms:
        return
    modules = job.tree / "lib/modules" / kernel / "updates/dkms"
    for path in (*sorted(modules.glob("*.ko")), job.scratch / "rootfs" / SIGN_FILE):
        if path.is_file() and not path.is_symlink():
            shutil.copyfile(path, folder / f"{PREFIX}{path.name}")


def pass_on(entry: Entry, folder: Path) -> None:
    """Copy these files from a cache entry to another one."""
    for path in entry.folder.glob(f"{PREFIX}*"):
        shutil.copyfile(path, folder / path.name)


def signed_modules(job: Job, entry: Entry, kernel: str, work: Path) -> dict[str, bytes]:
    """The signed modules by their paths in the image; none where no signature is asked for.

    Raises InputError when key and certificate do not sign.
    """
    signing = job.inputs.module_signing()
    if signing is None:
        return {}
    program = work / SIGN_FILE
    shutil.copyfile(entry.file(f"{PREFIX}{SIGN_FILE}"), program)
    program.chmod(0o700)
    paths = sorted(path for path in entry.folder.glob(f"{PREFIX}*.ko"))
    return {
        f"/lib/modules/{kernel}/updates/dkms/{path.name.removeprefix(PREFIX)}": _sign(job, signing, program, path)
        for path in paths
    }


def certificate(job: Job) -> Path | None:
    """What a machine must have enrolled to load the modules; None where nobody signs them."""
    signing = job.inputs.module_signing()
    return None if signing is None else _secret(job, signing.certificate_from)


def _sign(job: Job, signing: ModuleSigning, program: Path, module: Path) -> bytes:
    signed = program.with_name(module.name)
    key, certificate = (_secret(job, ref) for ref in (signing.key_from, signing.certificate_from))
    try:
        run(program, _HASH, key, certificate, module, signed)
    except ToolError as error:
        expected = "a private key without passphrase and its certificate, both in PEM"
        raise InputError("drivers.module_signing", error.message, expected, reason=Reason.UNSIGNED) from error
    return signed.read_bytes()


def _secret(job: Job, ref: SecretRef) -> Path:
    path = job.secrets / ref.secret_name / ref.key
    if not path.is_file():
        found = f"no key {ref.key} in Secret {ref.secret_name}"
        raise InputError("drivers.module_signing", found, "a Secret with that key", reason=Reason.SECRET_NOT_FOUND)
    return path
