"""Which packages does a composed node ask for?"""

from airship_images.spec.tree import Data


def packages(node: Data) -> tuple[str, ...]:
    """Every package of `node`, each once: software, its repositories, kernel, firmware and drivers, in this order."""
    software, kernel, drivers = (node.get(area, {}) for area in ("software", "kernel", "drivers"))
    wanted = [
        *software.get("packages", []),
        *(name for repository in software.get("repos", []) for name in repository.get("packages", [])),
        *(kernel[name] for name in ("kernel_base_pkg", "kernel_headers_pkg") if kernel.get(name)),
        *drivers.get("firmware_packages", []),
        *drivers.get("packages", []),
    ]
    return tuple(dict.fromkeys(wanted))


def names(wanted: tuple[str, ...]) -> frozenset[str]:
    """`wanted` without the versions that they are held at."""
    return frozenset(package.partition("=")[0] for package in wanted)
