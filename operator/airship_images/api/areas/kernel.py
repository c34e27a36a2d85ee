"""How does the kernel start, which modules and settings does it get?"""

from typing import Annotated, Final

from pydantic import Field, JsonValue, StringConstraints

from airship_images.api.areas.base import SYSTEMD, Area, Arguments, Line, MoreArguments, Named, PackageName
from airship_images.api.merge import Default, Merge, Needed, Needs, Phase

ModuleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

SETTING: Final = r"^[A-Za-z0-9_*][A-Za-z0-9_*-]*(?:[./][A-Za-z0-9_*-]+)*$"
"""The name of a kernel setting: a path below /proc/sys, so no part of it is empty or leads out."""

CONSOLES: Final[list[JsonValue]] = [{"name": "console", "value": "tty0"}, {"name": "console", "value": "ttyS0"}]
"""A person at the screen and a serial line both see the boot; the kernel's /dev/console is the last one."""


class LoadedModule(Named):
    """A module loaded at boot."""

    name: ModuleName = Field(description="Name of the module; merge key")
    args: Arguments | None = Field(None, description="Its arguments, in order; arguments may repeat")


class BlacklistedModule(Named):
    """A module that is never loaded by itself."""

    name: ModuleName = Field(description="Name of the module; merge key")


class Modules(Area):
    """Modules to load and to keep away."""

    load: Annotated[list[LoadedModule], Field(max_length=256), Merge.BY_NAME] | None = Field(
        None, description="Modules loaded at boot (modules-load.d, arguments in modprobe.d)"
    )
    blacklist: Annotated[list[BlacklistedModule], Field(max_length=256), Merge.BY_NAME] | None = Field(
        None, description="Modules that are not loaded by themselves (modprobe.d)"
    )


class Sysctl(Named):
    """One kernel setting."""

    name: Annotated[str, StringConstraints(pattern=SETTING, max_length=128)] = Field(
        description="Name of the setting, for example net.ipv4.ip_forward; merge key"
    )
    value: Annotated[Line | None, Needed()] = Field(None, description="Its value, always a quoted string")


class Grub(Area):
    """Boot loader settings under their names in /etc/default/grub."""

    GRUB_TIMEOUT: Annotated[Annotated[int, Field(ge=0, le=3600)] | None, Default(1)] = Field(
        None, description="Seconds that the menu waits (default 1)"
    )
    GRUB_CMDLINE_LINUX_DEFAULT: Annotated[Arguments | None, Default(CONSOLES)] = Field(
        None, description="Kernel command line (default console=tty0 console=ttyS0); the last profile sets it whole"
    )
    GRUB_SERIAL_COMMAND: Arguments | None = Field(
        None, description="Arguments of GRUB's serial command, for example --speed 115200"
    )


class Kdump(Area):
    """Crash dumps."""

    crashkernel: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9A-Za-z:,@-]{0,127}$")] | None = Field(
        None, description="Memory kept for the crash kernel, for example 512M-:192M"
    )


class Kernel(Area):
    """Kernel packages, modules, sysctl, boot loader and crash dumps."""

    kernel_base_pkg: Annotated[
        PackageName | None, Phase.ROOTFS, Default("linux-image-amd64", ubuntu="linux-image-generic")
    ] = Field(None, description="Package of the kernel (default linux-image-amd64, on Ubuntu linux-image-generic)")
    kernel_headers_pkg: Annotated[PackageName | None, Phase.ROOTFS] = Field(None, description="Package of its headers")
    modules: Modules | None = Field(None, description="Modules to load and to keep away")
    sysctl: Annotated[list[Sysctl], Field(max_length=512), Merge.BY_NAME, Needs(("procps", *SYSTEMD))] | None = Field(
        None, description="Kernel settings (sysctl.d)"
    )
    grub: Grub | None = Field(None, description="Boot loader settings")
    grub_cmdline_linux_default_append: MoreArguments | None = Field(
        None, description="Arguments put after the command line; every profile's are kept"
    )
    secure_boot: bool | None = Field(
        None,
        description="true: the image starts where the firmware takes signed boot loaders and kernels alone, and the "
        "boot test proves it",
    )
    kdump_tools: Annotated[Kdump | None, Needs(("kdump-tools",))] = Field(
        None, description="Crash dumps by kdump-tools"
    )
