"""Which news of a watch mean that it may have missed a deletion?"""

from collections.abc import Collection
from typing import Literal

import kopf

from airship_images.controller.handlers import Listings

ONE, TWO = "one", "two"


def an_event(namespace: str, uid: str, kind: Literal["ADDED", "DELETED"] | None = None) -> kopf.RawEvent:
    """What a watch tells of a Job; without a kind, as it lists it."""
    return {"type": kind, "object": {"kind": "Job", "metadata": {"namespace": namespace, "name": uid, "uid": uid}}}


def missed(*events: kopf.RawEvent, namespaces: Collection[str]) -> list[int]:
    """By which of these something may have been missed."""
    taken, found = 0, []
    listings = Listings(lambda: found.append(taken), namespaces)
    for event in events:
        listings.take(event)
        taken += 1
    return found


def test_a_first_list_and_what_comes_after_it_misses_nothing() -> None:
    events = [an_event(ONE, "a"), an_event(ONE, "b", "ADDED"), an_event(ONE, "b", "DELETED"), an_event(ONE, "b")]
    assert missed(*events, namespaces=()) == []


def test_a_watch_that_lists_again_is_noticed_once_whatever_it_lists() -> None:
    first = [an_event(ONE, "a"), an_event(TWO, "b"), an_event(TWO, "c")]
    assert missed(*first, *first, namespaces=()) == [3]


def test_each_watch_of_a_namespace_is_noticed_by_itself() -> None:
    one, two = an_event(ONE, "a"), an_event(TWO, "b")
    assert missed(one, two, one, two, namespaces=(ONE, TWO)) == [2, 3]
