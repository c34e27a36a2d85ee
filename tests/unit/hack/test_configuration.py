"""What are the parts of the cluster configured to do?"""

import json
import tomllib
from pathlib import Path

from hack.cluster import certificates, components, containerd, storage
from hack.cluster.certificates import Certificates
from hack.cluster.locations import NODE_ADDRESS, STATE


def test_containerd_keeps_everything_below_the_state_folder() -> None:
    config = tomllib.loads(containerd.CONFIG)
    runtime = config["plugins"]["io.containerd.grpc.v1.cri"]["containerd"]["runtimes"]["runc"]
    paths = (config["root"], config["state"], config["grpc"]["address"], runtime["options"]["Root"])
    assert all(Path(path).is_relative_to(STATE) for path in paths)


def test_containerd_survives_where_the_oom_score_cannot_be_lowered() -> None:
    assert tomllib.loads(containerd.CONFIG)["plugins"]["io.containerd.grpc.v1.cri"]["restrict_oom_score_adj"] is True


def test_pods_get_masqueraded_addresses_of_the_pod_network() -> None:
    (plugin,) = json.loads(containerd.network_config())["plugins"]
    assert (plugin["type"], plugin["ipMasq"]) == ("ptp", True)
    assert plugin["ipam"]["ranges"] == [[{"subnet": "10.244.0.0/24", "gateway": "10.244.0.1"}]]


def test_kubelet_and_proxy_listen_on_the_bridge_alone() -> None:
    kubelet = components.kubelet_config(Certificates(STATE / "pki"))
    proxy = components.proxy_config()
    assert (kubelet["address"], kubelet["healthzPort"]) == (NODE_ADDRESS, 0)
    assert proxy["nodePortAddresses"] == [f"{NODE_ADDRESS}/32"]
    assert all(proxy[key].startswith(f"{NODE_ADDRESS}:") for key in ("healthzBindAddress", "metricsBindAddress"))


def test_the_kubelet_answers_nobody_anonymous() -> None:
    kubelet = components.kubelet_config(Certificates(STATE / "pki"))
    assert kubelet["authentication"]["anonymous"] == {"enabled": False}
    assert kubelet["authorization"] == {"mode": "Webhook"}


def test_pods_do_not_get_a_resolver_that_listens_on_the_machines_loopback() -> None:
    assert components.resolver("nameserver 127.0.0.53\n", has_systemd=True) == components.SYSTEMD_RESOLVER
    assert components.resolver("nameserver 192.0.2.53\n", has_systemd=True) == components.RESOLVER
    assert components.resolver("nameserver 127.0.0.53\n", has_systemd=False) == components.RESOLVER


def test_each_volume_is_reserved_for_its_claim() -> None:
    volumes = [item for item in storage.manifests() if item["kind"] == "PersistentVolume"]
    assert [volume["spec"]["claimRef"]["name"] for volume in volumes] == ["airship-images", "airship-images-cache"]
    assert all(volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain" for volume in volumes)


def test_a_kubeconfig_needs_no_other_file() -> None:
    content = json.loads(certificates.kubeconfig("https://192.0.2.1:6443", "admin", "Y2E=", "Y2VydA==", "a2V5"))
    assert content["users"][0]["user"] == {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"}
    assert content["clusters"][0]["cluster"]["server"] == "https://192.0.2.1:6443"


def test_certificates_carry_our_extensions_and_none_of_the_systems() -> None:
    config = certificates.request_config(("extendedKeyUsage=clientAuth",))
    assert config.endswith("[extensions]\nextendedKeyUsage=clientAuth\n")
