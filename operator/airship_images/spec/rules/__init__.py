"""Which semantic checks must a composed node and its image pass? Each file asks one question; all are answered."""

from collections.abc import Callable, Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.spec.rules.addresses import addresses
from airship_images.spec.rules.airship_v1 import airship_v1
from airship_images.spec.rules.built_elsewhere import built_elsewhere
from airship_images.spec.rules.command_line import command_line
from airship_images.spec.rules.complete_items import complete_items
from airship_images.spec.rules.distributions import distributions
from airship_images.spec.rules.file_names import file_names
from airship_images.spec.rules.file_suffix import file_suffix
from airship_images.spec.rules.inline_secrets import inline_secrets
from airship_images.spec.rules.live_image import live_image
from airship_images.spec.rules.module_signing import module_signing
from airship_images.spec.rules.not_yet_supported import not_yet_supported
from airship_images.spec.rules.one_output import one_output
from airship_images.spec.rules.packages_present import packages_present
from airship_images.spec.rules.partition_bounds import partition_bounds
from airship_images.spec.rules.partition_filesystems import partition_filesystems
from airship_images.spec.rules.partition_mounts import partition_mounts
from airship_images.spec.rules.partition_roles import partition_roles
from airship_images.spec.rules.path_conflicts import path_conflicts
from airship_images.spec.rules.repositories import repositories
from airship_images.spec.rules.schedule import schedule
from airship_images.spec.rules.secure_boot import secure_boot
from airship_images.spec.rules.seed import seed
from airship_images.spec.rules.subject import Subject
from airship_images.spec.rules.unapproved_packages import unapproved_packages
from airship_images.spec.rules.unbooted_types import unbooted_types
from airship_images.spec.rules.unit_states import unit_states
from airship_images.spec.rules.user_roles import user_roles
from airship_images.spec.rules.vendor_base import vendor_base
from airship_images.spec.rules.window import window

Rule = Callable[[Subject], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (
    built_elsewhere,
    distributions,
    not_yet_supported,
    complete_items,
    inline_secrets,
    file_names,
    file_suffix,
    live_image,
    unbooted_types,
    one_output,
    path_conflicts,
    repositories,
    unapproved_packages,
    module_signing,
    packages_present,
    vendor_base,
    addresses,
    seed,
    unit_states,
    command_line,
    partition_roles,
    partition_filesystems,
    partition_mounts,
    partition_bounds,
    secure_boot,
    airship_v1,
    user_roles,
    schedule,
    window,
)
OF_OUR_PACKAGES: Final = frozenset({distributions, packages_present})
"""Those that do not ask about an image whose builder has its packages already."""
OF_ANY_SOURCE: Final = frozenset({built_elsewhere, file_suffix, unbooted_types, window})
"""Those that ask about an image that was built elsewhere as well: the others are about a build."""


def check(subject: Subject) -> list[Finding]:
    """Everything that any rule finds wrong with `subject`, in the order of RULES."""
    return [finding for rule in RULES if _asks_about(rule, subject) for finding in rule(subject)]


def _asks_about(rule: Rule, subject: Subject) -> bool:
    if subject.image.spec.image.source is not None:
        return rule in OF_ANY_SOURCE
    return not (subject.is_v1 and rule in OF_OUR_PACKAGES)


__all__ = ["RULES", "Rule", "Subject", "check"]
