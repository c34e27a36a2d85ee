"""A key that signs drivers, and its certificate, as the owner of a machine would make them."""

import subprocess
from pathlib import Path


def make_certificate(folder: Path) -> Path:
    """Writes `key` and `certificate` into `folder`; gives the path of the certificate."""
    request = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=drivers of the tests")
    argv = (*request, "-keyout", str(folder / "key"), "-out", str(folder / "certificate"), "-days", "1")
    subprocess.run(argv, capture_output=True, timeout=60, check=True)
    return folder / "certificate"
