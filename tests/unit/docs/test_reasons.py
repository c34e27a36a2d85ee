"""Can a person look up every reason, and is no reason documented that is gone?"""

import re
from pathlib import Path

from airship_images.api.reasons import Reason

REPOSITORY = Path(__file__).parents[3]
PAGE = REPOSITORY / "docs" / "reasons.md"


def test_every_reason_has_its_line_and_every_line_its_reason() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(Reason)


def test_every_line_says_what_the_reason_means_and_what_to_do() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(lines) == len(Reason)
    for line in lines:
        _, _, means, to_do, _ = re.split(r"(?<!\\)\|", line)
        assert means.strip().endswith(".") and to_do.strip().endswith("."), line


def test_every_reason_is_given_by_some_code() -> None:
    sources = [*REPOSITORY.glob("operator/**/*.py"), *REPOSITORY.glob("builder/**/*.py")]
    code = "\n".join(path.read_text() for path in sources if path.name != "reasons.py")
    assert [reason.name for reason in Reason if f"Reason.{reason.name}" not in code] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *REPOSITORY.glob("docs/**/*.md")]
    broken = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []
