"""Which packages does a composed node ask for?"""

from airship_images.api.nodeprofile import NodeProfileSpec


def packages(spec: NodeProfileSpec) -> tuple[str, ...]:
    """Every package of `spec`, each once: software, its repositories, kernel, firmware and drivers, in this order."""
    wanted: list[str] = []
    if spec.software:
        wanted += spec.software.packages or []
        wanted += [name for repository in spec.software.repos or [] for name in repository.packages or []]
    if spec.kernel:
        wanted += [name for name in (spec.kernel.kernel_base_pkg, spec.kernel.kernel_headers_pkg) if name]
    if spec.drivers:
        wanted += [*(spec.drivers.firmware_packages or []), *(spec.drivers.packages or [])]
    return tuple(dict.fromkeys(wanted))


def names(wanted: tuple[str, ...]) -> frozenset[str]:
    """`wanted` without the versions that they are held at."""
    return frozenset(package.partition("=")[0] for package in wanted)
