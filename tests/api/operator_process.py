"""The real operator, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from hack.cluster.ports import free_ports
from tests.api.kube import Kube

BUILDER = "airship-images/builder:test"
START_SECONDS = 90
END_SECONDS = 60
REPOSITORY = Path(__file__).resolve().parents[2]


def settings(base_url: str = "http://127.0.0.1:9/", **changed: Any) -> dict[str, Any]:
    """Settings as the chart renders them, on free loopback ports."""
    health, metrics = free_ports(2)
    return {
        "builder": {"image": BUILDER, "allowedImages": ["airship-images/builder:other"]},
        "store": {"claimName": "airship-images", "baseURL": base_url},
        "cache": {"claimName": "airship-images-cache"},
        "lease": {"name": "airship-images", "namespace": "default"},
        "listen": {"address": "127.0.0.1", "healthPort": health, "metricsPort": metrics},
        **changed,
    }


class OperatorProcess:
    """The operator for the time of a `with` block; its log is in `folder`."""

    def __init__(self, kubeconfig: Path, folder: Path, settings: dict[str, Any], log_format: str = "plain") -> None:
        self.settings = settings
        self._file = folder / "settings.yaml"
        self._file.write_text(yaml.safe_dump(settings))
        self._kubeconfig = str(kubeconfig)
        self.log = folder / "operator.log"
        self._command = (
            *(sys.executable, "-m", "airship_images.controller", "--log-format", log_format),
            *("--settings", str(self._file), "--kubeconfig", str(kubeconfig)),
        )
        self.process: subprocess.Popen[bytes] | None = None
        self._next: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
        if error is not None:
            print(self.log.read_text())

    def start(self, command: tuple[str, ...] = ()) -> None:
        """Start it and wait until it leads."""
        self.launch(command)
        end = time.monotonic() + START_SECONDS
        while not self.leads():
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    @contextmanager
    def waiting(self) -> Iterator[Self]:
        """Start it while another one leads; it ends well when it is told to stop."""
        self.launch()
        try:
            yield self
        finally:
            code = self.stop()
        assert code == 0, self.log.read_text()

    def leads(self) -> bool:
        """Does it say that it is at work?"""
        return self.answer("/readyz") == "ok"

    def has_seen(self, kube: Kube) -> bool:
        """Does it know as many images as there are, and look at none of them now?"""
        told = self.answer("/metrics") or ""
        begun, ended = (
            sum(values(told, f"airship_images_{name}_seconds_count")) for name in ("queue_wait", "reconcile")
        )
        known, waiting = (sum(values(told, f"airship_images_{name}")) for name in ("images", "queue_length"))
        return bool(told) and (known, waiting, begun) == (kube.count_everywhere("AirshipImage"), 0, ended)

    def answer(self, path: str) -> str | None:
        """What it says when asked for this path; None when that is an error."""
        port = self.settings["listen"]["healthPort"]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
                return str(response.read().decode())
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return None

    def launch(self, command: tuple[str, ...] = ()) -> None:
        """Start it and wait for nothing."""
        environment = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command or self._command, stdout=log, stderr=log, env=environment, cwd=REPOSITORY
            )

    def stop(self) -> int:
        """As Kubernetes stops it; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Without a chance to tidy up."""
        self._end(signal.SIGKILL)

    @contextmanager
    def whose_clock_is_ahead(self, by: timedelta) -> Iterator[Self]:
        """Start it with another time than everybody else's."""
        seconds = str(int(by.total_seconds()))
        self.start((sys.executable, "-m", "tests.api.skewed", seconds, str(self._file), self._kubeconfig))
        try:
            yield self
        finally:
            if self.lives():
                self.stop()

    @contextmanager
    def that_dies_after(self, writes: int, *, again: bool = False) -> Iterator[Self]:
        """Start it so that it dies after its first writes; never for 0. `again`: each one that is revived too."""
        mortal = (sys.executable, "-m", "tests.api.mortal", str(writes), str(self._file), self._kubeconfig)
        self._next = mortal if again else ()
        self.launch(mortal)
        try:
            yield self
        except BaseException:
            print(self.log.read_text())
            raise
        finally:
            if self.lives():
                self.stop()

    def writes(self) -> int:
        """How many writes it has made since it was started so."""
        account = self._file.with_name("writes")
        return int(account.read_text()) if account.exists() else 0

    def revive(self) -> None:
        """Start the next one."""
        self.launch(self._next)

    def lives(self) -> bool:
        """Is its process there?"""
        return self.process is not None and self.process.poll() is None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It does nothing for a while, and does not know of it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def ended(self, within: float) -> int:
        """Its exit code, once it ends by itself within these seconds."""
        assert self.process is not None
        return self.process.wait(timeout=within)

    def resident_mib(self) -> float:
        """Memory that it holds now."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kib) / 1024

    def cpu_seconds(self) -> float:
        """Processor time that it has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=END_SECONDS)


def values(told: str, name: str) -> list[float]:
    """What the metric of this name is, whatever its labels, in what /metrics answered."""
    lines = (line.rpartition(" ") for line in told.splitlines())
    return [float(value) for named, _, value in lines if named.partition("{")[0] == name]
