"""How is data written as YAML, the same bytes each time?"""

from typing import Any, Final

import yaml

_Dumper: Final = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper
_WIDTH: Final = 1_000_000  # no folding: a line of YAML is a line of the value


class _Plain(_Dumper):  # type: ignore[misc, valid-type]
    """Writes a value that appears twice twice: an alias would depend on object identity."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def dump(data: Any) -> str:
    """`data` as YAML in the order of its keys."""
    return str(yaml.dump(data, Dumper=_Plain, sort_keys=False, width=_WIDTH, allow_unicode=True))
