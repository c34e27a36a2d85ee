"""Is an image either built of profiles or taken from its source, and nothing asked for that it then cannot have?"""

from collections.abc import Iterator
from typing import Any, Final

from airship_images.api.airshipimage import AirshipImageSpec, Builder, Source, Verify
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject

NOTHING: Final = "nothing: what is built elsewhere (image.source) is not built here"
UNBOOTED: Final = (None, Verify(), Verify(boot=False))
"""What `verify` may be where no boot test is asked for."""


def built_elsewhere(subject: Subject) -> Iterator[Finding]:
    """What a build needs and lacks; or beside a source what only a build could give, and what no host could use."""
    spec = subject.image.spec
    if spec.image.source is None:
        yield from _missing(subject, spec)
        return
    for path, value in _of_builds(spec):
        if value is not None:
            yield subject.in_image(Reason.INVALID_INPUT, path, "a value beside image.source", NOTHING)
    if not _is_booted(spec) and spec.verify not in UNBOOTED:
        right = "boot: true with it: what was built elsewhere is booted where that is asked for"
        yield subject.in_image(Reason.INVALID_INPUT, "verify", "a boot test that is not made", right)
    if spec.image.type == "iso" and not _names_its_digest(spec.image.source):
        found = f"{spec.image.source.url}, and hosts are given a live ISO without a checksum"
        yield subject.in_image(Reason.INVALID_INPUT, "image.source.url", found, "a URL that ends in <sha256>/<file>")


def _missing(subject: Subject, spec: AirshipImageSpec) -> Iterator[Finding]:
    needed = {"profiles": spec.profiles, "image.outputFileName": spec.image.output_file_name}
    for path in (path for path, value in needed.items() if not value):
        right = "a value, or image.source for an image that is built elsewhere"
        yield subject.in_image(Reason.INVALID_INPUT, path, "nothing", right)


def _of_builds(spec: AirshipImageSpec) -> Iterator[tuple[str, Any]]:
    yield "profiles", spec.profiles
    yield "params", spec.params
    yield "image.outputFileName", spec.image.output_file_name
    yield "output", spec.output
    yield "schedule", spec.schedule
    if not _is_booted(spec):
        yield "builder", spec.builder
        return
    builder = spec.builder or Builder()  # of the Job that boots it
    yield "builder.engine", builder.engine
    yield "builder.userDataFileName", builder.user_data_file_name
    yield "builder.networkConfigFileName", builder.network_config_file_name
    yield "builder.outputMetadataFileName", builder.output_metadata_file_name


def _is_booted(spec: AirshipImageSpec) -> bool:
    return spec.verify is not None and spec.verify.boot is True


def _names_its_digest(source: Source) -> bool:
    return source.url.rpartition("/")[0].endswith(f"/{source.sha256}")
