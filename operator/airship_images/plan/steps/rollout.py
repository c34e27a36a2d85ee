"""Which hosts get the artifact now, and how do the selected ones stand?

A rollout works on the last published artifact, beside the chain of the build. It fills the slots of maxUnavailable with
hosts that hold nothing or whose owner agrees to have them erased, and reports on all the others.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.api.status import HostsStatus
from airship_images.plan.fleet import LISTED, MESSAGE_LENGTH
from airship_images.plan.host_patch import PatchHost, patch_host
from airship_images.plan.machine_templates import renewed
from airship_images.plan.rolling import RolledOut, RolloutState, Round, look
from airship_images.plan.standing import Assessment
from airship_images.plan.verdicts import GOING, RECHECK, not_yet, verdict
from airship_images.spec.dump import dump_all

CLUSTER_APIS: Final = (Reason.HOST_OWNED, Reason.HOST_MAY_BE_CLAIMED)
"""Why a host gets an image by a template alone."""
TEMPLATES_LENGTH: Final = 8192
"""Characters of a status: one that holds the longest list of hosts as well stays under 32 KiB."""


@dataclass(frozen=True)
class RolloutOutcome:
    """What to write to hosts, and what to say."""

    condition: RolledOut
    hosts: HostsStatus | None = None
    would_change: tuple[str, ...] = ()
    """Hosts that would be changed next, whether or not they may be; at most 20."""
    erased: tuple[str, ...] = ()
    """Provisioned hosts that strategy Replace erases, each with consent; at most 20."""
    patches: tuple[PatchHost, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    """How each of the selected hosts stands."""
    wants_check: bool = False
    """Whether only the check of the artifact's URL stands between this plan and a patch."""
    wake_after: timedelta | None = None


def rollout(state: RolloutState) -> RolloutOutcome:
    """The next move of the rollout; the same state gives the same outcome."""
    if state.rollout is None or not state.claim.match_labels:
        return RolloutOutcome(not_yet(Reason.NO_SELECTOR, "spec.rollout.selector is empty, and selects no host"))
    if state.hosts is None:
        return RolloutOutcome(not_yet(Reason.NO_HOST_API, "the cluster has no BareMetalHosts: install Metal3 first"))
    if state.artifact is None:
        return RolloutOutcome(not_yet(Reason.AWAITING_ARTIFACT, "nothing is published yet"))
    now = look(state, state.rollout, state.artifact, state.hosts)
    condition = verdict(now)
    going = condition.reason in GOING
    return RolloutOutcome(
        condition=replace(condition, message=condition.message[:MESSAGE_LENGTH]),
        hosts=now.fleet.status(_machine_templates(now)),
        would_change=tuple(host.name for host in now.waiting[:LISTED]),
        erased=tuple(host.name for host in now.erased[:LISTED]),
        patches=tuple(patch_host(host, now.terms, state.now, now.hours.until) for host in now.chosen) if going else (),
        assessments=now.fleet.assessments,
        wants_check=condition.reason is Reason.CHECKING_URL,
        wake_after=_wake_after(now, condition),
    )


def _machine_templates(now: Round) -> str | None:
    """What hosts of Cluster API need instead of a patch, unless it is too long for a status."""
    if not any(now.fleet.noted(reason) for reason in CLUSTER_APIS):
        return None
    hosts = (each.host for each in now.fleet.assessments)
    text = dump_all(renewed(now.terms.machine_templates, hosts, now.terms.claim, now.artifact))
    return text if 0 < len(text) <= TEMPLATES_LENGTH else None


def _wake_after(now: Round, condition: RolledOut) -> timedelta | None:
    """When time alone changes something: a URL is asked again, a host has been well for long enough, a window moves."""
    waits = [each.trusted_at - now.state.now for each in now.fleet.soaking if each.trusted_at]
    if condition.reason in {Reason.URL_MISMATCH, Reason.URL_UNREACHABLE}:
        waits.append(RECHECK)
    if now.hours.until and now.waiting:
        waits.append(now.hours.until - now.state.now)
    return min(waits, default=None)
