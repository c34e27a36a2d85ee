"""What the booted small image is asked: a command each."""

SEED = """
from cloudinit.helpers import Paths
from cloudinit.sources.DataSourceNoCloud import DataSourceNoCloud
source = DataSourceNoCloud({}, None, Paths({"cloud_dir": "/var/lib/cloud"}))
print(source._get_data(), source.metadata["instance-id"], source.get_userdata_raw())
"""

CRASH_KERNEL = "airship-images-kdump.service"
CRASHES = {
    "kdump": f"systemctl start {CRASH_KERNEL}; cat /sys/kernel/kexec_crash_loaded; "
    "readlink /var/lib/kdump/initrd.img; grep 'Crash kernel' /proc/iomem",
}
QUESTIONS = {
    "kernel": "uname --kernel-release",
    "packages": "dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\\n'",
    "sysctl": "sysctl --values vm.swappiness kernel.core_pattern",
    "blacklist": "modinfo --field name nbd; modprobe nbd; echo $?",
    "marker": "cat /etc/marker",
    "user": "id operator1; getent passwd operator2; passwd --status operator1; passwd --status operator2; "
    "passwd --status root",
    "keys": "stat --format '%a %U' /home/operator1/.ssh/authorized_keys; cat /home/operator1/.ssh/authorized_keys",
    "sudo": "runuser --user operator1 -- sudo --non-interactive id --user",
    "limits": "runuser --login operator1 --command 'ulimit -Hc; ulimit -n'",
    "unit": "systemctl is-enabled hello.service; systemctl is-active hello.service; systemctl is-enabled fstrim.timer",
    "nice": "ps -o ni= --pid $(systemctl show --property MainPID --value ssh.service)",
    "kubelet": "cat /run/kubelet-arguments",
    "meta": "cat /etc/imagebuilder/meta/*",
    "machine": "cat /etc/machine-id; ls /etc/ssh",
    "datasource": "cat /run/cloud-init/status.json",
    "seed": f"python3 -c '{SEED}'",
    "devices": "ls /sys/class/net",
    "addresses": "ip -brief address",
    "hosts": "getent ahosts registry; getent ahosts localhost",
    "resolver": "cat /run/systemd/resolve/resolv.conf; readlink /etc/resolv.conf",
    "netplan": "ls /etc/netplan",
    "cmdline": "cat /proc/cmdline",
    "mounts": "findmnt --noheadings --output TARGET,FSTYPE; df --output=size --block-size=1M / | tail -1",
    "secure boot": "od --address-radix=n --format=u1 --skip-bytes=4 /sys/firmware/efi/efivars/SecureBoot-*",
    "lockdown": "cat /sys/kernel/security/lockdown",
    "failed": "systemctl list-units --failed --plain --no-legend",
}
