"""What is there to say of a rollout, and may hosts be patched? A list of small answers; the first that fits counts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from airship_images.api.annotations import ROLLOUT_RESUMED
from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import rivals
from airship_images.plan.field_owners import moment
from airship_images.plan.fleet import names
from airship_images.plan.host_image import LIVE_ISO
from airship_images.plan.rolling import RolledOut, Round
from airship_images.plan.standing import Standing
from airship_images.plan.texts import timestamp

MAX_FAILURES: Final = 1
GOING: Final = frozenset({Reason.ROLLING_OUT, Reason.HOST_WRITE_REFUSED, Reason.HOST_API_UNAVAILABLE})
"""Reasons on which hosts are patched: a refused one is tried again."""
HOST_FORMATS: Final = frozenset({"qcow2", "raw", "vmdk", LIVE_ISO})
"""Formats that Metal3 gives to hosts: written to a disk, or booted from virtual media as they are."""
RECHECK: Final = timedelta(minutes=1)
"""After how long a URL that answered wrongly is asked again."""

Verdict = Callable[[Round], RolledOut | None]


def verdict(now: Round) -> RolledOut:
    """The condition of this round; on a reason of GOING its chosen hosts are patched."""
    return next(found for each in VERDICTS if (found := each(now)))


def not_yet(reason: Reason, message: str) -> RolledOut:
    """Hosts are left that do not run the image, for this reason."""
    return RolledOut("False", reason, message)


def _format_unsupported(now: Round) -> RolledOut | None:
    if now.artifact.format in HOST_FORMATS:
        return None
    return not_yet(
        Reason.NOT_YET_SUPPORTED,
        f"images of format {now.artifact.format} are for no host: Metal3 takes {', '.join(sorted(HOST_FORMATS))}",
    )


def _nobody(now: Round) -> RolledOut | None:
    if len(now.fleet):
        return None
    labels = ", ".join(f"{key}={value}" for key, value in now.state.claim.match_labels.items())
    return not_yet(Reason.NO_HOST_SELECTED, f"no BareMetalHost of namespace {now.state.namespace} has {labels}")


def _complete(now: Round) -> RolledOut | None:
    if len(now.fleet.trusted) < len(now.fleet):
        return None
    contested = now.fleet.noted(Reason.CONFLICT)
    also = f"; {_contested(now)}: a newer image is given to none of them" if contested else ""
    return RolledOut("True", Reason.ROLLED_OUT, f"all {len(now.fleet)} hosts run it{also}")


def _url_reused(now: Round) -> RolledOut | None:
    hosts = now.fleet.noted(Reason.URL_REUSED)
    if not hosts:
        return None
    return not_yet(
        Reason.URL_REUSED, f"{names(hosts)} got other bytes from this image's URL; see status.hosts.attention"
    )


def _failed(now: Round) -> RolledOut | None:
    """Stopped: a person looks at the hosts, then lets it go on or publishes another image."""
    hosts = now.fleet.failures
    if not hosts:
        return None
    ways = f"to go on all the same, raise maxFailures or annotate the image {ROLLOUT_RESUMED}=<time>{_unreadable(now)}"
    if not now.is_proven:
        return not_yet(Reason.CANARY_FAILED, f"stopped: the canary failed on {names(hosts)}; {ways}")
    if len(hosts) >= (now.rules.max_failures or MAX_FAILURES):
        return not_yet(Reason.MAX_FAILURES, f"stopped: failed on {names(hosts)}; {ways}")
    return None


def _unreadable(now: Round) -> str:
    resumed = now.state.resumed
    if resumed is None or moment(resumed):
        return ""
    return f" (found {resumed[:40]!r}, expected a time with its zone, such as 2026-03-01T12:00:00Z)"


def _manual(now: Round) -> RolledOut | None:
    if now.rules.strategy in {"Available", "Replace"}:
        return None
    erased = {host.name for host in now.erased}
    free = [host for host in now.waiting if host.name not in erased]
    would = f"strategy Available would change: {names(free)}"
    if erased:
        would += f"; Replace would also erase, each with its owner's consent: {names(now.erased)}"
    return not_yet(Reason.MANUAL, f"{now.fleet.summary}; {would}")


def _paused(now: Round) -> RolledOut | None:
    if not now.state.paused:
        return None
    return not_yet(Reason.PAUSED, f"{now.fleet.summary}; paused, would change: {names(now.waiting)}")


def _held(now: Round) -> RolledOut | None:
    """Nothing is on its way and nothing may be: what is left belongs to others."""
    if now.waiting or now.fleet.unavailable:
        return None
    if now.fleet.noted(Reason.CONFLICT):
        return not_yet(Reason.CONFLICT, f"{now.fleet.summary}; {_contested(now)}: neither image touches them")
    asked = now.fleet.standing(Standing.AWAITING_APPROVAL)
    if asked:
        found = f"the disks of {names(asked)} are erased, each once its owner agrees; see status.hosts.attention"
        return not_yet(Reason.AWAITING_APPROVAL, f"{now.fleet.summary}; {found}")
    held = now.fleet.standing(Standing.UNTOUCHABLE)
    return not_yet(
        Reason.HOSTS_HELD, f"{now.fleet.summary}; left as they are: {names(held)}; see status.hosts.attention"
    )


def _closed(now: Round) -> RolledOut | None:
    """Outside of the maintenance window nothing is started; what runs goes on."""
    if now.hours.is_open or not now.waiting:
        return None
    if now.hours.until is None:
        return not_yet(Reason.OUTSIDE_WINDOW, f"{now.fleet.summary}; nothing is started: {now.hours.problem}")
    parts = [
        now.fleet.summary,
        f"nothing is started before the maintenance window opens at {timestamp(now.hours.until)}",
        f"unavailable: {names(now.fleet.unavailable)}",
        f"wait for it: {names(now.waiting)}",
    ]
    return not_yet(Reason.OUTSIDE_WINDOW, "; ".join(parts))


def _contested(now: Round) -> str:
    hosts = now.fleet.noted(Reason.CONFLICT)
    others = sorted({name for host in hosts for name in rivals(host, now.terms)})
    return f"AirshipImage {', '.join(others)} selects {names(hosts)} too"


def _unserved(now: Round) -> RolledOut | None:
    """No host is sent to a URL before we know that it gives the right bytes (rule 10)."""
    served, artifact = now.state.served, now.artifact
    if not now.chosen:
        return None
    if served is None or (served.url, served.digest) != (artifact.url, artifact.digest):
        return not_yet(Reason.CHECKING_URL, f"asking {artifact.url} for its bytes before a host does")
    return not_yet(served.reason, served.message) if served.reason else None


def _refused(now: Round) -> RolledOut | None:
    """The patch of a host did not get through; the others go on, and this one is tried again (rule 10)."""
    for host in now.chosen:
        if refusal := now.state.refusals.get(host.name):
            return not_yet(refusal.reason, f"{now.fleet.summary}; {refusal.message}; it is tried again")
    return None


def _rolling(now: Round) -> RolledOut:
    parts = [
        now.fleet.summary,
        "" if now.is_proven else f"canary of {now.limits.canary} first",
        _soaking(now),
        f"unavailable (at most {now.limits.max_unavailable}): {names(now.fleet.unavailable)}",
        f"given it now: {names(now.chosen)}" if now.chosen else "",
        _waiting(now),
    ]
    if asked := now.fleet.standing(Standing.AWAITING_APPROVAL):
        parts.append(f"erased once their owners agree: {names(asked)}")
    return not_yet(Reason.ROLLING_OUT, "; ".join(filter(None, parts)))


def _waiting(now: Round) -> str:
    """Hosts that could take it and are not given it yet, and what they wait for."""
    later = [host for host in now.waiting if host not in now.chosen]
    return f"wait for {'a free slot' if now.is_proven else 'the canary'}: {names(later)}" if later else ""


def _soaking(now: Round) -> str:
    soaking = now.fleet.soaking
    if not soaking or not soaking[0].trusted_at:
        return ""
    return f"have to stay well, first until {timestamp(soaking[0].trusted_at)}: {names(each.host for each in soaking)}"


VERDICTS: Final[tuple[Verdict, ...]] = (
    _format_unsupported,
    _nobody,
    _complete,
    _url_reused,
    _failed,
    _manual,
    _paused,
    _held,
    _closed,
    _unserved,
    _refused,
    _rolling,
)
"""The first that has an answer gives the condition; hosts are patched on the last two alone."""
