"""Which program is used, and what is built?"""

from pathlib import Path

import pytest

from hack.cluster import binaries, golang
from hack.cluster.errors import ClusterError


def test_the_versions_come_from_the_go_mod_files() -> None:
    assert binaries.KUBERNETES.version.startswith("v1.34.")
    assert binaries.HELM.version.startswith("v3.")


@pytest.mark.parametrize("go_mod", ["require example/x v1.2.3\n", "require (\n\texample/x v1.2.3 // indirect\n)\n"])
def test_a_requirement_is_found_in_either_form(go_mod: str) -> None:
    assert binaries.pinned_version(go_mod, "example/x") == "v1.2.3"


def test_a_missing_requirement_is_an_error() -> None:
    with pytest.raises(ClusterError, match="found no requirement of example/x"):
        binaries.pinned_version("require example/xy v1.2.3\n", "example/x")


@pytest.mark.parametrize(
    ("found", "fits"),
    [("Kubernetes v1.34.1", True), ("Kubernetes v1.35.0", True), ("Kubernetes v1.33.9", False), ("", False)],
)
def test_an_api_server_fits_with_the_same_minor_version_or_one_newer(found: str, fits: bool) -> None:
    assert binaries.fits(found, "v1.34.4") is fits


def test_kubernetes_programs_are_told_their_version() -> None:
    flags = binaries.linker_flags(binaries.KUBERNETES)
    assert f"-X k8s.io/component-base/version.gitVersion={binaries.KUBERNETES.version}" in flags
    assert "-X k8s.io/client-go/pkg/version.gitMinor=34" in flags


@pytest.mark.parametrize(
    ("version", "enough"), [("go1.24.0", True), ("go1.26.8", True), ("go1.19.8", False), ("", False)]
)
def test_an_old_go_is_not_used(version: str, enough: bool) -> None:
    assert golang.new_enough(version) is enough


def test_an_unknown_program_is_refused_with_the_known_names() -> None:
    with pytest.raises(ClusterError, match="found 'kubeadm', expected one of etcd, kube-apiserver"):
        binaries.ensure("kubeadm")


def test_kubebuilder_assets_are_used_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etcd").touch()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert binaries.ensure("etcd") == tmp_path / "etcd"
