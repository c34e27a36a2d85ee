"""The API server is away, restarts with its history compacted, takes rights away, or has another time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import yaml

from airship_images.api.build import BuildFailure
from hack.cluster.control_plane import ControlPlane
from tests.api.documents import a_profile, an_image, condition, phase_of_build, used_by
from tests.api.faulty_proxy import FaultyProxy
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess
from tests.api.test_operator_rights import ACCOUNT, LEASE, NAMESPACE, RIGHTS
from tests.unit.chart.helm import one, render

JobOf = Callable[[str], str]
AnOperator = Callable[..., OperatorProcess]

OUTSIDE_FAILED = 3
AWAY_SECONDS = 60
"""Longer than a Lease lasts, and than the one operator waits before it ends."""
GROWTH_MIB = 8
"""Four times what it grows by: 1.8 to 2.3 MiB."""


def is_ready(kube: Kube) -> bool:
    return condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready")


def a_running_build(kubelet: Kubelet, job_of: JobOf) -> str:
    """The name of the image's Job, which runs."""
    kubelet.kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    name = job_of("worker-")
    kubelet.runs(name, "configure")
    eventually(lambda: phase_of_build(kubelet.kube.get("AirshipImage", "worker")) == "configure", "status")
    return name


def test_an_api_server_that_is_away_for_long_ends_the_operator_once_and_the_next_one_waits_for_it(
    kubelet: Kubelet, control_plane: ControlPlane, an_operator: AnOperator, job_of: JobOf
) -> None:
    kube = kubelet.kube
    with an_operator() as operator:
        job = a_running_build(kubelet, job_of)
        with control_plane.without_api():
            back = time.monotonic() + AWAY_SECONDS
            assert operator.ended(within=AWAY_SECONDS) == OUTSIDE_FAILED
            operator.launch()  # as Kubernetes does
            eventually(lambda: operator.answer("/healthz") == "ok", "the next one is there")
            time.sleep(max(back - time.monotonic(), 0))
            assert operator.lives()
            assert operator.answer("/healthz") == "ok"
            assert operator.answer("/readyz") is None
        eventually(operator.leads, "it leads")
        kubelet.finishes_image(job)
        eventually(partial(is_ready, kube), "Ready")
        assert len(kube.names("Job")) == 2
        assert "Traceback" not in operator.log.read_text()


def test_a_restart_of_the_api_server_with_its_history_compacted_costs_nothing(
    kubelet: Kubelet, control_plane: ControlPlane, an_operator: AnOperator, job_of: JobOf
) -> None:
    kube = kubelet.kube
    with an_operator() as operator:
        name = a_running_build(kubelet, job_of)
        former = kube.get("Job", name)["metadata"]["uid"]
        memory = operator.resident_mib()
        with control_plane.without_api():
            pass
        kube.delete("Job", name)
        control_plane.compact()
        eventually(partial(kube.is_made_anew, "Job", name, former), "the Job is made anew")
        kubelet.finishes_image(name)
        eventually(partial(is_ready, kube), "Ready")
        assert operator.lives()
        assert operator.resident_mib() - memory < GROWTH_MIB


def test_a_right_that_is_taken_away_stops_what_needs_it_and_nothing_else_and_for_no_longer(
    kubelet: Kubelet, control_plane: ControlPlane, an_operator: AnOperator, tmp_path: Path, job_of: JobOf
) -> None:
    kube, manifests = kubelet.kube, [each for each in render() if each["kind"] in RIGHTS]
    lost = with_less(one(manifests, "ClusterRole", "airship-images"), jobs={"create", "watch"}, images={"watch"})
    namespace, granted, taken = (tmp_path / f"{name}.yaml" for name in ("namespace", "granted", "taken"))
    namespace.write_text(yaml.safe_dump(NAMESPACE))
    granted.write_text(yaml.safe_dump_all(manifests))
    taken.write_text(yaml.safe_dump(lost))
    kube.kubectl("apply", f"--filename={namespace}")
    kube.kubectl("apply", f"--filename={granted}")
    with (
        FaultyProxy(control_plane.url, control_plane.certificates, ACCOUNT, folder=tmp_path) as proxy,
        an_operator(kubeconfig=proxy.kubeconfig, lease=LEASE) as operator,
    ):
        for kind in ("airshipimages", "nodeprofiles", "jobs"):
            eventually(partial(proxy.count, rf"{kind}\?watch=true"), f"{kind} are watched")
        kube.kubectl("apply", f"--filename={taken}")
        eventually(lambda: "create" not in rights_on_jobs(kube), "the API server holds it to that")
        kube.apply(an_image(), an_image("stalled", "nowhere"), a_profile())
        eventually(lambda: condition(kube.get("AirshipImage", "stalled"), "Stalled"), "another image is judged")
        eventually(lambda: "cannot create resource" in operator.log.read_text(), "the log names the right")
        eventually(lambda: used_by(kube.get("NodeProfile", "base")) == ["worker"], "the profile is told who uses it")
        kube.rests()
        proxy.end_watches()
        asked, writes = proxy.count("watch=true"), kube.writes()
        time.sleep(5)
        assert proxy.count("watch=true") - asked < 5 * 5
        assert kube.writes() == writes
        assert kube.names("Job") == set()
        kube.kubectl("apply", f"--filename={granted}")
        kubelet.finishes_rootfs(job_of("rootfs-"))
        kubelet.finishes_image(job_of("worker-"))
        eventually(partial(is_ready, kube), "Ready")
        assert operator.stop() == 0
    kube.kubectl("delete", f"--filename={granted}")


