"""Which build do the documents of the store ask for?"""

import random
import string
from typing import Any

import pytest

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.phases import PHASE_VERSIONS
from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, ImageStatus
from airship_images.cluster.documents import Documents
from airship_images.cluster.store import Store
from airship_images.plan.state import Problem
from airship_images.spec import Prepared, prepare
from tests.api.documents import a_profile, an_image

FORMER = {**PHASE_VERSIONS, "disk": PHASE_VERSIONS["disk"] + 7}
KEY = ("default", "worker")
REQUEST = "airshipit.org/rebuild-requested"


def stored(document: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    name = document["metadata"]["name"]
    identity = {"namespace": "default", "name": name, "uid": f"uid-{name}", "generation": 1, "resourceVersion": "1"}
    return {**document, "metadata": {**identity, **metadata}}


def a_store() -> Store:
    store = Store()
    store.profiles.put(stored(a_profile()))
    return store


def made(
    status: AirshipImageStatus | None = None, *, store: Store | None = None, spec: Any = None, request: str = ""
) -> Prepared:
    named = {REQUEST: request} if request else {}
    raw = stored(an_image(**(spec or {})), annotations=named)
    _, inputs = Documents(store or a_store()).of_image(raw, status or AirshipImageStatus())
    assert isinstance(inputs, Prepared)
    return inputs


def published(build_hash: str, **more: Any) -> AirshipImageStatus:
    image = ImageStatus(
        url="http://images.example/x",
        checksum="x",
        checksum_type="sha256",
        format="qcow2",
        size=1,
        digest="sha256:x",
        short_digest="x",
        build_hash=build_hash,
        spec_hash="s",
    )
    return AirshipImageStatus(build_hash=build_hash, image=image, phases=FORMER, **more)


def by_former_builder() -> Prepared:
    """As an earlier operator, whose builder had another disk phase, has it built."""
    profile = NodeProfile.model_validate(stored(a_profile()))
    return prepare(AirshipImage.model_validate(stored(an_image())), {"base": profile}, versions=FORMER)


def test_a_rebuild_request_makes_another_build_of_the_same_spec() -> None:
    plain, asked, again = made(), made(request="2026-03-01T12:00:00Z"), made(request="2026-03-02T12:00:00Z")
    assert len({each.identities.build_hash for each in (plain, asked, again)}) == 3
    assert len({each.identities.spec_hash for each in (plain, asked, again)}) == 1


def test_a_request_whose_annotation_is_gone_is_still_answered() -> None:
    asked = made(request="2026-03-01T12:00:00Z")
    later = made(AirshipImageStatus(trigger="2026-03-01T12:00:00Z"))
    assert later.identities.build_hash == asked.identities.build_hash


@pytest.mark.parametrize("text", ["yes", "", "2026-03-01T12:00:00", "2026-03-01T12:00:00Z" + " " * 40])
def test_a_request_that_is_no_time_is_refused_with_its_path(text: str) -> None:
    raw = stored(an_image(), annotations={REQUEST: text})
    _, inputs = Documents(a_store()).of_image(raw, AirshipImageStatus())
    assert isinstance(inputs, Problem)
    assert inputs.reason is Reason.INVALID_INPUT
    assert f"metadata.annotations[{REQUEST}]" in inputs.message


def test_an_upgrade_alone_rebuilds_nothing_that_is_published() -> None:
    former = by_former_builder()
    assert former.identities.build_hash != made().identities.build_hash
    kept = made(published(former.identities.build_hash))
    assert kept.identities.build_hash == former.identities.build_hash
    assert kept.versions == FORMER


def test_an_upgrade_leaves_a_running_job_alone() -> None:
    former, store = by_former_builder(), a_store()
    status = AirshipImageStatus(build_hash=former.identities.build_hash, phases=FORMER)
    assert made(status, store=store).versions == PHASE_VERSIONS
    job = {"metadata": {"name": f"worker-{former.identities.build_hash[:10]}"}}
    store.jobs.put(stored(job))
    assert made(status, store=store).versions == FORMER


def test_inputs_are_not_rendered_before_a_job_is_about_to_start() -> None:
    documents, raw = Documents(a_store()), stored(an_image())
    _, inputs = documents.of_image(raw, AirshipImageStatus())
    assert isinstance(inputs, Prepared)
    assert "files" not in vars(inputs)
    assert documents.that_fits(KEY, inputs) is inputs
    assert "files" in vars(inputs)


def test_inputs_without_room_in_the_cluster_are_a_problem_until_a_document_changes() -> None:
    noise = "".join(random.Random(1).choices(string.ascii_letters, k=60_000))  # noqa: S311
    files = [
        {"name": f"/{number}", "file_content": noise[number:] + noise[:number]} for number in range(1, 60_000, 2000)
    ]
    store = a_store()
    documents, raw = Documents(store), stored(an_image(params={"system": {"files": files}}))
    _, large = documents.of_image(raw, AirshipImageStatus())
    assert isinstance(large, Prepared)
    problem = documents.that_fits(KEY, large)
    assert isinstance(problem, Problem)
    assert problem.reason is Reason.INPUTS_TOO_LARGE
    assert documents.of_image(raw, AirshipImageStatus())[1] == problem
    _, smaller = documents.of_image(stored(an_image(), generation=2), AirshipImageStatus())
    assert isinstance(smaller, Prepared)


def test_of_documents_that_have_not_changed_only_hashes_are_kept_and_the_rest_is_made_again_when_asked_for() -> None:
    documents, raw = Documents(a_store()), stored(an_image())
    _, first = documents.of_image(raw, AirshipImageStatus())
    _, second = documents.of_image(raw, AirshipImageStatus())
    assert isinstance(first, Prepared)
    assert isinstance(second, Prepared)
    assert second.identities is first.identities
    assert "node" not in vars(second.composition)
    assert (second.node, second.files) == (first.node, first.files)


def test_the_next_change_takes_the_present_builder() -> None:
    former = by_former_builder()
    changed = made(published(former.identities.build_hash), spec={"verify": {"boot": False}})
    assert changed.versions == PHASE_VERSIONS


def test_a_rebuild_takes_the_present_builder() -> None:
    former = by_former_builder()
    asked = made(published(former.identities.build_hash), request="2026-03-01T12:00:00Z")
    assert asked.versions == PHASE_VERSIONS
