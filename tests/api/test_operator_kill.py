"""The operator is killed after each single write that it makes on the way of an image, and the end is the same.

The first stories are told once for each write, with one kill after it; `make soak` tells all of them so. The others are
told with an operator that dies after its first write, as the next one does, and the next: a death after every write.
"""

import pytest

from tests.api.killing import SOAK, Stage, report
from tests.api.stories import (
    Tell,
    builds,
    changes_its_mind,
    goes_with_all_it_has,
    is_suspended,
    loses_what_is_old,
    named,
    shares_a_root,
    takes_newer_packages,
    tries_again,
)

CORE = (builds, changes_its_mind, tries_again)
MORE = (shares_a_root, is_suspended, takes_newer_packages, loses_what_is_old, goes_with_all_it_has)

pytestmark = pytest.mark.timeout(3600 if SOAK else 1800)


@pytest.mark.parametrize("tell", CORE + MORE if SOAK else CORE, ids=named)
def test_kill_after_each_write_of_a_story_leaves_the_same(
    stage: Stage, tell: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    deaths = stage.killed_everywhere(tell)
    report(capsys, tell, deaths)
    assert deaths > 5


@pytest.mark.parametrize("tell", MORE, ids=named)
def test_kill_after_every_write_one_by_one_leaves_the_same(
    stage: Stage, tell: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    deaths = stage.killed_again_and_again(tell)
    report(capsys, tell, deaths)
    assert deaths > 5
