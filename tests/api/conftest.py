"""A control plane with our CRDs, a served store, and the operator beside them."""

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airship_images.cli.main import run
from hack.cluster.control_plane import ControlPlane
from tests.api.killing import Stage
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import KIND, NAMESPACE, Metal3
from tests.api.operator_process import OperatorProcess, settings
from tests.command_line import CommandLine, Ended


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    with ControlPlane() as running:
        Kube(running.kubeconfig).install()
        yield running


@pytest.fixture(scope="session")
def kube_of_session(control_plane: ControlPlane) -> Kube:
    return Kube(control_plane.kubeconfig)


@pytest.fixture
def kube(kube_of_session: Kube, request: pytest.FixtureRequest) -> Iterator[Kube]:
    """An API without images, profiles and what came of them.

    What an operator that goes on sees vanish before the end of its image, it makes anew: the next test would find it.
    """
    yield kube_of_session
    kube_of_session.delete_all("AirshipImage", "NodeProfile")
    for each in request.node.funcargs.values():
        if isinstance(each, OperatorProcess) and each.lives():
            eventually(partial(each.has_seen, kube_of_session), "the operator knows that the images are gone")
    kube_of_session.delete_all("Job", "Pod", "Event", "ConfigMap")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL under which it is served."""
    folder = tmp_path_factory.mktemp("store")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kubelet(kube: Kube, store: tuple[Path, str]) -> Kubelet:
    return Kubelet(kube, store[0])


@pytest.fixture
def elsewhere(kube: Kube) -> Iterator[Kube]:
    """Another namespace, whose claims have the same names."""
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}})
    other = Kube(kube.kubeconfig, "elsewhere")
    other.claim()
    yield other
    other.delete_all("AirshipImage", "NodeProfile", "Job", "ConfigMap", "Pod", "Event")


@pytest.fixture(scope="module")
def operator(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory, store: tuple[Path, str]
) -> Iterator[OperatorProcess]:
    """The operator at work, one for all tests of a file."""
    with OperatorProcess(control_plane.kubeconfig, tmp_path_factory.mktemp("operator"), settings(store[1])) as running:
        yield running


@pytest.fixture(scope="module")
def rolling_operator(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory, store: tuple[Path, str]
) -> Iterator[OperatorProcess]:
    """The operator that may roll out in the namespace of the tests, one for all tests of a file."""
    chosen = settings(store[1], rolloutNamespaces=[NAMESPACE])
    with OperatorProcess(control_plane.kubeconfig, tmp_path_factory.mktemp("operator"), chosen) as running:
        yield running


@pytest.fixture
def an_operator(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory, store: tuple[Path, str]
) -> Callable[..., OperatorProcess]:
    """Another operator, not yet started, with settings of its own."""

    def made(
        *, kubeconfig: Path = control_plane.kubeconfig, log_format: str = "plain", **changed: Any
    ) -> OperatorProcess:
        folder = tmp_path_factory.mktemp("operator")
        return OperatorProcess(kubeconfig, folder, settings(store[1], **changed), log_format)

    return made


@pytest.fixture
def stage(control_plane: ControlPlane, store: tuple[Path, str], an_operator: Callable[..., OperatorProcess]) -> Stage:
    """Where stories are told in which the operator is killed."""
    return Stage(control_plane.kubeconfig, store, an_operator)


@pytest.fixture
def airship_images(kube: Kube, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs `airship-images ARGUMENTS` against the API server, without a terminal."""

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run([*arguments, "--kubeconfig", str(kube.kubeconfig)])
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def job_of(kube: Kube) -> Callable[[str], str]:
    """The name of the one Job whose name starts so, once it is there."""

    def found(start: str) -> str:
        def named() -> list[str]:
            return [name for name in kube.names("Job") if name.startswith(start)]

        names = eventually(named, f"a Job {start}…")
        assert len(names) == 1
        return names[0]

    return found


@pytest.fixture(scope="module")
def with_hosts(control_plane: ControlPlane) -> Iterator[Metal3]:
    """An API with BareMetalHosts, for all tests of a file."""
    metal3 = Metal3(control_plane.kubeconfig)
    metal3.install()
    yield metal3
    metal3.run("delete", "crd", "baremetalhosts.metal3.io")


@pytest.fixture
def metal3(with_hosts: Metal3) -> Iterator[Metal3]:
    """An API with BareMetalHosts, none of them there yet."""
    yield with_hosts
    with_hosts.run("delete", KIND, "--all")
