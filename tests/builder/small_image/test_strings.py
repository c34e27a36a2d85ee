"""The payloads of tests/unit/strings, in every text that takes them, in an image that is really built."""

import re
from collections.abc import Callable

import pytest

from airship_builder.cache import Cache
from airship_builder.commit import read_facts
from airship_builder.inputs import Inputs
from airship_builder.overlay import Overlay
from airship_builder.variables import role_variables
from airship_images.api.merge import Phase
from airship_images.spec import Prepared
from airship_images.spec.tree import Data
from tests.builder.small_image.conftest import Built, write_inputs
from tests.builder.workbench import Inside, Workbench, open_image
from tests.unit.builder.asking import asked
from tests.unit.strings.making import profile, ready
from tests.unit.strings.payloads import Field
from tests.unit.strings.planting import known, places

pytestmark = pytest.mark.timeout(1800)

OF_WHAT_IS_THERE = re.compile(r"\.(groups|owner|group)$|^system\.(file_permissions|user_management)\[\]\.name$")
"""Texts that must name something of the image, or that other texts name."""


@pytest.fixture(scope="module")
def hostile(benches: Callable[[str], Workbench], built: Built) -> Built:
    """The small image with a payload in every text that takes one; its packages are those of the small image."""
    spec, count = planted_everywhere(built)
    assert count > 25
    prepared = ready(built.prepared.image, profile(spec))
    assert isinstance(prepared, Prepared)
    assert prepared.identities.disk_hash == built.prepared.identities.disk_hash
    bench = benches("hostile")
    write_inputs(bench, prepared)
    done = bench.build("fetch", "rootfs", "commit", "disk", "configure", "publish")
    assert done.returncode == 0, done.stderr[-3000:]
    return Built(bench, spec, prepared, done.stdout + done.stderr)


def planted_everywhere(built: Built) -> tuple[Data, int]:
    """The spec of the small image with payloads, and in how many fields they are."""
    spec, count = built.spec, 0
    for place in places():
        if place.field.phase is Phase.CONFIGURE and not OF_WHAT_IS_THERE.search(place.path):
            field = Field(built.prepared.image, spec, place)
            if known(spec, place) is None:
                continue  # the item that holds it would have nothing else
            shape = field.shapes()[-1]
            for payload in field.taken(shape)[:1]:
                spec, count = field.planted(shape, payload), count + 1
    return spec, count


def test_what_is_in_the_image_is_what_was_asked_for(hostile: Built) -> None:
    """Byte for byte, through Ansible and debugfs, the files that our roles ask for when nothing is between."""
    entry = Cache(hostile.bench.cache).peek("qcow2", hostile.prepared.identities.disk_hash)
    assert entry
    base = read_facts(entry)
    overlay = Overlay(base, entry.facts["epoch"], hostile.bench.secrets, {}, Cache(hostile.bench.cache))
    overlay.collect(asked(**role_variables(Inputs(hostile.bench.request), entry.facts, base)))
    wanted = {path: data for path, one in overlay.changes().items() if isinstance(data := one.change.content, bytes)}
    wanted = {path: data for path, data in wanted.items() if overlay.tree.changes[path].kind == "file"}
    inside = open_image(hostile.bench, hostile.bench.image(hostile.build_hash))
    assert contents(inside, list(wanted)) == wanted


def contents(inside: Inside, paths: list[str]) -> dict[str, bytes]:
    """The bytes of files, all of them read at once."""
    folder = inside.bench.scratch / "dumped"
    folder.mkdir()
    doubled = [path.replace('"', '""') for path in paths]
    script = "".join(f'dump "{path}" /scratch/dumped/{number}\n' for number, path in enumerate(doubled))
    (inside.bench.scratch / "script").write_text(script)
    inside.bench.run("debugfs", "-f", "/scratch/script", f"/scratch/inside.raw?offset={inside.offset}")
    return {path: (folder / str(number)).read_bytes() for number, path in enumerate(paths)}
