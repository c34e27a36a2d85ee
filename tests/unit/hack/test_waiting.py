"""What may fail by chance is tried again, and not for ever."""

import pytest

from hack.cluster.errors import ClusterError
from hack.cluster.waiting import tried


class Flaky:
    """An attempt that fails so many times before it succeeds."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.made = 0

    def __call__(self) -> None:
        self.made += 1
        if self.made <= self.failures:
            raise ClusterError(f"failure {self.made}")


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_an_attempt_is_made_until_it_succeeds(failures: int) -> None:
    attempt = Flaky(failures)
    tried(attempt, pauses=(0.01, 0.01))
    assert attempt.made == failures + 1


def test_the_failure_of_the_last_attempt_is_the_result() -> None:
    attempt = Flaky(10)
    with pytest.raises(ClusterError, match="failure 3"):
        tried(attempt, pauses=(0.01, 0.01))
    assert attempt.made == 3
