"""The certificates of a cluster: one CA, the API server's serving certificate, and one client certificate for each component."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hack.cluster import locations
from hack.cluster.commands import output

DAYS: Final = "3650"
KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
SERVICE_NAMES: Final = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")


@dataclass(frozen=True)
class Certificates:
    """The files under `folder`; `ensure` and `client` make those that are missing."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.certificate("ca")

    def certificate(self, name: str) -> Path:
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def ensure(self, address: str) -> None:
        """The CA, and what an API server at `address` needs."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sign("ca", "/CN=airship-images-cluster", ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"))
        self._sign("service-account", "/CN=service-account", ())
        addresses = (locations.LOOPBACK, address, locations.API_SERVICE_ADDRESS)
        self._sign("kube-apiserver", "/CN=kube-apiserver", (serving(SERVICE_NAMES, addresses),), by_ca=True)
        self.client("kube-apiserver-kubelet-client", "system:masters")

    def client(self, user: str, *groups: str) -> None:
        """A client certificate for the user, in files of that name."""
        subject = "".join(f"/O={group}" for group in groups) + f"/CN={user}"
        self._sign(user, subject, ("extendedKeyUsage=clientAuth",), by_ca=True)

    def kubeconfig(self, path: Path, server: str, user: str, *groups: str) -> None:
        """Write a kubeconfig that holds all it needs, for a user whose certificate is made first where missing."""
        self.client(user, *groups)
        files = (self.ca, self.certificate(user), self.key(user))
        authority, certificate, key = (base64.b64encode(file.read_bytes()).decode() for file in files)
        path.touch(mode=0o600)
        path.write_text(kubeconfig(server, user, authority, certificate, key))

    def _sign(self, name: str, subject: str, extensions: Sequence[str], *, by_ca: bool = False) -> None:
        if self.certificate(name).exists():
            return
        unfinished = self.folder / f".{name}.unfinished"
        issuer = ("-CA", str(self.ca), "-CAkey", str(self.key("ca"))) if by_ca else ()
        output(
            ("openssl", "req", "-x509", "-config", "/dev/stdin", *KEY, "-days", DAYS, "-subj", subject, *issuer,
             "-keyout", str(self.key(name)), "-out", str(unfinished)),
            text=request_config(extensions),
        )  # fmt: skip
        unfinished.rename(self.certificate(name))


def request_config(extensions: Sequence[str]) -> str:
    """A configuration of openssl-req(1) with these X.509 extensions and none of the system's."""
    return "\n".join(["[req]", "distinguished_name = names", "x509_extensions = extensions", "[names]", "[extensions]", *extensions, ""])


def serving(names: Sequence[str], addresses: Sequence[str]) -> str:
    """The subjectAltName of a server."""
    unique = dict.fromkeys(addresses)
    return "subjectAltName=" + ",".join([*(f"DNS:{name}" for name in names), *(f"IP:{address}" for address in unique)])


def kubeconfig(server: str, user: str, authority: str, certificate: str, key: str) -> str:
    """A kubeconfig with base64 credentials inside, as JSON, which is YAML too."""
    name = locations.NETWORK_NAME
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": user, "user": {"client-certificate-data": certificate, "client-key-data": key}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    }
    return json.dumps(content, indent=2) + "\n"
