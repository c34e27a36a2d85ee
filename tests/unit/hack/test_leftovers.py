"""Is what the cluster left on a machine told from what belongs to others?"""

import socket
from pathlib import Path
from typing import Any

from hack.cluster import leftovers, mounts, network


def test_mounts_below_the_folder_come_last_mounted_first_and_with_their_real_names() -> None:
    mountinfo = (
        "22 1 8:1 / / rw - ext4 /dev/vda rw\n"
        "90 22 8:1 /x /state/kubelet rw shared:1 - ext4 /dev/vda rw\n"
        "91 90 0:50 / /state/kubelet/a\\040pod rw - tmpfs tmpfs rw\n"
        "92 22 0:51 / /state-of-another rw - tmpfs tmpfs rw\n"
    )
    assert mounts.below(mountinfo, Path("/state")) == ["/state/kubelet/a pod", "/state/kubelet"]


def test_the_bridge_and_the_devices_with_the_pods_gateway_are_ours() -> None:
    devices: list[dict[str, Any]] = [
        {"ifname": "eth0", "addr_info": [{"local": "192.0.2.1"}]},
        {"ifname": "kc0", "addr_info": [{"local": "10.244.255.1"}]},
        {"ifname": "veth1", "addr_info": [{"local": "10.244.0.1"}]},
        {"ifname": "veth2", "addr_info": [{"local": "10.88.0.1"}]},
        {"ifname": "veth3", "addr_info": []},
    ]
    assert network.ours(devices) == ["kc0", "veth1"]


def test_a_socket_that_a_process_listens_on_is_not_stale(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as live, socket.socket(socket.AF_UNIX) as dead:
        live.bind(str(tmp_path / "live"))
        dead.bind(str(tmp_path / "dead"))
        (tmp_path / "file").touch()
        unix = f"Num RefCount Protocol Flags Type St Inode Path\n0000: 0002 0 00010000 0001 01 7 {tmp_path / 'live'}\n"
        assert leftovers.stale_sockets(tmp_path, unix) == [tmp_path / "dead"]


def test_a_loop_device_is_ours_when_its_file_is(tmp_path: Path) -> None:
    for name, backing in (("loop0", "/state/disk.raw"), ("loop1", "/state2/disk.raw")):
        (tmp_path / name / "loop").mkdir(parents=True)
        (tmp_path / name / "loop" / "backing_file").write_text(f"{backing}\n")
    (tmp_path / "loop2").mkdir()
    assert leftovers.loop_devices(tmp_path, (Path("/state"),)) == ["loop0"]


def test_the_loopback_results_of_our_pods_alone_are_ours(tmp_path: Path) -> None:
    for name in ("airship-images-cluster-aa-eth0", "cni-loopback-aa-lo", "cni-loopback-bb-lo", "podman-bb-eth0"):
        (tmp_path / name).touch()
    assert [path.name for path in leftovers.cni_results(tmp_path)] == [
        "airship-images-cluster-aa-eth0",
        "cni-loopback-aa-lo",
    ]
