"""What does `airship-images validate` say of documents, right and wrong?"""

import json
from pathlib import Path

import pytest
import yaml

from tests.command_line import CommandLine
from tests.unit.cli.documents import a_config_map, a_profile, a_secret, an_image, write


def test_a_valid_site_is_told_so(airship_images: CommandLine, site: Path) -> None:
    ended = airship_images("validate", site)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "1 NodeProfile, 1 Secret, 1 AirshipImage: valid\n"


def test_the_examples_are_valid(airship_images: CommandLine) -> None:
    ended = airship_images("validate", "examples")
    assert ended.code == 0, ended.out
    assert "ignored: 1 BareMetalHost, 2 Kustomization" in ended.out


def test_every_mistake_of_every_document_is_reported_with_its_place(airship_images: CommandLine, site: Path) -> None:
    write(
        site / "wrong.yaml",
        a_profile("one", kernel={"sysctl": [{"name": "vm.swappiness", "value": 10}], "colour": "red"}),
        a_profile("two", software={"suite": "Bookworm!"}),
    )
    ended = airship_images("validate", site)
    assert ended.code == 2
    assert f"{site}/wrong.yaml, document 1 (NodeProfile/one)" in ended.out
    assert f"{site}/wrong.yaml, document 2 (NodeProfile/two)" in ended.out
    for path in ("spec.kernel.sysctl", "spec.kernel.colour", "spec.software.suite"):
        assert path in ended.out


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (an_image(image={"type": "qcow2", "outputFileName": "../../x"}), ["spec.image.outputFileName", "../../x"]),
        (an_image(colour="red"), ["spec.colour"]),
        (an_image(profiles=("base", "gone")), ["ProfileNotFound", "gone"]),
        (an_image(params={"storage": {"partitions": []}}), ["spec.params.storage.partitions"]),
        (
            an_image(
                params={
                    "storage": {
                        "partitions": [
                            {"mount": "/", "part_start": "264MiB", "part_end": "100%", "filesystem": {"type": "ext4"}},
                            {"mount": "none", "part_start": "1MiB", "part_end": "300MiB", "flags": ["bios_grub"]},
                        ]
                    }
                }
            ),
            ["PartitionOverlap", "partitions"],
        ),
        (
            an_image(params={"system": {"user_management": [{"name": "ops", "password": "$6$salt$abcdefghijk"}]}}),
            ["InlinePassword", "user_management"],
        ),
    ],
    ids=["file name", "unknown field", "missing profile", "no partitions", "overlap", "inline password"],
)
def test_bad_input_is_told_with_path_and_reason(
    airship_images: CommandLine, site: Path, image: object, words: list[str]
) -> None:
    write(site / "worker.yaml", image)
    ended = airship_images("validate", site)
    assert ended.code == 2
    for word in words:
        assert word in ended.out
    assert "salt" not in ended.out
    assert "Traceback" not in ended.err


ALIAS_BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"a: " + b"x" * 10_000_000, "8 MiB"),
        (ALIAS_BOMB.encode(), "alias"),
        (b"kind: [unclosed", "YAML"),
        (b"kind: NodeProfile\nkind: AirshipImage\n", "kind"),
        (b"\x00\x01\x02\xff\xfe", "UTF-8"),
    ],
    ids=["10 MB", "alias bomb", "no YAML", "repeated key", "binary"],
)
@pytest.mark.timeout(20)
def test_a_file_that_is_no_yaml_we_read_is_refused_fast_and_the_others_are_still_read(
    airship_images: CommandLine, site: Path, content: bytes, word: str
) -> None:
    (site / "bad.yaml").write_bytes(content)
    ended = airship_images("validate", site)
    assert ended.code == 2
    assert f"{site}/bad.yaml" in ended.out
    assert word in ended.out
    assert "1 AirshipImage" in ended.out


