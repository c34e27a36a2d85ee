"""The tools root, made once, and a place for each test's build."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from airship_builder import toolsroot
from tests.builder.workbench import CACHE, Workbench


@pytest.fixture(scope="session")
def tools() -> Path:
    """The tools root that every build of the session runs in."""
    return toolsroot.ensure(CACHE, lambda sentence: print(sentence, file=sys.stderr))


@pytest.fixture
def bench(tools: Path, tmp_path: Path) -> Workbench:
    """A place for one build."""
    return Workbench(tools, tmp_path)


@pytest.fixture(scope="session")
def benches(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workbench]:
    """Makes a place that several tests share."""
    return lambda name: Workbench(tools, tmp_path_factory.mktemp(name))