def rights_on_jobs(kube: Kube) -> str:
    """What the operator's account may do with Jobs, as the API server says."""
    told = kube.kubectl("auth", "can-i", "--list", "--namespace=default", f"--as={ACCOUNT}").splitlines()
    return next(line for line in told if line.startswith("jobs.batch "))


def with_less(role: Json, **taken: set[str]) -> Json:
    """The role without these verbs, by (the end of the name of) what they are for."""

    def left(rule: Json) -> list[str]:
        lost = {verb for name, verbs in taken.items() for verb in verbs if rule["resources"][0].endswith(name)}
        return [verb for verb in rule["verbs"] if verb not in lost]

    return {**role, "rules": [{**rule, "verbs": left(rule)} for rule in role["rules"]]}


def test_clocks_that_are_an_hour_ahead_delay_neither_a_retry_nor_the_takeover(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf
) -> None:
    ahead = timedelta(hours=1)
    renewed = (datetime.now(UTC) + ahead).isoformat(timespec="microseconds").replace("+00:00", "Z")
    lease = {"holderIdentity": "dead", "leaseDurationSeconds": 2, "acquireTime": renewed, "renewTime": renewed}
    kube.delete_all("Lease")
    named = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "airship-images"}}
    kube.create({**named, "spec": lease})
    with an_operator():
        kube.apply(a_profile(), an_image())
        name = job_of("rootfs-")
        former = kube.get("Job", name)["metadata"]["uid"]
        failure = BuildFailure(phase="fetch", reason="MirrorFailed", message="503", retryable=True)
        Kubelet(kube, kubelet.store, ahead=ahead).fails(name, failure)
        eventually(partial(kube.is_made_anew, "Job", name, former), "the next try")


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "behind"])
def test_an_operator_whose_own_clock_is_an_hour_off_works_and_leaves_the_next_one_no_trouble(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf, off: timedelta
) -> None:
    def next_time() -> str:
        return str(kube.get("AirshipImage", "worker")["status"].get("schedule", {}).get("nextTime", ""))

    def is_soon(by: timedelta = timedelta()) -> bool:
        return abs(datetime.fromisoformat(next_time()) - (datetime.now(UTC) + by)) <= timedelta(minutes=15)

    with an_operator().whose_clock_is_ahead(off):
        kube.apply(a_profile(), an_image(schedule={"cron": "*/15 * * * *"}))
        name = job_of("rootfs-")
        former = kube.get("Job", name)["metadata"]["uid"]
        kubelet.fails(name, BuildFailure(phase="fetch", reason="MirrorFailed", message="503", retryable=True))
        eventually(partial(kube.is_made_anew, "Job", name, former), "the next try")
        kubelet.finishes_rootfs(name)
        image = job_of("worker-")
        eventually(next_time, "a next time")
        assert is_soon(off), "by its own clock"
    with an_operator():
        kubelet.finishes_image(image)
        eventually(partial(is_ready, kube), "Ready")
        assert len([name for name in kube.names("Job") if not name.startswith("refresh-")]) == 2
        if off > timedelta():  # what was promised too late is promised anew; what is overdue is answered first
            assert is_soon()
