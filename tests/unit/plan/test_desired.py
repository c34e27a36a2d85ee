"""Which artifact do hosts get: the last one, an earlier one, or none because it never booted?"""

from dataclasses import replace
from typing import Any

from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, HistoryEntry
from airship_images.plan.actions import CheckURL
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import read
from airship_images.plan.plan import plan
from airship_images.plan.served import Served
from airship_images.plan.state import Check, Fleet, State
from tests.bmh.builders import NAMESPACE, ROLE, UID, a_host, an_artifact, runs
from tests.unit.plan.states import DIGEST, a_state, an_image, published, summary

OLD = "cd" * 32
OLD_URL = f"http://images.example/{OLD}/worker.qcow2"
ENTRY = HistoryEntry(
    digest=f"sha256:{OLD}", url=OLD_URL, published_at="2026-01-01T00:00:00Z", format="qcow2", size=7, verified=True
)


def with_host(rollout: dict[str, Any] | None = None, entry: HistoryEntry = ENTRY, **spec: Any) -> State:
    """A published image, an earlier one of its history, and a host that holds nothing."""
    rules = {"strategy": "Available", "selector": {"matchLabels": ROLE}, **(rollout or {})}
    state = published(a_state(an_image(rollout=rules, **spec)))
    status = state.status.model_copy(update={"history": [*state.status.history, entry]})
    identity = replace(state.identity, namespace=NAMESPACE)
    return replace(state, identity=identity, status=status, fleet=Fleet(hosts=(read(a_host()),)))


def served(state: State, url: str, digest: str) -> State:
    return replace(state, checks={(url, f"sha256:{digest}"): Check(state.now, Served(url, f"sha256:{digest}"))})


def patched(state: State) -> list[str]:
    """The checksums that hosts are given."""
    return [each.body["spec"]["image"]["checksum"] for each in plan(state).actions if isinstance(each, PatchHost)]


def rolled_out(state: State) -> str:
    return summary(plan(state).status)["RolledOut"]


def test_hosts_get_the_artifact_that_was_published_last() -> None:
    state = with_host()
    assert state.status.image is not None
    assert patched(served(state, state.status.image.url, DIGEST)) == [DIGEST]


def test_an_earlier_digest_is_asked_for_at_its_url_and_then_given_to_hosts_without_a_build() -> None:
    state = with_host({"digest": f"sha256:{OLD}"})
    assert plan(state).actions == (CheckURL(OLD_URL, 7, f"sha256:{OLD}"),)
    assert rolled_out(state) == f"False {Reason.CHECKING_URL}"
    assert patched(served(state, OLD_URL, OLD)) == [OLD]


def test_an_earlier_digest_that_is_gone_from_the_store_reaches_no_host() -> None:
    state = with_host({"digest": f"sha256:{OLD}"})
    gone = Served(OLD_URL, f"sha256:{OLD}", Reason.URL_MISMATCH, f"HEAD {OLD_URL} answers 404, hosts need 200")
    missing = replace(state, checks={(OLD_URL, gone.digest): Check(state.now, gone)})
    assert patched(missing) == []
    assert rolled_out(missing) == f"False {Reason.URL_MISMATCH}"


def test_a_digest_that_was_never_published_is_said_so() -> None:
    state = with_host({"digest": "sha256:" + "00" * 32})
    assert plan(state).actions == ()
    assert rolled_out(state) == f"False {Reason.DIGEST_UNKNOWN}"
    message = next(each.message for each in plan(state).status.conditions if each.type == "RolledOut")
    assert f"sha256:{OLD}" in message, "what would be right"


def test_the_image_is_ready_whatever_hosts_are_pinned_to() -> None:
    for digest in (OLD, "00" * 32):
        assert summary(plan(with_host({"digest": f"sha256:{digest}"})).status)["Ready"] == "True Ready"


def test_a_pinned_rollout_does_not_look_forward_to_what_is_built() -> None:
    state = with_host({"digest": f"sha256:{OLD}"})
    newer = replace(state, inputs=with_host(params={"kernel": {"grub": {"GRUB_TIMEOUT": 9}}}).inputs)
    ahead = plan(newer).status.plan
    assert ahead is not None
    assert ahead.build is not None
    assert patched(served(newer, OLD_URL, OLD)) == [OLD]


def test_before_it_is_built_status_tells_which_hosts_would_get_it_and_which_be_erased_for_it() -> None:
    state = with_host({"strategy": "Replace"})
    hosts = (read(a_host("free")), read(runs(an_artifact(5), "used")), read(a_host("owned", spec={"consumerRef": {}})))
    state = replace(state, identity=replace(state.identity, uid=UID), fleet=Fleet(hosts=hosts))
    newer = replace(state, inputs=with_host(params={"kernel": {"grub": {"GRUB_TIMEOUT": 9}}}).inputs)
    ahead = plan(newer).status.plan
    assert ahead is not None
    assert (ahead.hosts, ahead.erased) == (["free"], ["used"])


def unverified(state: State) -> State:
    """The artifact of a spec that asked for no boot test; the present one does, and its build has not begun."""
    assert state.status.image is not None
    image = state.status.image.model_copy(update={"verified": False, "build_hash": "0" * 64})
    return replace(state, status=state.status.model_copy(update={"image": image}))


def test_no_host_gets_an_image_that_has_not_booted_while_verify_asks_for_it() -> None:
    state = unverified(with_host())
    assert state.status.image is not None
    state = served(state, state.status.image.url, DIGEST)
    assert patched(state) == []
    assert rolled_out(state) == f"False {Reason.NOT_VERIFIED}"


def test_an_earlier_image_that_has_not_booted_is_no_way_round_it() -> None:
    state = with_host({"digest": f"sha256:{OLD}"}, ENTRY.model_copy(update={"verified": False}))
    assert patched(served(state, OLD_URL, OLD)) == []
    assert rolled_out(state) == f"False {Reason.NOT_VERIFIED}"


def test_an_image_without_a_boot_test_is_given_where_none_is_asked_for() -> None:
    state = with_host(verify={"boot": False})
    assert state.status.image is not None
    assert state.status.image.verified is False
    assert patched(served(state, state.status.image.url, DIGEST)) == [DIGEST]


def test_the_history_knows_what_is_needed_to_return_to_an_artifact() -> None:
    (entry,) = published().status.history
    assert (entry.digest, entry.format, entry.size, entry.verified) == (f"sha256:{DIGEST}", "qcow2", 1000, True)


def test_an_artifact_that_is_verified_later_is_so_in_the_history_too() -> None:
    state = published()
    former = [entry.model_copy(update={"verified": False}) for entry in state.status.history]
    after = plan(replace(state, status=state.status.model_copy(update={"history": former}))).status
    assert [(entry.verified, entry.published_at) for entry in after.history] == [(True, former[0].published_at)]


def test_a_status_of_an_earlier_version_is_read() -> None:
    former = {"history": [{"digest": f"sha256:{OLD}", "url": OLD_URL, "publishedAt": "2026-01-01T00:00:00Z"}]}
    assert AirshipImageStatus.model_validate(former).history[0].size is None
