"""Which extended attributes of a file are the image's? All others are those of the machine that the file lies on.

SELinux labels every file with what is random for each pod, and NFS shows its access lists as attributes.
"""

import os
from fnmatch import fnmatchcase
from typing import Final

_KEPT: Final = ("security.capability", "system.posix_acl_*", "user.*")

OF_TAR: Final = ("--xattrs", *(f"--xattrs-include={pattern}" for pattern in _KEPT))
"""Options with which tar(1) packs and unpacks them alone."""


def read_attributes(path: str) -> dict[str, bytes]:
    """Those of what is at `path`, which may be a link itself."""
    names = sorted(os.listxattr(path, follow_symlinks=False))
    kept = (name for name in names if any(fnmatchcase(name, pattern) for pattern in _KEPT))
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in kept}
