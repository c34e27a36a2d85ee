"""A registry on this machine that holds artifacts as files and gives them to who has the password."""

import base64
import functools
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER, PASSWORD = "puller", "only-of-this-test"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class _Handler(http.server.SimpleHTTPRequestHandler):
    def guess_type(self, path: Any) -> str:
        return MANIFEST if "/manifests/" in str(path) else "application/octet-stream"

    def send_head(self) -> Any:
        if self.headers.get("Authorization") != f"Basic {credentials()}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        return super().send_head()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Registry:
    """Its folder, and its name in references."""

    folder: Path
    name: str

    def push(self, repository: str, *layers: bytes) -> str:
        """The reference, by digest, of an artifact with these layers."""
        config = b"{}"
        described = [self._blob(repository, content) for content in (config, *layers)]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described[0], "layers": described[1:]}
        content = json.dumps(manifest).encode()
        digest = self._write(f"v2/{repository}/manifests", content)
        return f"{self.name}/{repository}@{digest}"

    def login(self) -> str:
        """The .dockerconfigjson of who may pull."""
        return json.dumps({"auths": {self.name: {"auth": credentials()}}})

    def _blob(self, repository: str, content: bytes) -> dict[str, Any]:
        digest = self._write(f"v2/{repository}/blobs", content)
        return {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest, "size": len(content)}

    def _write(self, folder: str, content: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = self.folder / folder / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest


def credentials() -> str:
    return base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """One that answers while the block runs; oras speaks plain HTTP to `localhost` alone."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Registry(folder, f"localhost:{server.server_address[1]}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
