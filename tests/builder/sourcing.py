"""Runs the Job that boots an image which was built elsewhere, as the operator asks for it."""

import hashlib
import subprocess
from pathlib import Path

from airship_images.api.airshipimage import AirshipImage
from airship_images.spec import sourced
from tests.builder.repository import served
from tests.builder.workbench import Workbench

PHASES = ("fetch-image", "boot")


def boot_source(
    bench: Workbench, image: Path, kind: str, *firmware: str, sha256: str = ""
) -> subprocess.CompletedProcess[str]:
    """Fetch `image` from a server of this machine, by its digest or another one, and boot it."""
    digest = hashlib.sha256(image.read_bytes()).hexdigest()
    with served(image.parent) as url:
        document = AirshipImage.model_validate(
            {
                "apiVersion": "airshipit.org/v1alpha1",
                "kind": "AirshipImage",
                "metadata": {"name": "vendor"},
                "spec": {
                    "image": {"type": kind, "source": {"url": f"{url}/{image.name}", "sha256": sha256 or digest}},
                    "verify": {"boot": True, "firmware": [*(firmware or ("bios",))]},
                },
            }
        )
        assert document.spec.image.source
        for name, text in sourced(document, document.spec.image.source).files(image.stat().st_size).items():
            (bench.request / name).write_text(text)
        return bench.build(*PHASES)
