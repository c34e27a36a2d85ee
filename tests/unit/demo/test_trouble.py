"""Whose logs are shown when something is wrong?"""

from typing import Any

from hack.demo.trouble import interesting


def a_pod(**states: dict[str, Any]) -> dict[str, Any]:
    *first, last = ({"name": name, "state": state} for name, state in states.items())
    return {"metadata": {"name": "worker"}, "status": {"initContainerStatuses": first, "containerStatuses": [last]}}


def test_what_runs_and_what_failed_is_shown_and_nothing_else() -> None:
    pod = a_pod(
        fetch={"terminated": {"exitCode": 0}},
        rootfs={"terminated": {"exitCode": 3}},
        boot={"running": {}},
        publish={"waiting": {"reason": "PodInitializing"}},
    )
    assert list(interesting([pod])) == [("worker", "rootfs"), ("worker", "boot")]


def test_a_pod_that_has_not_started_has_nothing_to_show() -> None:
    assert list(interesting([{"metadata": {"name": "worker"}, "status": {}}])) == []
