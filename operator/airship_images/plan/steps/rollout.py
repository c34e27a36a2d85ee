"""Which hosts get the artifact now, and how do the selected ones stand?

A rollout works on the last published artifact, beside the chain of the build. It never touches a host that holds
something: it fills the slots of maxUnavailable with hosts that hold nothing, and reports on all the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from airship_images.api.airshipimage import Rollout
from airship_images.api.reasons import Reason
from airship_images.api.status import HostsStatus, ImageStatus
from airship_images.plan.eligibility import Claim, MachineTemplate, Objection, Terms
from airship_images.plan.fleet import LISTED, MESSAGE_LENGTH, Fleet, names
from airship_images.plan.host_patch import PatchHost, patch_host
from airship_images.plan.hosts import Host
from airship_images.plan.served import Served
from airship_images.plan.standing import Standing, assess, in_flight

MAX_UNAVAILABLE: Final = 1
MAX_FAILURES: Final = 1
RECHECK: Final = timedelta(minutes=1)
"""After how long a URL that answered wrongly is asked again."""
GOING: Final = frozenset({Reason.ROLLING_OUT, Reason.HOST_WRITE_REFUSED, Reason.HOST_API_UNAVAILABLE})
"""Reasons on which hosts are patched: a refused one is tried again."""
DISK_FORMATS: Final = frozenset({"qcow2", "raw", "vmdk"})
"""Formats that Metal3 writes to a disk; a live ISO is another way of running a host."""


@dataclass(frozen=True)
class RolloutState:
    """Everything that a rollout depends on, frozen."""

    namespace: str
    name: str
    uid: str
    rollout: Rollout | None
    artifact: ImageStatus | None
    """What is published and verified; None until something is."""
    served: Served | None
    """What the artifact's URL answered last; None when it was not asked yet."""
    hosts: tuple[Host, ...] | None
    """The BareMetalHosts of the namespace; None when the cluster has no such kind."""
    machine_templates: tuple[MachineTemplate, ...]
    other_images: tuple[Claim, ...]
    """The claims of the other AirshipImages of the namespace that have a rollout."""
    paused: bool
    now: datetime
    refusals: Mapping[str, Objection] = field(default_factory=dict)
    """By host: why it could not be written to when that was tried last."""

    @property
    def claim(self) -> Claim:
        """The hosts that this image selects."""
        selector = self.rollout.selector if self.rollout else None
        return Claim(self.name, self.uid, self.namespace, (selector and selector.match_labels) or {})


@dataclass(frozen=True)
class RolledOut:
    """The condition of that name."""

    status: Literal["True", "False"]
    reason: Reason
    message: str


@dataclass(frozen=True)
class RolloutOutcome:
    """What to write to hosts, and what to say."""

    condition: RolledOut
    hosts: HostsStatus | None = None
    would_change: tuple[str, ...] = ()
    """Hosts that would be changed next, whether or not they may be; at most 20."""
    patches: tuple[PatchHost, ...] = ()
    wants_check: bool = False
    """Whether only the check of the artifact's URL stands between this plan and a patch."""
    wake_after: timedelta | None = None


@dataclass(frozen=True)
class Round:
    """One look at the selected hosts, and what the image allows."""

    state: RolloutState
    rules: Rollout
    artifact: ImageStatus
    fleet: Fleet

    @property
    def max_unavailable(self) -> int:
        """As many hosts as may be unavailable at once."""
        return self.rules.max_unavailable or MAX_UNAVAILABLE

    @property
    def waiting(self) -> tuple[Host, ...]:
        """Hosts that could take the image."""
        return self.fleet.standing(Standing.ELIGIBLE)

    @property
    def chosen(self) -> tuple[Host, ...]:
        """Those that may take it now."""
        return self.fleet.next(self.max_unavailable)


def rollout(state: RolloutState) -> RolloutOutcome:
    """The next move of the rollout; the same state gives the same outcome."""
    if state.rollout is None or not state.claim.match_labels:
        return RolloutOutcome(_not_yet(Reason.NO_SELECTOR, "spec.rollout.selector is empty, and selects no host"))
    if state.hosts is None:
        return RolloutOutcome(_not_yet(Reason.NO_HOST_API, "the cluster has no BareMetalHosts: install Metal3 first"))
    if state.artifact is None:
        return RolloutOutcome(_not_yet(Reason.AWAITING_ARTIFACT, "nothing is published yet"))
    terms = _terms(state, state.rollout, state.artifact)
    round_ = Round(state, state.rollout, state.artifact, _fleet(state.hosts, terms, state.rollout))
    condition = next(found for verdict in VERDICTS if (found := verdict(round_)))
    going = condition.reason in GOING
    return RolloutOutcome(
        condition=replace(condition, message=condition.message[:MESSAGE_LENGTH]),
        hosts=round_.fleet.status(),
        would_change=tuple(host.name for host in round_.waiting[:LISTED]),
        patches=tuple(patch_host(host, terms, state.now) for host in round_.chosen) if going else (),
        wants_check=condition.reason is Reason.CHECKING_URL,
        wake_after=RECHECK if condition.reason in {Reason.URL_MISMATCH, Reason.URL_UNREACHABLE} else None,
    )


