"""Is this YAML small, flat and plain enough to be made into data? Bombs are refused before they are built."""

from collections.abc import Hashable, Iterator
from typing import Any, Final

import yaml

from airship_images.api.errors import InputError

DEPTH_LIMIT: Final = 64
"""Levels of nesting: the deepest field of ours is 12 deep; libyaml's composer recurses on the C stack."""

NODE_LIMIT: Final = 500_000
"""Keys and values of one source: about four seconds of parsing."""

ALIAS_LIMIT: Final = 10_000
"""Keys and values that aliases may add to those that are written out."""

_Loader: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def load_documents(text: str | bytes, source: str) -> Iterator[Any]:
    """Each document of `text` as plain data, None for an empty one.

    Raises InputError, with the line, for what is not YAML, is nested or large beyond the limits above, grows by
    aliases, or gives a key twice.
    """
    try:
        _count_events(text, source)
        loader = _Loader(text)
        try:
            while loader.check_node():
                if node := loader.get_node():
                    _check_graph(node, source)
                    yield loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _syntax_error(error, source) from error
    except (ValueError, RecursionError) as error:  # timestamps such as 2024-99-99, ints beyond Python's limit
        raise InputError(source, str(error), "values in quotes where YAML would read a date or number") from error


def _count_events(text: str | bytes, source: str) -> None:
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
        if depth > DEPTH_LIMIT:
            raise InputError(
                _place(source, event.start_mark), f"more than {DEPTH_LIMIT} levels of nesting", "fewer levels"
            )
        if nodes > NODE_LIMIT:
            raise InputError(source, f"more than {NODE_LIMIT} keys and values", "a smaller file; split it")


def _check_graph(root: yaml.Node, source: str) -> None:
    """Raises InputError when aliases make `root` grow, or lead in a circle, or a map has a key twice."""
    sizes: dict[int, int] = {}
    expanded = _expanded_size(root, sizes, set(), source)
    if expanded > len(sizes) + ALIAS_LIMIT:
        raise InputError(source, f"aliases that add {expanded - len(sizes)} values", f"at most {ALIAS_LIMIT}")


def _expanded_size(node: yaml.Node, sizes: dict[int, int], above: set[int], source: str) -> int:
    """Nodes below and including `node` with each alias counted in full; `sizes` keeps what is known by node."""
    if isinstance(node, yaml.ScalarNode):
        sizes[id(node)] = 1
        return 1
    if id(node) in above:
        raise InputError(_place(source, node.start_mark), "an alias inside its own anchor", "data without circles")
    if id(node) not in sizes:
        above.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _refuse_repeated_keys(node, source)
            parts: list[yaml.Node] = [part for pair in node.value for part in pair]
        else:
            parts = node.value
        sizes[id(node)] = 1 + sum(_expanded_size(part, sizes, above, source) for part in parts)
        above.remove(id(node))
    return sizes[id(node)]


def _refuse_repeated_keys(node: yaml.MappingNode, source: str) -> None:
    seen: set[Hashable] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise InputError(_place(source, key.start_mark), "a key that is a list or a map", "a text as key")
        if (key.tag, key.value) in seen:
            raise InputError(_place(source, key.start_mark), f"the key {key.value!r} a second time", "each key once")
        seen.add((key.tag, key.value))


def _syntax_error(error: yaml.YAMLError, source: str) -> InputError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        found = error.problem or str(error.context)
        if "cannot start any token" in found:
            return InputError(_place(source, mark), "a tab, or one of @ ` %", "spaces for indentation, text in quotes")
        return InputError(_place(source, mark), f"no YAML ({found})", "YAML of one or more documents")
    return InputError(source, " ".join(str(error).split()), "YAML in UTF-8")


def _place(source: str, mark: yaml.Mark | Any) -> str:
    return f"{source}, line {mark.line + 1}, column {mark.column + 1}" if mark else source
