"""How is data written as YAML, the same bytes each time, and the same data for whoever reads it?"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

_Dumper: Final = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper
_WIDTH: Final = 1_000_000  # no folding: a line of YAML is a line of the value
_NUMBER: Final = re.compile(
    r"[-+]?(?:(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?|0[bBoOxX][0-9a-fA-F_]+)\Z"
)
_TRUTH: Final = re.compile(r"[yYnN]\Z")


class _Plain(_Dumper):  # type: ignore[misc, valid-type]
    """Writes a value that appears twice twice: an alias would depend on object identity.

    Quotes what kubectl and kustomize would take for a number or a truth value, and PyYAML would not: `1e5`, `089`,
    `0o17`, `y` (YAML 1.2, section 10.3.2, and YAML 1.1's bool).
    """

    def ignore_aliases(self, data: object) -> bool:
        return True


_Plain.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", _TRUTH, list("yYnN"))


def dump(data: Any) -> str:
    """`data` as YAML in the order of its keys."""
    return str(yaml.dump(data, Dumper=_Plain, sort_keys=False, width=_WIDTH, allow_unicode=True))


def dump_all(documents: Iterable[Mapping[str, Any]]) -> str:
    """Each of `documents` as YAML, with a line between them."""
    return "---\n".join(map(dump, documents))
