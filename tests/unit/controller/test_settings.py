"""What the operator makes of its settings file."""

from pathlib import Path

import pytest
import yaml

from airship_images.api.errors import InputError
from airship_images.cluster.jobs import CaBundle
from airship_images.controller.settings import Settings
from airship_images.plan.line import Limits

LEAST = {
    "builder": {"image": "builder:1"},
    "store": {"claimName": "airship-images", "baseURL": "http://images.example/"},
    "cache": {"claimName": "cache"},
    "lease": {"name": "airship-images", "namespace": "airship-images"},
}


def load(folder: Path, settings: object) -> Settings:
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump(settings))
    return Settings.load(file)


def test_the_least_settings_are_enough(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST)
    assert settings.policy.base_url == "http://images.example/"
    assert settings.jobs.cache_claim == "cache"
    assert settings.namespaces == []


def test_everything_that_the_chart_sets_is_taken(tmp_path: Path) -> None:
    more = {
        "mirror": "http://mirror.example/debian",
        "proxy": {"httpProxy": "http://proxy.example:3128"},
        "resources": {"limits": {"memory": "4Gi"}},
        "rolloutNamespaces": ["*"],
        "caBundle": {"configMapName": "authorities", "key": "ca.pem"},
        "hostUsers": False,
        "builder": {"image": "builder:1", "airshipV1": True},
        "cache": {"claimName": "cache", "limit": "7Gi"},
        "maxConcurrentBuilds": {"total": 4, "perNamespace": None},
    }
    settings = load(tmp_path, {**LEAST, **more})
    assert settings.jobs.mirror == "http://mirror.example/debian"
    assert settings.jobs.proxy.environment()["http_proxy"] == "http://proxy.example:3128"
    assert settings.jobs.ca_bundle == CaBundle(config_map_name="authorities", key="ca.pem")
    assert settings.jobs.host_users is False
    assert settings.policy.airship_v1 is True
    assert settings.jobs.cache_limit == "7Gi"
    assert settings.max_concurrent_builds.limits == Limits(total=4)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"store": {"claimName": "x", "baseURL": "http://no-slash.example"}}, "store.baseURL"),
        ({"cahce": {}}, "cahce"),
        ({"builder": {}}, "builder.image"),
        ({"cache": {"claimName": "cache", "limit": "7 GB"}}, "cache.limit"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, wrong: dict[str, object], path: str) -> None:
    with pytest.raises(InputError, match=path):
        load(tmp_path, {**LEAST, **wrong})


def test_a_missing_file_is_an_error_of_the_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml"):
        Settings.load(tmp_path / "nowhere.yaml")
