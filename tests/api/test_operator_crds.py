"""An operator that is newer than the installed CRDs says so, and what to do about it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.api.documents import an_image, condition
from tests.api.kube import CRDS, Json, Kube, eventually
from tests.api.operator_process import OperatorProcess

PLACE = "/openapi/v3/apis/airshipit.org/v1alpha1"
WINDOW = "When hosts may be changed"
"""The beginning of the description of spec.rollout.window."""
MEND = "kubectl apply --server-side -f crds/"


def install(kube: Kube, file: Path, *, knows_window: bool) -> None:
    """The CRD in the file, once the API server's own schema is made of it."""
    kube.kubectl("apply", "--server-side", "--force-conflicts", f"--filename={file}")
    eventually(lambda: (WINDOW in kube.kubectl("get", f"--raw={PLACE}")) is knows_window, "the schema of the CRD")


@pytest.fixture
def an_old_crd(kube: Kube, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """An AirshipImage without maintenance windows and schedules, its status field by field; called, it is today's."""
    ours = CRDS / "airshipit.org_airshipimages.yaml"
    crd = yaml.safe_load(ours.read_text())
    properties = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    del properties["spec"]["properties"]["rollout"]["properties"]["window"]
    del properties["spec"]["properties"]["schedule"]
    del properties["status"]["properties"]["schedule"]
    del properties["status"]["x-kubernetes-map-type"]
    old = tmp_path / "old.yaml"
    old.write_text(yaml.safe_dump(crd))
    install(kube, old, knows_window=False)
    yield lambda: install(kube, ours, knows_window=True)
    install(kube, ours, knows_window=True)


def accounts(kube: Kube) -> list[Json]:
    """The fields of the status that the API server keeps account of, for each who has written to it."""
    managed = kube.get("AirshipImage", "worker")["metadata"]["managedFields"]
    return [each["fieldsV1"]["f:status"] for each in managed if each.get("subresource") == "status"]


def test_fields_that_an_old_crd_drops_are_named_until_it_is_replaced(
    kube: Kube, an_old_crd: Callable[[], None], an_operator: Callable[..., OperatorProcess]
) -> None:
    def outdated() -> tuple[str, str] | None:
        return condition(kube.get("AirshipImage", "worker"), "CRDOutdated")

    kube.apply(an_image(profile="nowhere"))
    with an_operator() as operator:
        eventually(lambda: outdated() == ("True", "CRDOutdated"), "CRDOutdated")
        told = next(
            each["message"]
            for each in kube.get("AirshipImage", "worker")["status"]["conditions"]
            if each["type"] == "CRDOutdated"
        )
        for part in ("airshipimages.airshipit.org", "spec.rollout.window, spec.schedule, status.schedule", MEND):
            assert part in told
            assert part in operator.log.read_text()
        assert "nodeprofiles.airshipit.org" not in told
        assert [len(fields) > 1 for fields in accounts(kube)] == [True]
        an_old_crd()
        eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") and outdated() is None, "no more")
        assert "know every field" in operator.log.read_text()
        assert accounts(kube) == [{}]
