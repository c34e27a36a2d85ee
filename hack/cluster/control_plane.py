"""etcd and kube-apiserver, and nothing else: the Kubernetes API in a few seconds, several beside each other.

with ControlPlane() as control_plane:
    subprocess.run(["kubectl", "--kubeconfig", control_plane.kubeconfig, "get", "namespaces"])
"""

import base64
import json
import shutil
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from hack.cluster import binaries, locations, processes
from hack.cluster.certificates import Certificates
from hack.cluster.commands import MINUTE, SECOND
from hack.cluster.ports import free_ports
from hack.cluster.waiting import until

READY_TIMEOUT: Final = 3 * MINUTE
REQUEST_TIMEOUT: Final = 5 * SECOND
PORTS_FILE: Final = "ports.json"
ADMIN: Final = "admin"
ADMINS: Final = "system:masters"

WITHOUT_CONTROLLERS: Final = ("--disable-admission-plugins=ServiceAccount",)
"""No controller-manager makes the default service accounts, without which this plugin refuses every Pod."""


@dataclass(frozen=True)
class Ports:
    """Where the daemons of one control plane listen."""

    api: int
    etcd: int
    etcd_peer: int


@dataclass(frozen=True)
class Daemons:
    """One control plane: the folder of its state, the address of its API server (etcd's is loopback), its flags."""

    folder: Path
    address: str
    ports: Ports
    apiserver_arguments: tuple[str, ...] = ()

    @property
    def certificates(self) -> Certificates:
        """Its CA and what that signed."""
        return Certificates(self.folder / "pki")

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return f"https://{self.address}:{self.ports.api}"

    @property
    def etcd_url(self) -> str:
        """Where etcd listens."""
        return f"http://{locations.LOOPBACK}:{self.ports.etcd}"

    def prepare(self) -> None:
        """The folder, with the chosen ports, the certificates and the administrator's kubeconfig."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".{PORTS_FILE}.unfinished"
        unfinished.write_text(json.dumps(vars(self.ports)))
        unfinished.rename(self.folder / PORTS_FILE)
        self.certificates.ensure(self.address)
        self.certificates.kubeconfig(self.kubeconfig, self.url, ADMIN, ADMINS)

    def commands(self) -> dict[str, tuple[str, ...]]:
        """The daemons by name, in the order to start them."""
        return {"etcd": self._etcd(), "kube-apiserver": self._apiserver()}

    def wait(self) -> None:
        """Until the API answers and has its first namespace; ClusterError with the end of the log otherwise."""
        context = ssl.create_default_context(cafile=str(self.certificates.ca))
        context.load_cert_chain(self.certificates.certificate(ADMIN), self.certificates.key(ADMIN))

        commands = self.commands()

        def answers() -> bool:
            for name, argv in commands.items():
                processes.expect(self.folder, name, argv)
            return all(_succeeds(f"{self.url}{path}", context) for path in ("/readyz", "/api/v1/namespaces/default"))

        until(answers, "the Kubernetes API", READY_TIMEOUT, lambda: processes.log_tail(self.folder, "kube-apiserver"))

    def _etcd(self) -> tuple[str, ...]:
        client, peer = self.etcd_url, f"http://{locations.LOOPBACK}:{self.ports.etcd_peer}"
        return (
            str(binaries.ensure("etcd")), "--name=default", f"--data-dir={self.folder / 'etcd'}", "--unsafe-no-fsync",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
        )  # fmt: skip

    def _apiserver(self) -> tuple[str, ...]:
        pki = self.certificates
        return (
            str(binaries.ensure("kube-apiserver")),
            f"--etcd-servers={self.etcd_url}",
            f"--bind-address={self.address}",
            f"--advertise-address={self.address}",
            f"--secure-port={self.ports.api}",
            f"--service-cluster-ip-range={locations.SERVICE_NETWORK}",
            "--authorization-mode=Node,RBAC",
            "--allow-privileged=true",
            "--kubelet-preferred-address-types=InternalIP",
            "--endpoint-reconciler-type=none"
            if self.address == locations.LOOPBACK
            else "--endpoint-reconciler-type=lease",
            f"--client-ca-file={pki.ca}",
            f"--tls-cert-file={pki.certificate('kube-apiserver')}",
            f"--tls-private-key-file={pki.key('kube-apiserver')}",
            f"--kubelet-client-certificate={pki.certificate('kube-apiserver-kubelet-client')}",
            f"--kubelet-client-key={pki.key('kube-apiserver-kubelet-client')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki.certificate('service-account')}",
            f"--service-account-signing-key-file={pki.key('service-account')}",
            *self.apiserver_arguments,
        )


class ControlPlane:
    """A control plane on loopback for the time of a `with` block, or of the thread that entered it, if that is shorter.

    `directory` (default: a new temporary one) is removed afterwards with all it holds; `apiserver_arguments` are
    further flags, such as --max-requests-inflight=3000. After entering, `kubeconfig` is the administrator's.
    """

    def __init__(self, directory: Path | None = None, *, apiserver_arguments: Sequence[str] = ()) -> None:
        self.directory = directory or Path(tempfile.mkdtemp(prefix="airship-images-control-plane-"))
        self._daemons = Daemons(
            self.directory, locations.LOOPBACK, Ports(*free_ports(3)), (*WITHOUT_CONTROLLERS, *apiserver_arguments)
        )
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._daemons.kubeconfig

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return self._daemons.url

    @property
    def certificates(self) -> Certificates:
        """Its CA and what that signed."""
        return self._daemons.certificates

    def __enter__(self) -> "ControlPlane":
        try:
            self._daemons.prepare()
            for name, argv in self._daemons.commands().items():
                self._children.append(processes.start(self.directory, name, argv, dies_with_us=True))
            self._daemons.wait()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    @contextmanager
    def without_api(self) -> Iterator[None]:
        """The API server is killed and away meanwhile; etcd goes on, and all is there again afterwards."""
        argv = self._daemons.commands()["kube-apiserver"]
        apiserver = [each for each in processes.running(self.directory) if each.name == "kube-apiserver"]
        processes.end(apiserver, grace=0)
        try:
            yield
        finally:
            self._children.append(processes.start(self.directory, "kube-apiserver", argv, dies_with_us=True))
            self._daemons.wait()

    def compact(self) -> int:
        """Have etcd forget all but the present version of everything, and the number of that version."""
        header = self._ask_etcd("kv/range", {"key": base64.b64encode(b"/").decode(), "count_only": True})["header"]
        self._ask_etcd("kv/compaction", {"revision": header["revision"], "physical": True})
        return int(header["revision"])

    def _ask_etcd(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        url = f"{self._daemons.etcd_url}/v3/{path}"
        with opener.open(url, json.dumps(request).encode(), timeout=REQUEST_TIMEOUT) as response:
            return dict(json.load(response))

    def _end(self) -> None:
        processes.end(processes.running(self.directory), grace=0)
        for child in self._children:
            child.wait()
        shutil.rmtree(self.directory)


def lasting_ports(folder: Path) -> Ports:
    """The ports of the control plane in `folder`: those that it was prepared with, or free ones to prepare it with."""
    file = folder / PORTS_FILE
    return Ports(**json.loads(file.read_text())) if file.exists() else Ports(*free_ports(3))


def _succeeds(url: str, context: ssl.SSLContext) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(url, timeout=REQUEST_TIMEOUT) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
