"""One image in each format, of one cached root filesystem: what is in it, and are the same inputs the same bytes?"""

from collections.abc import Callable

import pytest

from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(1800)

MARKER = {"files": [{"name": "/etc/marker", "file_content": "here"}]}
WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")


@pytest.fixture(scope="module")
def bench(benches: Callable[[str], Workbench]) -> Workbench:
    """One place: what is built from the same disk finds it there."""
    return benches("formats")


def build(bench: Workbench, form: str, trigger: str = "") -> str:
    """An image in `form`; gives its path in the tools root."""
    build_hash = write_request(bench.request, MARKER, form=form, trigger=trigger)
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return bench.image(build_hash)


def test_raw_and_vmdk_hold_the_disk_that_the_qcow2_holds(bench: Workbench) -> None:
    qcow2 = build(bench, "qcow2")
    for form in ("raw", "vmdk"):
        image = build(bench, form)
        compared = bench.run("qemu-img", "compare", "-f", "qcow2", "-F", form, qcow2, image)
        assert compared.stdout == "Images are identical.\n"
        assert bench.ended["format"] == form


@pytest.mark.parametrize("form", ["raw", "vmdk"])
def test_the_same_inputs_give_the_same_bytes(bench: Workbench, form: str) -> None:
    assert build(bench, form) == build(bench, form, trigger="again")
