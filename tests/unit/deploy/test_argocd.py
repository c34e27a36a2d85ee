"""What Argo CD makes of our conditions: its script, run as Argo CD runs it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_images.api.crd import NOT_SEEN
from airship_images.plan.plan import plan
from tests.unit.plan.test_kstatus import STATES, kstatus

CONFIG_MAP = Path(__file__).parents[3] / "deploy" / "argocd" / "argocd-cm.yaml"
HEALTH = {"InProgress": "Progressing", "Failed": "Degraded", "Current": "Healthy"}
"""What each status of kstatus is called there."""
SCRIPTS: dict[str, str] = yaml.safe_load(CONFIG_MAP.read_text())["data"]
PRINTS = 'local found = health(%s)\nassert(type(found.message) == "string")\nio.write(found.status)'


def lua(value: Any) -> str:
    """The value as Lua writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{lua(name)}] = {lua(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(lua(each) for each in value) + "}"
    return "nil" if value is None else json.dumps(value)


def health(status: dict[str, Any] | None, generation: int = 1, kind: str = "AirshipImage") -> str:
    """What the script of the kind answers for an object with this status."""
    script = SCRIPTS[f"resource.customizations.health.airshipit.org_{kind}"]
    obj = {"metadata": {"generation": generation}, "status": status}
    program = f"local function health(obj)\n{script}\nend\n{PRINTS % lua(obj)}"
    ended = subprocess.run(["lua5.4", "-"], input=program, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("name", STATES)
def test_argo_cd_and_kstatus_think_the_same_of_each_state_but_call_a_suspended_image_so(name: str) -> None:
    status = plan(STATES[name][0]).status
    expected = "Suspended" if name == "suspended" else HEALTH[kstatus(status)]
    assert health(status.model_dump(mode="json", by_alias=True, exclude_none=True)) == expected


@pytest.mark.parametrize("status", [None, {}, NOT_SEEN], ids=["no status", "an empty one", "as it is created"])
def test_an_object_that_nobody_has_looked_at_is_not_healthy(status: dict[str, Any] | None) -> None:
    assert health(status) == "Progressing"


def test_a_published_image_whose_spec_was_changed_is_not_healthy_before_we_looked() -> None:
    status = plan(STATES["published"][0]).status.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert (health(status, 1), health(status, 2)) == ("Healthy", "Progressing")


@pytest.mark.parametrize(("ready", "expected"), [("True", "Healthy"), ("False", "Degraded")])
def test_a_profile_is_healthy_when_it_is_valid_and_degraded_when_not(ready: str, expected: str) -> None:
    conditions = [{"type": "Ready", "status": ready, "reason": "x", "message": "m"}]
    stalled = [{"type": "Stalled", "status": "True", "reason": "x", "message": "m"}] if ready == "False" else []
    status = {"observedGeneration": 1, "conditions": conditions + stalled}
    assert health(status, kind="NodeProfile") == expected
