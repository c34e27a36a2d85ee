"""The components of Kubernetes beside the control plane's two: their configurations and command lines."""

import json
from pathlib import Path
from typing import Any, Final

from hack.cluster import binaries, containerd
from hack.cluster.certificates import Certificates
from hack.cluster.locations import (
    CGROUP,
    LOOPBACK,
    NODE_ADDRESS,
    NODE_NAME,
    POD_NETWORK,
    STATE,
)

CONFIGS: Final = STATE / "config"
CLIENTS: Final = {
    "kube-controller-manager": ("system:kube-controller-manager",),
    "kube-scheduler": ("system:kube-scheduler",),
    "kube-proxy": ("system:kube-proxy",),
    "kubelet": (f"system:node:{NODE_NAME}", "system:nodes"),
}
"""User and groups of each component's client certificate."""
APISERVER_ARGUMENTS: Final = (f"--kubelet-certificate-authority={STATE / 'pki' / 'ca.crt'}",)
SYSTEMD_RESOLVER: Final = Path("/run/systemd/resolve/resolv.conf")
RESOLVER: Final = Path("/etc/resolv.conf")


def configure(pki: Certificates, server: str) -> None:
    """Write the kubeconfig of each component, and the configuration files of kubelet and kube-proxy."""
    CONFIGS.mkdir(parents=True, exist_ok=True)
    for component, identity in CLIENTS.items():
        pki.kubeconfig(_kubeconfig(component), server, *identity)
    pki.server("kubelet", NODE_ADDRESS)
    for component, content in (("kubelet", kubelet_config(pki)), ("kube-proxy", proxy_config())):
        _config(component).write_text(json.dumps(content, indent=2))


def commands(pki: Certificates) -> dict[str, tuple[str, ...]]:
    """The components by name, in the order to start them."""
    programs = {component: str(binaries.ensure(component)) for component in CLIENTS}
    return {
        "kube-controller-manager": (
            programs["kube-controller-manager"],
            f"--kubeconfig={_kubeconfig('kube-controller-manager')}",
            "--leader-elect=false",
            "--secure-port=0",
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={pki.key('service-account')}",
            f"--root-ca-file={pki.ca}",
            f"--flex-volume-plugin-dir={STATE / 'volume-plugins'}",
        ),
        "kube-scheduler": (
            programs["kube-scheduler"],
            f"--kubeconfig={_kubeconfig('kube-scheduler')}",
            "--leader-elect=false",
            "--secure-port=0",
        ),
        "kubelet": (
            programs["kubelet"],
            f"--config={_config('kubelet')}",
            f"--kubeconfig={_kubeconfig('kubelet')}",
            f"--root-dir={STATE / 'kubelet'}",
            f"--cert-dir={STATE / 'kubelet' / 'pki'}",
            f"--hostname-override={NODE_NAME}",
            f"--node-ip={NODE_ADDRESS}",
        ),
        "kube-proxy": (programs["kube-proxy"], f"--config={_config('kube-proxy')}"),
    }


def kubelet_config(pki: Certificates) -> dict[str, Any]:
    """A KubeletConfiguration that works with cgroup v1 and v2, without systemd, and listens on the bridge alone."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "healthzPort": 0,
        "tlsCertFile": str(pki.certificate("kubelet")),
        "tlsPrivateKeyFile": str(pki.key("kubelet")),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki.ca)},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{containerd.SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "podLogsDir": str(STATE / "pod-logs"),
        "volumePluginDir": str(STATE / "volume-plugins"),
        "resolvConf": str(resolver(RESOLVER.read_text(), SYSTEMD_RESOLVER.exists())),
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
    }


def proxy_config() -> dict[str, Any]:
    """A KubeProxyConfiguration with NodePorts on the bridge alone, and the machine's conntrack settings left alone."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(_kubeconfig("kube-proxy"))},
        "hostnameOverride": NODE_NAME,
        "clusterCIDR": POD_NETWORK,
        "bindAddress": NODE_ADDRESS,
        "healthzBindAddress": f"{NODE_ADDRESS}:10256",
        "metricsBindAddress": f"{NODE_ADDRESS}:10249",
        "nodePortAddresses": [f"{NODE_ADDRESS}/32"],
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def resolver(resolv_conf: str, has_systemd: bool) -> Path:
    """The resolv.conf for pods: out of their reach is a resolver on loopback; systemd names the real ones."""
    return SYSTEMD_RESOLVER if has_systemd and f"nameserver {LOOPBACK[:4]}" in resolv_conf else RESOLVER


def _kubeconfig(component: str) -> Path:
    return CONFIGS / f"{component}.kubeconfig"


def _config(component: str) -> Path:
    return CONFIGS / f"{component}.json"
