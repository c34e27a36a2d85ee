"""What does the catalogue of a namespace name, and what becomes of an entry?"""

from dataclasses import replace

from airship_images.api.catalogue import VersionsCatalogue
from airship_images.api.reasons import Reason
from airship_images.plan.catalogue import Entry, Unnamed, catalogue, entries, entry, named_digests
from airship_images.plan.host_image import image_of
from airship_images.plan.plan import plan
from tests.unit.plan.states import condition, published, summary, written

DIGEST, OTHER = "ab" * 32, "cd" * 32


def an_entry(digest: str = DIGEST, *profiles: str, form: str = "qcow2") -> Entry:
    url = f"http://images.example/{digest}/worker.{form}"
    return entry(image_of(url, f"sha256:{digest}", form), profiles or ("base",))


def test_an_image_is_named_by_the_keys_that_a_host_has() -> None:
    named = catalogue({"worker": an_entry()}).dump()["spec"]["files"]["images"]
    assert named == {
        "worker": {
            "url": f"http://images.example/{DIGEST}/worker.qcow2",
            "checksum": DIGEST,
            "checksumType": "sha256",
            "format": "qcow2",
        }
    }


def test_a_live_iso_has_no_checksum() -> None:
    named = catalogue({"live": an_entry(form="live-iso")}).dump()["spec"]["files"]["images"]["live"]
    assert set(named) == {"url", "format"}


def test_images_are_found_by_each_of_their_profiles() -> None:
    found = catalogue({"worker": an_entry(DIGEST, "base", "worker"), "storage": an_entry(OTHER, "base")})
    assert found.spec.profiles == {"base": ["storage", "worker"], "worker": ["worker"]}


def test_the_same_images_in_another_order_are_the_same_document() -> None:
    one, two = {"a": an_entry(), "b": an_entry(OTHER)}, {"b": an_entry(OTHER), "a": an_entry()}
    assert catalogue(one).model_dump_json() == catalogue(two).model_dump_json()


def test_an_entry_whose_image_is_gone_stays_until_it_is_withdrawn() -> None:
    former = catalogue({"gone": an_entry(DIGEST, "old"), "worker": an_entry()})
    kept = catalogue({"worker": an_entry(OTHER)}, former)
    assert entries(kept) == {"gone": an_entry(DIGEST, "old"), "worker": an_entry(OTHER)}
    assert entries(catalogue({"worker": an_entry(OTHER)}, former, withdrawn={"gone"})) == {"worker": an_entry(OTHER)}


def test_a_document_is_read_as_it_was_written() -> None:
    written = catalogue({"worker": an_entry(DIGEST, "base", "worker"), "live": an_entry(OTHER, form="live-iso")})
    assert VersionsCatalogue.model_validate(written.dump()) == written


def test_every_artifact_that_is_named_is_known_by_its_digest_whether_or_not_it_has_a_checksum() -> None:
    documents = [catalogue({"worker": an_entry()}), catalogue({"live": an_entry(OTHER, form="live-iso")})]
    assert named_digests(documents) == {f"sha256:{DIGEST}", f"sha256:{OTHER}"}


def test_an_image_that_the_catalogue_does_not_name_says_so_and_is_ready() -> None:
    full = Unnamed(frozenset({"worker"}), Reason.CATALOGUE_FULL, "no room")
    state = replace(published(), unnamed=full)
    found = plan(state)
    told = condition(found.status, "CatalogueBlocked")
    assert told
    assert (told.status, told.reason, told.message) == ("True", "CatalogueFull", "no room")
    assert [(each.type, each.reason) for each in found.events] == [("Warning", "CatalogueFull")]
    assert summary(found.status)["Ready"] == "True Ready"
    assert plan(written(state)).events == ()


def test_what_was_told_of_the_catalogue_stays_until_somebody_has_looked() -> None:
    told = written(replace(published(), unnamed=Unnamed(frozenset({"worker"}), Reason.CATALOGUE_FULL, "no room")))
    assert plan(replace(told, unnamed=None)).status == told.status
    for known in (Unnamed(), Unnamed(frozenset({"other"}), Reason.CATALOGUE_FULL, "no room")):
        assert condition(plan(replace(told, unnamed=known)).status, "CatalogueBlocked") is None
