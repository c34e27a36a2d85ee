"""A database of rpm in a folder, made by rpm itself in the tools root."""

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
FOLDER = "usr/lib/sysimage/rpm"


def install_rpm(bench: Workbench, tree: str) -> None:
    """The package of SPEC is installed in the folder `tree` of the scratch folder, as far as rpm knows."""
    (bench.scratch / "cloud-init.spec").write_text(SPEC)
    install = f"rpm --root /scratch/{tree} --dbpath /{FOLDER} --justdb --nodeps --install"
    writable = [f"--define '{name} /scratch/rpm'" for name in ("_topdir", "_tmppath", "_dbpath")]
    build = f"rpmbuild --quiet -bb {' '.join(writable)}"
    script = f"mkdir -p /scratch/rpm; {build} /scratch/cloud-init.spec; {install} /scratch/rpm/RPMS/noarch/*.rpm"
    done = bench.run("sh", "-ec", script)
    assert done.returncode == 0, done.stderr
