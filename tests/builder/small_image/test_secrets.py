"""Nothing secret is anywhere but where the profile names its path, and nobody has a password who was given none."""

import pytest
import yaml

from tests.builder.canaries import files_with, places
from tests.builder.small_image.conftest import SECRETS, Built
from tests.builder.workbench import Inside
from tests.unit.strings.planting import known
from tests.unit.strings.planting import places as places_of_text

pytestmark = pytest.mark.timeout(1800)

ELSEWHERE = {
    "drivers.module_signing.key_from.secretName": "test_distributions.py",
    "drivers.module_signing.certificate_from.secretName": "test_distributions.py, though it is none",
    "system.roles[].oci.pullSecretName": "test_user_roles.py",
}
PATHS = {"canary": "/etc/secret", "operator1": "/home/operator1/.ssh/authorized_keys", "password": "/etc/shadow"}


def test_a_secret_is_at_the_path_that_asked_for_it(inside: Inside) -> None:
    assert inside.text("/etc/secret") == SECRETS["canary"]
    assert inside.stat("/etc/secret") == "regular 0400 0 0"
    assert f"operator2:{SECRETS['password']}:" in inside.text("/etc/shadow")
    assert inside.stat("/etc/shadow") == "regular 0640 0 42"


@pytest.mark.parametrize("name", PATHS)
def test_no_other_byte_of_the_disk_holds_it_not_even_a_freed_block(inside: Inside, name: str) -> None:
    assert places(inside, SECRETS[name]) == {PATHS[name]}


def test_no_log_report_side_file_input_or_cache_entry_holds_it(built: Built, inside: Inside) -> None:
    bench = built.bench
    request = yaml.safe_load((bench.request / "build.yaml").read_text())
    entries = (f"/cache/rootfs/{request['rootfsHash']}", f"/cache/qcow2/{request['diskHash']}")
    everything = ("/output", "/inputs", "/ended", "/scratch", *entries)
    for folder in everything:
        assert bench.run("ls", folder).stdout, f"nothing to look into in {folder}"
    assert bench.report(built.build_hash).contains_secrets
    published = bench.image(built.build_hash)
    image = {
        published,
        f"/scratch/image/{published.rpartition('/')[2]}",
        "/scratch/image.raw",
    }  # where the profile wants it
    assert set(files_with(bench, everything, SECRETS.values())) - image == {"/scratch/inside.raw"}, (
        "as tests unpacked it"
    )
    assert not [name for name, secret in SECRETS.items() if secret in built.log]


def test_every_field_that_names_a_secret_has_its_canary_here_or_in_a_test_of_its_own(built: Built) -> None:
    fields = {place.path: place for place in places_of_text() if place.path.lower().endswith("secretname")}
    here = {path for path, place in fields.items() if known(built.spec, place)}
    assert fields.keys() - here == ELSEWHERE.keys()


def test_root_and_everyone_who_was_given_no_password_are_locked(inside: Inside) -> None:
    passwords = dict(line.split(":")[:2] for line in inside.text("/etc/shadow").splitlines())
    assert passwords["root"].startswith("!")
    assert [name for name, password in passwords.items() if password[:1] not in ("!", "*")] == ["operator2"]
