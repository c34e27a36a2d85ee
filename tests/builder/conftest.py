"""The tools root, made once, and a place for each test's build."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from airship_builder import toolsroot
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from hack.cluster.waiting import PAUSES
from tests.builder.cached import trust
from tests.builder.workbench import CACHE, TESTS_CACHE, Workbench

HERE = Path(__file__).parent


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make the tools root before the first test starts: a test's time limit is for the test."""
    if any(item.path.is_relative_to(HERE) for item in session.items) and not session.config.option.collectonly:
        try:
            make_tools()
        except OutsideError as error:
            pytest.exit(str(error), returncode=error.exit_code)


def make_tools() -> Path:
    """The tools root, made now if it is not there, and tried again where a mirror fails, as mirrors do by chance."""

    def say(sentence: str) -> None:
        print(sentence, file=sys.stderr)

    for pause in PAUSES:
        try:
            return toolsroot.ensure(CACHE, say)
        except OutsideError as error:
            if error.reason is Reason.UNSUPPORTED_HOST:
                raise
            say(f"{error}; trying again in {pause:.0f} s")
            time.sleep(pause)
    return toolsroot.ensure(CACHE, say)


@pytest.fixture(scope="session")
def tools() -> Path:
    """The tools root that every build of the session runs in."""
    trust(TESTS_CACHE)
    return make_tools()


@pytest.fixture
def bench(tools: Path, tmp_path: Path) -> Workbench:
    """A place for one build."""
    return Workbench(tools, tmp_path)


@pytest.fixture(scope="session")
def benches(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workbench]:
    """Makes a place that several tests share."""
    return lambda name: Workbench(tools, tmp_path_factory.mktemp(name))
