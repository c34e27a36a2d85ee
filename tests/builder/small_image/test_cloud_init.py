"""cloud-init looks where it was told to, and finds what the image itself brings."""

import pytest

from tests.builder.workbench import Inside

pytestmark = pytest.mark.timeout(1800)

SEED = "/var/lib/cloud/seed/nocloud"
USER_DATA = "#cloud-config\nfinal_message: \"{{ lookup('pipe', 'id') }}\"\n"


def test_cloud_init_is_told_where_to_look(inside: Inside) -> None:
    settings = inside.text("/etc/cloud/cloud.cfg.d/99-airship-images.cfg")
    assert settings == 'datasource_list: ["ConfigDrive", "NoCloud"]\n'


def test_the_user_data_is_the_image_s_seed(inside: Inside) -> None:
    assert inside.text(f"{SEED}/user-data") == USER_DATA
    assert inside.stat(f"{SEED}/user-data") == "regular 0600 0 0"
    assert inside.stat(f"{SEED}/network-config") == "nothing"


def test_cloud_init_reads_the_seed(facts: dict[str, str]) -> None:
    assert facts["seed"].startswith("True ")
    assert str(USER_DATA.encode()) in facts["seed"]


def test_a_config_drive_comes_before_the_seed(facts: dict[str, str]) -> None:
    assert "ConfigDrive" in facts["datasource"]
