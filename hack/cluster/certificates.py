"""The certificates of a cluster: one CA, and what it signs for the servers and for each client."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hack.cluster.commands import output
from hack.cluster.locations import API_SERVICE_ADDRESS, LOOPBACK, NETWORK_NAME

DAYS: Final = "3650"
KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
SERVICE: Final = "kubernetes.default.svc"
SERVICE_NAMES: Final = ("kubernetes", "kubernetes.default", SERVICE, f"{SERVICE}.cluster.local")


@dataclass(frozen=True)
class Certificates:
    """The files under `folder`; `ensure` and `client` make those that are missing."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The certificate that clients check the servers against."""
        return self.certificate("ca")

    def certificate(self, name: str) -> Path:
        """The certificate of this name, in PEM."""
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        """Its private key."""
        return self.folder / f"{name}.key"

    def ensure(self, address: str) -> None:
        """The CA, and what an API server at `address` needs."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sign("ca", f"/CN={NETWORK_NAME}", ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"))
        self._sign("service-account", "/CN=service-account", ())
        self.server("kube-apiserver", *dict.fromkeys((LOOPBACK, address, API_SERVICE_ADDRESS)), names=SERVICE_NAMES)
        self.client("kube-apiserver-kubelet-client", "system:masters")

    def server(self, name: str, *addresses: str, names: Sequence[str] = ()) -> None:
        """A serving certificate for the IP addresses and DNS names, in files called `name`."""
        alternatives = [*(f"DNS:{each}" for each in names), *(f"IP:{each}" for each in addresses)]
        self._sign(name, f"/CN={name}", (f"subjectAltName={','.join(alternatives)}",), by_ca=True)

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
    sections = ("[req]", "distinguished_name = names", "x509_extensions = extensions", "[names]", "[extensions]")
    return "\n".join([*sections, *extensions, ""])


def kubeconfig(server: str, user: str, authority: str, certificate: str, key: str) -> str:
    """A kubeconfig with base64 credentials inside, as JSON, which is YAML too."""
    name = NETWORK_NAME
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": user, "user": {"client-certificate-data": certificate, "client-key-data": key}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    }
    return json.dumps(content, indent=2) + "\n"
