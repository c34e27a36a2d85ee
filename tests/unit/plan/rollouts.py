"""Rollouts of one artifact to hosts that run it, get it, or failed to take it."""

from typing import Any

from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from tests.bmh.builders import a_host, a_state, an_artifact, image_block, remember, started

NEW = an_artifact(2)


def updated(name: str) -> dict[str, Any]:
    image = image_block(NEW)
    status = {"operationHistory": started()}
    memory = {"annotations": remember(NEW)}
    return a_host(name, "provisioned", image=image, status_image=image, metadata=memory, status=status)


def updating(name: str) -> dict[str, Any]:
    memory = {"annotations": remember(NEW)}
    status = {"operationHistory": started()}
    return a_host(name, "provisioning", image=image_block(NEW), metadata=memory, status=status)


def failed(name: str) -> dict[str, Any]:
    memory = {"annotations": remember(NEW)}
    return a_host(name, image=image_block(NEW), metadata=memory, status={"operationHistory": started()})


def roll(*hosts: dict[str, Any], **state: Any) -> RolloutOutcome:
    return rollout(a_state(*hosts, artifact=NEW, **state))


def patched(outcome: RolloutOutcome) -> list[str]:
    return [patch.name for patch in outcome.patches]
