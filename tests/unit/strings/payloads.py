"""Which payloads does a field take? Those that are not refused with its path."""

import re
from dataclasses import dataclass

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.nodeprofile import NodeProfile
from airship_images.spec import Prepared
from airship_images.spec.tree import Data
from tests.unit.strings.making import Refused, profile, ready
from tests.unit.strings.planting import Place, choices, known, planted

PAYLOADS = {
    "a template": "{{ lookup('pipe','id') }}",
    "a template without quotes": "{{lookup}}",
    "a tag of a template": "{% raw %}",
    "the end of a tag": "{% endraw %}",
    "a comment of a template": "{# x #}",
    "a command": "$(id)",
    "a variable": "${HOME}",
    "backticks": "`id`",
    "a specifier": "%n%i%%",
    "a single quote": "a'b",
    "a double quote": 'a"b',
    "a backslash": "a\\b",
    "a backslash at the end of a line": "a\\",
    "a new line": "a\nb",
    "a carriage return": "a\rb",
    "a tab": "a\tb",
    "a null": "a\0b",
    "an escape": "a\x1b[31mb",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "a no-break space": "a\xa0b",
    "a byte order mark": "a\ufeffb",
    "a character beyond 16 bits": "a\U0001f4a9b",
    "a space": "a b",
    "a hash": "a #b",
    "a semicolon": "a;b",
    "a colon": "a:b",
    "a comma": "a,b",
    "the folder above": "a/../../b",
    "a pattern": "a*b",
    "an option": "--help",
    "a tag of YAML": "!unsafe x",
    "an anchor": "&a *a",
    "a pipe": "a|b&c>d",
}


@dataclass(frozen=True)
class Field:
    """A place in a profile that is right, the spec of an image's only one."""

    image: AirshipImage
    spec: Data
    place: Place

    def shapes(self) -> list[str]:
        """Ways to hide a word, %s, in the field: alone, and inside and behind a value that is right."""
        right = (choices(self.place) or ("",))[0] or known(self.spec, self.place) or "a"
        middle = len(right) // 2 + 1
        return list(dict.fromkeys(["%s", f"{right[:middle]}%s{right[middle:]}", f"{right}%s"]))

    def planted(self, shape: str, word: str) -> Data:
        """The spec with the word in the field."""
        return planted(self.spec, self.place, word.join(shape.split("%s")))

    def ready(self, shape: str, word: str) -> Prepared | Refused:
        """What becomes of it."""
        return ready(self.image, profile(self.planted(shape, word)))

    def taken(self, shape: str) -> list[str]:
        """The payloads that are not refused, as one text where that is not refused either.

        Fails where a payload is refused with the path of something else.
        """
        fit = [payload for payload in PAYLOADS.values() if self._is_taken(profile(self.planted(shape, payload)))]
        together = "-".join(fit)
        if fit and isinstance(self.ready(shape, together), Prepared):
            return [together]
        return [payload for payload in fit if self._is_taken(self.ready(shape, payload))]

    def _is_taken(self, got: NodeProfile | Prepared | Refused) -> bool:
        if not isinstance(got, Refused):
            return True
        assert any(self._leads_here(path) for path in got.paths), got.paths
        return False

    def _leads_here(self, path: str) -> bool:
        """To the field, or to an item or list around it."""
        without_items = re.sub(r"\[.*?\](?=[.\[]|$)", "", path, flags=re.DOTALL)
        return self.place.path.replace("[]", "").startswith(without_items)
