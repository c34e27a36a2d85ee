"""What does the SBOM of an image say?"""

import json

from cyclonedx.model.bom import Bom

from airship_builder.inventory import Inventory, Package
from airship_builder.sbom import sbom

DIGEST = "a" * 64
EPOCH = 1_700_000_000


def a_package(name: str, version: str = "1.0-1", **changed: str) -> Package:
    usual = {"name": name, "version": version, "architecture": "amd64", "source": name, "source_version": version}
    return Package.model_validate(usual | changed)


IMAGE = Inventory(
    system="debian",
    version="12",
    packages=(
        a_package("dbus"),
        a_package("libc6", source="glibc"),
        a_package("nano", "7.2-1+b1", source_version="7.2-1"),
    ),
)
LOADER = Inventory(system="debian", version="13", packages=(a_package("dbus"), a_package("shim-signed", "1.47+15.8-1")))


def made(*, file_name: str = "small.qcow2", digest: str = DIGEST, loader: Inventory = LOADER) -> str:
    return sbom(file_name, digest, IMAGE, loader, EPOCH)


def urls(text: str) -> list[str]:
    return [one["purl"] for one in json.loads(text)["components"] if "purl" in one]


def test_every_package_has_the_url_by_which_scanners_find_its_advisories() -> None:
    assert urls(made(loader=Inventory(system="", version="", packages=()))) == [
        "pkg:deb/debian/dbus@1.0-1?arch=amd64&distro=debian-12",
        "pkg:deb/debian/libc6@1.0-1?arch=amd64&distro=debian-12&upstream=glibc",
        "pkg:deb/debian/nano@7.2-1%2Bb1?arch=amd64&distro=debian-12&upstream=nano%407.2-1",
    ]


def test_a_package_of_rpm_has_its_epoch_and_its_source_s_file_beside_its_version() -> None:
    packages = (
        a_package("bash-libs", "5.2-6.el10", source="bash", source_version="5.2-6.el10", manager="rpm"),
        a_package("dbus", "1:1.14-5.el10", source_version="1.14-5.el10", manager="rpm"),
        a_package("site-tool", "1-1", source_version="", manager="rpm"),
    )
    rocky = Inventory(system="rocky", version="10", packages=packages)
    assert urls(sbom("small.qcow2", DIGEST, rocky, Inventory(system="", version="", packages=()), EPOCH)) == [
        "pkg:rpm/rocky/bash-libs@5.2-6.el10?arch=amd64&distro=rocky-10&upstream=bash-5.2-6.el10.src.rpm",
        "pkg:rpm/rocky/dbus@1.14-5.el10?arch=amd64&distro=rocky-10&epoch=1&upstream=dbus-1.14-5.el10.src.rpm",
        "pkg:rpm/rocky/site-tool@1-1?arch=amd64&distro=rocky-10",
    ]


def test_the_boot_loader_is_listed_though_no_package_manager_of_the_image_knows_it() -> None:
    (shim,) = [one for one in json.loads(made())["components"] if one["name"] == "shim-signed"]
    assert shim["purl"] == "pkg:deb/debian/shim-signed@1.47%2B15.8-1?arch=amd64&distro=debian-13"
    assert shim["properties"] == [{"name": "airshipit.org:part", "value": "boot loader"}]


def test_it_is_about_these_bytes_at_the_time_of_the_packages() -> None:
    metadata = json.loads(made())["metadata"]
    assert metadata["component"]["name"] == "small.qcow2"
    assert metadata["component"]["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    assert metadata["timestamp"] == "2023-11-14T22:13:20+00:00"


def test_the_same_image_has_the_same_document_and_another_has_another() -> None:
    assert made() == made()
    numbers = {
        json.loads(text)["serialNumber"] for text in (made(), made(digest="b" * 64), made(file_name="other.qcow2"))
    }
    assert len(numbers) == 3


def test_a_reader_of_cyclonedx_takes_it_and_finds_every_component_in_reach_of_the_image() -> None:
    bom: Bom = Bom.from_json(json.loads(made()))  # type: ignore[attr-defined]  # added by a decorator
    assert bom.validate()
    assert {one.name for one in bom.components} == {"debian", "dbus", "libc6", "nano", "shim-signed"}
    (root,) = [one for one in bom.dependencies if one.ref.value == f"sha256:{DIGEST}"]
    assert {one.ref.value for one in root.dependencies} == {one.bom_ref.value for one in bom.components}