def _terms(state: RolloutState, rules: Rollout, artifact: ImageStatus) -> Terms:
    cleaning = rules.allow_disabled_cleaning is True
    return Terms(state.claim, artifact, cleaning, state.machine_templates, state.other_images)


def _fleet(hosts: tuple[Host, ...], terms: Terms, rules: Rollout) -> Fleet:
    selected = sorted((host for host in hosts if terms.claim.selects(host)), key=lambda host: host.name)
    left = [host for host in hosts if not terms.claim.selects(host) and in_flight(host, terms.claim.uid)]
    return Fleet(tuple(assess(host, terms, rules.health or "Provisioned") for host in selected), len(left))


Verdict = Callable[[Round], RolledOut | None]


def _format_unsupported(now: Round) -> RolledOut | None:
    if now.artifact.format in DISK_FORMATS:
        return None
    return _not_yet(Reason.NOT_YET_SUPPORTED, f"images of format {now.artifact.format} are not rolled out yet")


def _nobody(now: Round) -> RolledOut | None:
    if len(now.fleet):
        return None
    labels = ", ".join(f"{key}={value}" for key, value in now.state.claim.match_labels.items())
    return _not_yet(Reason.NO_HOST_SELECTED, f"no BareMetalHost of namespace {now.state.namespace} has {labels}")


def _complete(now: Round) -> RolledOut | None:
    if now.fleet.count(Standing.UPDATED) < len(now.fleet) or now.fleet.unavailable:
        return None
    return RolledOut("True", Reason.ROLLED_OUT, f"all {len(now.fleet)} hosts run it")


def _url_reused(now: Round) -> RolledOut | None:
    hosts = now.fleet.noted(Reason.URL_REUSED)
    if not hosts:
        return None
    return _not_yet(
        Reason.URL_REUSED, f"{names(hosts)} got other bytes from this image's URL; see status.hosts.attention"
    )


def _failed(now: Round) -> RolledOut | None:
    hosts = now.fleet.standing(Standing.FAILED)
    if len(hosts) < (now.rules.max_failures or MAX_FAILURES):
        return None
    return _not_yet(Reason.MAX_FAILURES, f"stopped: failed on {names(hosts)}; look at them, then publish another image")


def _replaces(now: Round) -> RolledOut | None:
    if now.rules.strategy != "Replace":
        return None
    return _not_yet(Reason.NOT_YET_SUPPORTED, "strategy Replace is not supported yet: use Available or Manual")


def _manual(now: Round) -> RolledOut | None:
    if now.rules.strategy == "Available":
        return None
    return _not_yet(Reason.MANUAL, f"{now.fleet.summary}; strategy Available would change: {names(now.waiting)}")


def _paused(now: Round) -> RolledOut | None:
    if not now.state.paused:
        return None
    return _not_yet(Reason.PAUSED, f"{now.fleet.summary}; paused, would change: {names(now.waiting)}")


def _held(now: Round) -> RolledOut | None:
    """Nothing is on its way and nothing may be: what is left belongs to others."""
    if now.waiting or now.fleet.unavailable:
        return None
    contested = now.fleet.noted(Reason.CONFLICT)
    if contested:
        return _not_yet(Reason.CONFLICT, f"{now.fleet.summary}; other images select {names(contested)} too")
    held = now.fleet.standing(Standing.UNTOUCHABLE)
    return _not_yet(
        Reason.HOSTS_HELD, f"{now.fleet.summary}; left as they are: {names(held)}; see status.hosts.attention"
    )


def _unserved(now: Round) -> RolledOut | None:
    """No host is sent to a URL before we know that it gives the right bytes (rule 10)."""
    served, artifact = now.state.served, now.artifact
    if not now.chosen:
        return None
    if served is None or (served.url, served.digest) != (artifact.url, artifact.digest):
        return _not_yet(Reason.CHECKING_URL, f"asking {artifact.url} for its bytes before a host does")
    return _not_yet(served.reason, served.message) if served.reason else None


def _refused(now: Round) -> RolledOut | None:
    """The patch of a host did not get through; the others go on, and this one is tried again (rule 10)."""
    for host in now.chosen:
        if refusal := now.state.refusals.get(host.name):
            return _not_yet(refusal.reason, f"{now.fleet.summary}; {refusal.message}; it is tried again")
    return None


def _rolling(now: Round) -> RolledOut:
    busy = names(now.fleet.unavailable)
    return _not_yet(
        Reason.ROLLING_OUT,
        f"{now.fleet.summary}; unavailable (at most {now.max_unavailable}): {busy}; next: {names(now.waiting)}",
    )


VERDICTS: Final[tuple[Verdict, ...]] = (
    _format_unsupported,
    _nobody,
    _complete,
    _url_reused,
    _failed,
    _replaces,
    _manual,
    _paused,
    _held,
    _unserved,
    _refused,
    _rolling,
)
"""The first that has an answer gives the condition; hosts are patched on the last two alone."""


def _not_yet(reason: Reason, message: str) -> RolledOut:
    return RolledOut("False", reason, message)
