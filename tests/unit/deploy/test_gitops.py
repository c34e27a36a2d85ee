"""Do the files for GitOps tools speak of what there is?"""

import re
from pathlib import Path
from typing import Any

import yaml

from airship_images.api.crd import GROUP, RESOURCES

DEPLOY = Path(__file__).parents[3] / "deploy"


def load(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / name).read_text()))


def test_argo_cd_can_read_the_health_of_each_kind() -> None:
    data = load("argocd/argocd-cm.yaml")["data"]
    assert set(data) == {f"resource.customizations.health.{GROUP}_{each.kind}" for each in RESOURCES}
    for script in data.values():
        for answer in ("Progressing", "Degraded", "Healthy", "Suspended"):
            assert f'status = "{answer}"' in script


def test_the_alerts_ask_for_metrics_that_there_are() -> None:
    named = set(re.findall(r"airship_images_[a-z_]+", (DEPLOY / "monitoring" / "rules.yaml").read_text()))
    documented = set(re.findall(r"airship_images_[a-z_]+", (DEPLOY.parent / "docs" / "operator.md").read_text()))
    assert {name.removesuffix("_bucket") for name in named} <= documented


def test_flux_waits_for_the_images() -> None:
    assert load("flux/kustomization.yaml")["spec"]["wait"] is True
