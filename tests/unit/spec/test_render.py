import json
from pathlib import Path

import pytest
import yaml

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.build import BuildRequest, RootfsRequest
from airship_images.api.documents import parse, validate
from airship_images.api.nodeprofile import NodeProfile
from airship_images.spec import Prepared, prepare
from tests.unit.spec.nodes import a_profile, prepared

FULL = Path(__file__).parent / "full"
RENDERED = FULL / "rendered"


def an_example() -> Prepared:
    *profiles, image = [validate(raw) for raw in parse((FULL / "site.yaml").read_bytes(), "site.yaml")]
    assert isinstance(image, AirshipImage)
    return prepare(image, {one.metadata.name: one for one in profiles if isinstance(one, NodeProfile)})


FILES = sorted(an_example().files)


@pytest.mark.parametrize("name", FILES)
def test_the_example_renders_as_the_golden_files_say(name: str) -> None:
    """Rewrite them with `airship-images render`, and read the difference."""
    assert an_example().files[name] == (RENDERED / name).read_text()


def test_the_golden_files_are_all_that_is_rendered() -> None:
    assert sorted(path.name for path in RENDERED.iterdir()) == FILES


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert an_example().files == an_example().files


def test_the_requests_are_what_the_builder_reads() -> None:
    made = an_example()
    rootfs = RootfsRequest.model_validate_json(json.dumps(yaml.safe_load(made.files["rootfs.yaml"])))
    build = BuildRequest.model_validate_json(json.dumps(yaml.safe_load(made.files["build.yaml"])))
    assert rootfs.rootfs_hash == build.rootfs_hash == made.identities.rootfs_hash
    assert build.build_hash == made.identities.build_hash
    assert build.secrets == made.secrets != ()


def test_what_the_shared_job_gets_depends_on_the_rootfs_hash_alone() -> None:
    one = prepared(a_profile(software={"packages": ["procps"]}))
    other = prepared(
        a_profile(software={"packages": ["procps"]}, kernel={"sysctl": [{"name": "a", "value": "1"}]}),
        image={"type": "qcow2", "outputFileName": "other.qcow2"},
    )
    assert one.rootfs_files == other.rootfs_files
    assert sorted(one.rootfs_files) == ["rootfs-vars.yaml", "rootfs.yaml"]
    assert one.image_files.keys().isdisjoint(one.rootfs_files)


def test_what_gets_into_the_image_depends_on_the_spec_hash_alone() -> None:
    one = prepared(a_profile())
    other = prepared(a_profile(), verify={"boot": False}, image={"type": "qcow2", "outputFileName": "other.qcow2"})
    assert one.identities.spec_hash == other.identities.spec_hash
    for name in ("meta-profile.yaml", "meta-airshipimage.yaml", "osconfig-vars.yaml"):
        assert one.files[name] == other.files[name]


def test_packages_come_once_and_in_order() -> None:
    made = prepared(
        a_profile(
            software={"packages": ["procps", "linux-image-amd64"], "unapproved_packages": ["snapd*"]},
            kernel={"kernel_base_pkg": "linux-image-amd64", "kernel_headers_pkg": "linux-headers-amd64"},
            drivers={"firmware_packages": ["firmware-bnx2"], "packages": ["procps"]},
        )
    )
    assert yaml.safe_load(made.files["rootfs-vars.yaml"]) == {
        "packages": ["procps", "linux-image-amd64", "linux-headers-amd64", "firmware-bnx2"],
        "rootfs_arch": "amd64",
        "unapproved_packages": ["snapd*"],
    }


def test_appended_arguments_follow_the_command_line_even_the_default_one() -> None:
    made = prepared(a_profile(kernel={"grub_cmdline_linux_default_append": [{"name": "quiet"}]}))
    line = yaml.safe_load(made.files["osconfig-vars.yaml"])["grub"]["GRUB_CMDLINE_LINUX_DEFAULT"]
    assert line == [{"name": "console", "value": "tty0"}, {"name": "console", "value": "ttyS0"}, {"name": "quiet"}]


HOSTILE = (
    "{{ lookup('pipe', 'id') }}",
    "{% raw %}",
    "!unsafe x",
    "*a",
    "&a",
    "- 1\n- 2",
    "0755",
    "yes",
    "a: b",
    "\t# x",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_users_is_data(text: str) -> None:
    made = prepared(a_profile(system={"files": [{"name": "/a", "file_content": text}]}))
    for name in ("osconfig-vars.yaml", "meta-profile.yaml"):
        data = yaml.safe_load(made.files[name])
        files = data.get("files") or data["spec"]["system"]["files"]
        assert files[0]["file_content"] == text


def test_a_secret_is_named_and_not_read() -> None:
    made = an_example()
    assert [(ref.secret_name, ref.key) for ref in made.secrets] == [
        ("drivers", "key"),
        ("drivers", "certificate"),
        ("files", "replaced"),
        ("passwords", "root"),
        ("keys", "ops"),
        ("keys", "backup"),
    ]


def test_a_node_with_secure_boot_is_booted_with_uefi_alone_unless_the_image_says_more() -> None:
    secure = a_profile(kernel={"secure_boot": True})
    asked = yaml.safe_load(prepared(secure).files["build.yaml"])
    assert (asked["secureBoot"], asked["firmware"]) == (True, ["uefi"])
    both = yaml.safe_load(prepared(secure, verify={"firmware": ["bios", "uefi"]}).files["build.yaml"])
    assert both["firmware"] == ["bios", "uefi"]


def test_what_the_boot_test_may_let_pass_reaches_the_builder() -> None:
    verify = {"allowedFailedUnits": ["a.service", "b@1.timer"], "timeout": "1h30m"}
    asked = yaml.safe_load(prepared(a_profile(), verify=verify).files["build.yaml"])
    assert (asked["allowedFailedUnits"], asked["bootSeconds"]) == (["a.service", "b@1.timer"], 5400)