def test_the_same_name_twice_is_a_mistake(airship_images: CommandLine, site: Path) -> None:
    write(site / "again.yaml", a_profile())
    ended = airship_images("validate", site)
    assert ended.code == 2
    assert f"found the same name as in {site}/again.yaml, document 1" in ended.out


def test_an_image_of_a_wrong_profile_is_not_composed(airship_images: CommandLine, site: Path) -> None:
    write(site / "base.yaml", a_profile(colour="red"))
    ended = airship_images("validate", site)
    assert ended.code == 2
    assert "ProfileNotFound" not in ended.out
    assert "AirshipImage/worker: not composed" in ended.out


def test_a_secret_without_the_key_that_a_profile_names_is_a_mistake(airship_images: CommandLine, site: Path) -> None:
    write(site / "secret.yaml", a_secret(typo="hunter2-hunter2"))
    ended = airship_images("validate", site)
    assert ended.code == 2
    assert "SecretNotFound" in ended.out
    assert "hunter2" not in ended.out + ended.err


def test_a_secret_that_is_not_in_path_may_be_in_the_cluster(airship_images: CommandLine, site: Path) -> None:
    (site / "secret.yaml").unlink()
    assert airship_images("validate", site).code == 0


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_standard_output_is_one_document(airship_images: CommandLine, site: Path, form: str) -> None:
    write(site / "base.yaml", a_profile(colour="red"))
    ended = airship_images("validate", site, "-o", form)
    report = json.loads(ended.out) if form == "json" else yaml.safe_load(ended.out)
    assert ended.code == 2
    assert report["valid"] is False
    (mistake,) = report["mistakes"]
    assert mistake["source"] == f"{site}/base.yaml"
    assert mistake["document"] == 1
    assert mistake["object"] == "NodeProfile/base"
    assert mistake["path"] == "spec.colour"
    assert mistake["reason"] == "InvalidInput"
    assert mistake["found"]
    assert mistake["expected"]
    assert report["notComposed"] == ["AirshipImage/worker"]


def test_several_paths_are_one_site(airship_images: CommandLine, site: Path) -> None:
    assert airship_images("validate", site / "base.yaml", site / "worker.yaml").code == 0


def test_documents_of_others_are_ignored_and_counted(airship_images: CommandLine, site: Path) -> None:
    write(site / "others.yaml", {"kind": "Deployment", "apiVersion": "apps/v1"}, {"values": 1}, None)
    ended = airship_images("validate", site)
    assert ended.code == 0
    assert "(ignored: 1 Deployment, 1 without a kind)" in ended.out


def test_nothing_to_validate_is_an_error(airship_images: CommandLine, tmp_path: Path) -> None:
    ended = airship_images("validate", tmp_path / "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")


FILE = {"name": "/etc/site.conf", "content_from": {"configMapName": "site", "key": "conf"}}


def test_a_configmap_that_is_not_there_is_a_mistake_with_the_path_that_names_it(
    airship_images: CommandLine, site: Path
) -> None:
    write(site / "base.yaml", a_profile(system={"files": [FILE]}))
    ended = airship_images("validate", site)
    assert ended.code == 2
    assert "spec.system.files[/etc/site.conf].content_from: found no ConfigMap site" in ended.out
    assert "[ConfigMapNotFound]" in ended.out
    write(site / "configmap.yaml", a_config_map(conf="x"))
    assert airship_images("validate", site).code == 0


def test_a_configmap_that_holds_a_secret_is_a_mistake_in_its_own_document(
    airship_images: CommandLine, site: Path
) -> None:
    write(site / "base.yaml", a_profile(system={"files": [FILE]}))
    write(site / "configmap.yaml", a_config_map(conf="https://user:hunter2@example/"))
    ended = airship_images("validate", site)
    assert ended.code == 2
    assert f"{site}/configmap.yaml, document 1 (ConfigMap/site)\n  data.conf: found a password" in ended.out
    assert "hunter2" not in ended.out
