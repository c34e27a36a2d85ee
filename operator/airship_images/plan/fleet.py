"""How do all the selected hosts stand? Counts, names and the part of status that is about hosts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.api.status import HostAttention, HostsStatus
from airship_images.plan.hosts import Host
from airship_images.plan.standing import Assessment, Standing

LISTED: Final = 20
"""Hosts that status or a message names at most."""
MESSAGE_LENGTH: Final = 1024


@dataclass(frozen=True)
class Fleet:
    """The selected hosts in the order of their names, and how many slots other hosts use."""

    assessments: tuple[Assessment, ...]
    others_in_flight: int = 0
    """Hosts on their way to an image of ours that are selected no more."""

    def __len__(self) -> int:
        return len(self.assessments)

    def count(self, standing: Standing) -> int:
        """How many hosts stand so."""
        return len(self.assessments_of(standing))

    def standing(self, standing: Standing) -> tuple[Host, ...]:
        """The hosts that stand so."""
        return tuple(each.host for each in self.assessments_of(standing))

    def assessments_of(self, standing: Standing) -> tuple[Assessment, ...]:
        """What is known of the hosts that stand so."""
        return tuple(each for each in self.assessments if each.standing is standing)

    @property
    def unavailable(self) -> tuple[Host, ...]:
        """The selected hosts that use a slot."""
        return tuple(each.host for each in self.assessments if each.uses_slot)

    @property
    def trusted(self) -> tuple[Host, ...]:
        """The hosts that run it, are well, and have been so for long enough."""
        return tuple(each.host for each in self.assessments_of(Standing.UPDATED) if not each.uses_slot)

    @property
    def soaking(self) -> tuple[Assessment, ...]:
        """The hosts that run it and have to stay well for a while, in the order in which that ends."""
        found = (each for each in self.assessments if each.trusted_at)
        return tuple(sorted(found, key=lambda each: (each.trusted_at, each.host.name)))

    @property
    def failures(self) -> tuple[Host, ...]:
        """The hosts that failed to take it, and whose failure nobody has accepted."""
        return tuple(each.host for each in self.assessments_of(Standing.FAILED) if not each.accepted)

    def noted(self, reason: Reason) -> tuple[Host, ...]:
        """The hosts that a person should look at for this reason."""
        return tuple(each.host for each in self.assessments if each.note and each.note.reason is reason)

    @property
    def summary(self) -> str:
        """How far we are, as the start of a sentence."""
        return f"{self.count(Standing.UPDATED)} of {len(self)} hosts run it"

    def status(self, machine_templates: str | None) -> HostsStatus:
        """Counts, and the hosts that need a person, the most urgent first."""
        noted = sorted((each for each in self.assessments if each.note), key=_urgency)
        return HostsStatus(
            summary=f"{self.count(Standing.UPDATED)}/{len(self)}",
            selected=len(self),
            updated=self.count(Standing.UPDATED),
            soaking=len(self.soaking),
            updating=self.count(Standing.UPDATING),
            eligible=self.count(Standing.ELIGIBLE),
            awaiting_approval=self.count(Standing.AWAITING_APPROVAL),
            failed=self.count(Standing.FAILED),
            untouchable=self.count(Standing.UNTOUCHABLE),
            attention=[
                HostAttention(name=each.host.name, reason=each.note.reason, message=each.note.message[:MESSAGE_LENGTH])
                for each in noted[:LISTED]
                if each.note
            ],
            machine_templates=machine_templates,
        )


def names(hosts: Iterable[Host]) -> str:
    """The first names, and how many more there are."""
    found = [host.name for host in hosts]
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return (", ".join(found[:LISTED]) or "none") + more


def _urgency(each: Assessment) -> tuple[bool, bool, str]:
    return (each.standing is not Standing.FAILED, not each.uses_slot, each.host.name)
