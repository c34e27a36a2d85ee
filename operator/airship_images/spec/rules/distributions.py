"""Is the release one of its distribution, and does the builder know where its packages are?"""

from collections.abc import Iterator

from airship_images.api.distributions import SUITES, WITHOUT_SOURCES
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject


def distributions(subject: Subject) -> Iterator[Finding]:
    """A suite of another distribution, and a distribution whose archive no profile declares."""
    software = subject.node.data["software"]
    distribution, suite = software["distribution"], software["suite"]
    known = SUITES[distribution]
    if suite not in known:
        expected = f"{' or '.join(known)}, the releases of {distribution} that this version builds"
        yield subject.in_node(Reason.NOT_YET_SUPPORTED, "software.suite", repr(suite), expected)
    declared = {repository.get("suite") for repository in software.get("repos", [])}
    if distribution in WITHOUT_SOURCES and suite not in declared:
        yield subject.in_node(
            Reason.INVALID_INPUT,
            "software.distribution",
            f"no repository of {distribution} {suite}",
            f"one in software.repos with suite {suite}: the builder has the archive of Debian alone",
        )
