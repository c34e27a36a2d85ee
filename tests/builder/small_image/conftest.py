"""The one small image of this folder's tests: built once, opened once, booted once with each firmware."""

import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.documents import parse, validate
from airship_images.api.nodeprofile import NodeProfile
from airship_images.spec import Prepared, prepare
from airship_images.spec.tree import Data
from tests.builder.booting import boot_with_questions
from tests.builder.small_image.questions import CRASH_KERNEL, CRASHES, QUESTIONS
from tests.builder.workbench import Inside, Workbench, open_image

FETCHED = b"fetched while the image was built\n"
HERE = Path(__file__).parent
SECRETS = {
    "operator1": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnlyOfThisTest operator1@test",
    "canary": "the-content-of-a-secret-file",
    "password": "$6$saltofthistest$Nothing.Was.Ever.Hashed.To.This.But.It.Looks.Like.It",
}
KUBELET = {"extra_systemd_args": [{"name": "v", "value": "2"}, {"name": "node-labels", "value": "a=b c$(id) %n"}]}


@dataclass(frozen=True)
class Built:
    """A published image: where it was built, and from what; `spec` is that of its one profile."""

    bench: Workbench
    spec: Data
    prepared: Prepared
    log: str

    @property
    def build_hash(self) -> str:
        return self.prepared.identities.build_hash


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(FETCHED)

    def log_message(self, *_: object) -> None:
        """Nobody reads who asked."""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server that answers everything with the one file."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def built(benches: Callable[[str], Workbench], server: str) -> Built:
    """A published image with a little of everything."""
    bench = benches("small")
    profile, image = a_site((HERE / "site.yaml").read_text().replace("http://files.test/", server))
    prepared = prepare(image, {profile.metadata.name: profile})
    write_inputs(bench, prepared, kubelet=KUBELET)  # by hand: a rule wants its package, which Debian does not have
    done = bench.build()
    assert done.returncode == 0, done.stderr[-3000:]
    spec = profile.spec.model_dump(by_alias=True, exclude_none=True)
    return Built(bench, spec, prepared, done.stdout + done.stderr)


@pytest.fixture(scope="session")
def inside(built: Built) -> Inside:
    """Its root file system."""
    return open_image(built.bench, built.bench.image(built.build_hash))


@pytest.fixture(scope="session")
def booted(built: Built) -> Callable[[str], dict[str, str]]:
    """What the booted image answers to the questions, by firmware; with UEFI it boots with Secure Boot.

    Its crash kernel gets an initramfs there alone: that takes as long as the rest of the boot.
    """
    image = built.bench.image(built.build_hash)

    @functools.cache
    def answers(firmware: str) -> dict[str, str]:
        if firmware == "uefi":
            return boot_with_questions(built.bench, image, firmware, QUESTIONS | CRASHES, secure_boot=True)
        return boot_with_questions(built.bench, image, firmware, QUESTIONS, unwanted=[CRASH_KERNEL])

    return answers


@pytest.fixture(scope="session", params=["bios", "uefi"])
def facts(booted: Callable[[str], dict[str, str]], request: pytest.FixtureRequest) -> dict[str, str]:
    """Of each boot."""
    return booted(request.param)


def a_site(text: str) -> tuple[NodeProfile, AirshipImage]:
    """The profile and the image of documents that hold one of each."""
    profile, image = [validate(raw) for raw in parse(text, "site.yaml")]
    assert isinstance(profile, NodeProfile)
    assert isinstance(image, AirshipImage)
    return profile, image


def write_inputs(bench: Workbench, prepared: Prepared, **variables: Any) -> None:
    """The inputs of `prepared` with more `variables` for the roles, and the Secrets that they name."""
    for name, text in prepared.files.items():
        (bench.request / name).write_text(text)
    osconfig = yaml.safe_load(prepared.files["osconfig-vars.yaml"])
    (bench.request / "osconfig-vars.yaml").write_text(yaml.safe_dump(osconfig | variables))
    for ref in prepared.secrets:
        path = bench.secrets / ref.secret_name / ref.key
        path.parent.mkdir(exist_ok=True)
        path.write_text(SECRETS.get(ref.key, SECRETS["password"]))
