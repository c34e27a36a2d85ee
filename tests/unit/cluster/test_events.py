"""How an event is named, and what fits into it."""

from datetime import UTC, datetime, timedelta

import pytest

from airship_images.cluster.events import body
from airship_images.plan.events import Event, HostReference
from airship_images.plan.state import Identity
from airship_images.plan.texts import sentence

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGE = Identity("default", "worker", "uid-of-worker", 1, "7")
PUBLISHED = Event("Normal", "Published", "sha256:ab is published")


def name(image: Identity, event: Event, now: datetime = NOW) -> str:
    found = body(image, event, now)["metadata"]["name"]
    assert isinstance(found, str)
    return found


def test_the_same_event_has_the_same_name_whenever_it_is_told() -> None:
    assert name(IMAGE, PUBLISHED) == name(IMAGE, PUBLISHED, NOW + timedelta(minutes=1))


def test_another_message_or_another_image_of_the_name_is_another_event() -> None:
    again = Identity("default", "worker", "another-uid", 1, "9")
    names = {name(IMAGE, PUBLISHED), name(again, PUBLISHED), name(IMAGE, Event("Normal", "Published", "sha256:cd"))}
    assert len(names) == 3


def test_an_event_of_a_host_is_about_the_host() -> None:
    found = body(IMAGE, Event("Normal", "HostUpdated", "runs it", HostReference("rack-1", "uid-1")), NOW)
    assert found["metadata"]["name"].startswith("rack-1.")
    assert found["regarding"] == {
        "apiVersion": "metal3.io/v1alpha1",
        "kind": "BareMetalHost",
        "namespace": "default",
        "name": "rack-1",
        "uid": "uid-1",
    }


@pytest.mark.parametrize("message", [sentence("x" * 2000), "x" * 1025, "→" * 400, "x" + "→" * 400, "😀" * 300])
def test_a_long_event_is_cut_to_the_bytes_that_kubernetes_takes(message: str) -> None:
    note = body(IMAGE, Event("Normal", "Published", message), NOW)["note"]
    assert 1020 < len(note.encode()) <= 1024
    assert note.endswith("…")
    assert message.startswith(note[:-1])


@pytest.mark.parametrize("message", ["short", "x" * 1024, "→" * 341])
def test_an_event_that_fits_is_told_whole(message: str) -> None:
    assert body(IMAGE, Event("Normal", "Published", message), NOW)["note"] == message
