"""A database of rpm in a folder, in each format that systems keep it in."""

from tests.builder.workbench import Workbench

SPEC = """\
Name: cloud-init
Epoch: 1
Version: 24.4
Release: 4.el10
Summary: an empty package of the test
License: none
BuildArch: noarch
%description
%files
"""
FOLDERS = {"sqlite": "usr/lib/sysimage/rpm", "ndb": "usr/lib/sysimage/rpm", "bdb": "var/lib/rpm"}
"""Where a system keeps it: RHEL 9 and later, SUSE, and RHEL 8 and before."""
BUILD = """
mkdir -p /scratch/rpm
set -- --define '_topdir /scratch/rpm' --define '_tmppath /scratch/rpm' --define '_dbpath /scratch/rpm'
rpmbuild --quiet -bb "$@" /scratch/cloud-init.spec
"""
INSTALL = (
    "rpm --root /scratch/{tree} --dbpath /{folder} {more} --justdb --nodeps --install /scratch/rpm/RPMS/noarch/*.rpm"
)
BERKELEY = """
rm -rf /scratch/rpm/sqlite && mkdir -p /scratch/rpm/sqlite /scratch/{tree}/{folder}
rpm --dbpath /scratch/rpm/sqlite --justdb --nodeps --install /scratch/rpm/RPMS/noarch/*.rpm
rpmdb --dbpath /scratch/rpm/sqlite --exportdb >/scratch/rpm/header
perl -MDB_File -MFcntl -e '
    open my $file, "<:raw", "/scratch/rpm/header" or die; local $/; my $header = <$file>;
    tie my %packages, "DB_File", $ARGV[0], O_RDWR | O_CREAT, 0644, $DB_HASH or die $!;
    $packages{pack "L", 0} = pack "L", 1;
    $packages{pack "L", 1} = substr $header, 8;
' /scratch/{tree}/{folder}/Packages
"""
"""rpm no longer writes Berkeley DB: its own library does, with the last number and the header behind its magic."""


def install_rpm(bench: Workbench, tree: str, form: str = "sqlite") -> None:
    """The package of SPEC is installed in the folder `tree` of the scratch folder, as far as rpm knows."""
    (bench.scratch / "cloud-init.spec").write_text(SPEC)
    more = "--define '_db_backend ndb'" if form == "ndb" else ""
    install = (BERKELEY if form == "bdb" else INSTALL).replace("{tree}", tree).replace("{folder}", FOLDERS[form])
    done = bench.run("sh", "-ec", BUILD + install.replace("{more}", more))
    assert done.returncode == 0, done.stderr
