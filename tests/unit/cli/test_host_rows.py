"""What `airship-images hosts` says of each host."""

from dataclasses import replace

import pytest

from airship_images.api.reasons import Reason
from airship_images.cli.host_rows import NONE, Row, document, has, rows
from airship_images.cluster.onlooker import Rollout, View
from airship_images.plan.hosts import read
from airship_images.plan.rolling import RolledOut, look
from airship_images.plan.verdicts import not_yet
from tests.bmh.builders import Json, a_host, a_state, an_artifact, image_block, runs
from tests.unit.plan import states

OLD, NEW = an_artifact(1), an_artifact(2)
OTHER = {"url": "http://elsewhere.example/os.qcow2", "checksum": "http://elsewhere.example/os.md5"}


def a_view(*hosts: Json, names: tuple[str, ...] = ("worker",), nothing: RolledOut | None = None) -> View:
    """The images of these names, which select the same hosts."""
    return View(tuple(read(host) for host in hosts), tuple(_rollout(name, hosts, nothing) for name in names))


def _rollout(name: str, hosts: tuple[Json, ...], nothing: RolledOut | None) -> Rollout:
    image = states.a_state()
    state = a_state(*hosts, artifact=NEW, rollout={"strategy": "Replace"})
    assert state.rollout
    assert state.artifact
    assert state.hosts is not None
    found = nothing or look(state, state.rollout, state.artifact, state.hosts)
    return Rollout(replace(image, identity=replace(image.identity, name=name)), found)


def told(view: View, *, all_hosts: bool = False) -> list[Row]:
    return list(rows(view, all_hosts=all_hosts))


def test_a_host_is_told_of_with_what_it_has_and_what_it_should_have() -> None:
    (row,) = told(a_view(runs(OLD, "rack-1")))
    assert (row.host, row.state, row.image) == ("rack-1", "provisioned", "worker")
    assert (row.has, row.wants) == (OLD.short_digest, NEW.short_digest)
    assert (row.standing, row.reason) == ("Awaiting approval", "AwaitingApproval")
    assert "its disks will be erased" in row.why


def test_a_host_that_may_be_taken_needs_no_reason() -> None:
    (row,) = told(a_view(a_host("free")))
    assert (row.has, row.standing, row.reason, row.why) == (NONE, "Eligible", "", "")


def test_two_images_that_select_one_host_are_two_rows() -> None:
    assert [row.image for row in told(a_view(a_host("free"), names=("one", "two")))] == ["one", "two"]


def test_a_host_that_no_image_selects_is_told_of_among_all() -> None:
    spare = a_host("spare", metadata={"labels": {"role": "storage"}})
    view = a_view(a_host("free"), spare)
    assert [(row.host, row.image) for row in told(view)] == [("free", "worker")]
    assert [(row.host, row.image) for row in told(view, all_hosts=True)] == [("free", "worker"), ("spare", NONE)]


def test_while_there_is_nothing_to_give_no_image_claims_a_host() -> None:
    view = a_view(a_host("free"), nothing=not_yet(Reason.AWAITING_ARTIFACT, "nothing is published yet"))
    assert told(view) == []
    assert [(row.host, row.image) for row in told(view, all_hosts=True)] == [("free", NONE)]


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        (None, NONE),
        (image_block(OLD), OLD.short_digest),
        (OTHER, OTHER["url"]),
    ],
)
def test_what_a_host_has_is_the_start_of_its_digest_or_else_its_url(image: Json | None, shown: str) -> None:
    assert has(read(a_host(state="provisioned", image=image, status_image=image))) == shown


def test_a_program_gets_each_row_by_name() -> None:
    (row,) = told(a_view(a_host("free")))
    assert document(row) == {
        "host": "free", "state": "available", "has": NONE, "image": "worker", "wants": NEW.short_digest,
        "standing": "Eligible", "reason": "", "message": "",
    }  # fmt: skip
