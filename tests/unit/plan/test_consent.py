"""For which hosts may their owners agree?"""

import pytest

from airship_images.api.errors import InputError
from airship_images.plan.consent import awaiting_consent
from airship_images.plan.rolling import Round, look
from tests.bmh.builders import Json, a_host, a_state, an_artifact, approved, runs

OLD, NEW = an_artifact(1), an_artifact(2)
OWNED = {"consumerRef": {"kind": "Metal3Machine", "name": "m"}}


def a_round(*hosts: Json, strategy: str = "Replace") -> Round:
    state = a_state(*hosts, artifact=NEW, rollout={"strategy": strategy})
    assert state.rollout
    assert state.artifact
    assert state.hosts is not None
    return look(state, state.rollout, state.artifact, state.hosts)


def chosen(found: Round, *names: str) -> list[str]:
    return [host.name for host in awaiting_consent("metal/worker", found, names)]


def test_without_names_all_that_wait_are_meant_and_no_others() -> None:
    agreed = runs(OLD, "agreed", **approved(NEW))
    assert chosen(a_round(runs(OLD, "b"), runs(OLD, "a"), a_host("free"), agreed)) == ["a", "b"]
    assert chosen(a_round(a_host("free"))) == []


def test_a_host_is_meant_once_however_often_it_is_named() -> None:
    assert chosen(a_round(runs(OLD, "a"), runs(OLD, "b")), "b", "b") == ["b"]


@pytest.mark.parametrize("strategy", ["Replace", "Manual"])
def test_consent_may_be_given_ahead_of_the_strategy(strategy: str) -> None:
    assert chosen(a_round(runs(OLD, "a"), strategy=strategy)) == ["a"]


def test_a_strategy_that_erases_nothing_asks_for_no_consent() -> None:
    with pytest.raises(InputError, match="Available, which erases no host"):
        chosen(a_round(runs(OLD, "a"), strategy="Available"))


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("owned", "used by Metal3Machine m"),
        ("free", "a host that is eligible"),
        ("current", "a host that is updated"),
        ("nobody", "no host that the image selects"),
    ],
)
def test_for_another_host_it_is_said_why_not(host: str, why: str) -> None:
    found = a_round(runs(OLD, "a"), a_host("owned", spec=OWNED), a_host("free"), runs(NEW, "current"))
    with pytest.raises(InputError, match=why):
        chosen(found, "a", host)
