"""A package repository of the test's own: packages made on the spot or adopted, signed, and served on the loopback."""

import hashlib
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from hack.cluster.certificates import Certificates


@dataclass(frozen=True)
class Key:
    """An OpenPGP key, in a folder of its own."""

    home: Path

    @classmethod
    def make(cls, home: Path, name: str = "a repository of the tests") -> "Key":
        home.mkdir(mode=0o700)
        key = cls(home)
        key._gpg("--quick-generate-key", name, "ed25519", "sign", "never")
        return key

    @property
    def public(self) -> str:
        return self._gpg("--armor", "--export")

    def sign(self, path: Path, signed: Path) -> None:
        self._gpg("--yes", "--digest-algo", "SHA256", "--output", str(signed), "--clear-sign", str(path))

    def _gpg(self, *arguments: str) -> str:
        argv = ("gpg", "--homedir", str(self.home), "--batch", "--passphrase", "", "--pinentry-mode", "loopback")
        done = subprocess.run([*argv, *arguments], capture_output=True, text=True, timeout=60, check=False)
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "all"], timeout=60, check=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclass
class Repository:
    """The folder that is served; `origin` and `suite` are what its Release file says."""

    folder: Path
    key: Key
    origin: str = "Tests"
    suite: str = "stable"
    component: str = "main"
    packages: list[Path] = field(default_factory=list)

    @property
    def pool(self) -> Path:
        pool = self.folder / "pool"
        pool.mkdir(parents=True, exist_ok=True)
        return pool

    @property
    def flat(self) -> bool:
        return self.suite.endswith("/")

    @property
    def index(self) -> Path:
        return self.folder if self.flat else self.folder / "dists" / self.suite

    def add(
        self,
        name: str,
        version: str = "1",
        *,
        fields: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        postinst: str | None = None,
    ) -> None:
        """Make the package `name` with more `fields` of its control file, and `files` by their paths."""
        tree = self.folder.parent / f"{name}_{version}"
        control = {
            "Package": name,
            "Version": version,
            "Architecture": "amd64",
            "Maintainer": "the tests <tests@example.test>",
            "Description": f"{name} for a test",
            **(fields or {}),
        }
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text("".join(f"{key}: {value}\n" for key, value in control.items()))
        if postinst:
            (tree / "DEBIAN/postinst").write_text(f"#!/bin/sh\n{postinst}\n")
            (tree / "DEBIAN/postinst").chmod(0o755)
        for path, text in (files or {}).items():
            target = tree / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        package = self.pool / f"{name}_{version}_amd64.deb"
        argv = ("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(package))
        subprocess.run(argv, capture_output=True, timeout=60, check=True)
        shutil.rmtree(tree)
        self.packages.append(package)

    def adopt(self, packages: Iterable[Path]) -> None:
        """Take in packages of another repository."""
        for package in packages:
            kept = self.pool / package.name.replace("%3a", "-")  # which a server would read as a colon
            shutil.copy(package, kept)
            self.packages.append(kept)

    def publish(self) -> None:
        """Write the index, and sign it; it is newer than the former one by a whole second, as HTTP tells times."""
        component = "" if self.flat else f"{self.component}/binary-amd64/"
        listing = self.index / component / "Packages"
        signed = self.index / "InRelease"
        newer = max(time.time(), signed.stat().st_mtime + 1) if signed.exists() else time.time()
        listing.parent.mkdir(parents=True, exist_ok=True)
        listing.write_text("\n".join(map(self._stanza, self.packages)))
        data = listing.read_bytes()
        names = {} if self.flat else {"Suite": self.suite, "Codename": self.suite, "Components": self.component}
        release = {"Origin": self.origin, "Label": self.origin, **names, "Architectures": "amd64"}
        text = "".join(f"{key}: {value}\n" for key, value in release.items())
        dated = f"Date: {formatdate(time.time() - 60, usegmt=True).replace('GMT', 'UTC')}\n"
        digests = f"SHA256:\n {hashlib.sha256(data).hexdigest()} {len(data)} {component}Packages\n"
        (self.index / "Release").write_text(text + dated + digests)
        self.key.sign(self.index / "Release", signed)
        for path in (listing, signed):
            os.utime(path, (newer, newer))

    def _stanza(self, package: Path) -> str:
        argv = ("dpkg-deb", "--field", str(package))
        control = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout
        data = package.read_bytes()
        place = package.relative_to(self.folder)
        return f"{control}Filename: {place}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"


class _Quiet(SimpleHTTPRequestHandler):
    """Gives its files to who asks it for a path, and to who takes it for a proxy and names a whole URL."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        return super().translate_path(urlsplit(path).path)

    def log_message(self, *_: object) -> None:
        """What apt says is in the build's log."""


@contextmanager
def served(folder: Path, certificates: Certificates | None = None) -> Iterator[str]:
    """The URL at which `folder` is served; by HTTPS with the certificate `web` of `certificates`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.certificate("web"), certificates.key("web"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"{'https' if certificates else 'http'}://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass(frozen=True)
class Mirror:
    """A mirror without files of its own: it remembers what it was asked for, and says where that is."""

    url: str
    asked: list[str]


@contextmanager
def mirror_of(folders: Mapping[str, str]) -> Iterator[Mirror]:
    """A mirror of the repositories at the URLs `folders`, each in the folder of its name."""
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            folder, _, rest = self.path.lstrip("/").partition("/")
            self.send_response(302)
            self.send_header("Location", f"{folders[folder].rstrip('/')}/{rest}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """What apt says is in the build's log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield Mirror(f"http://127.0.0.1:{server.server_port}", asked)
        server.shutdown()
