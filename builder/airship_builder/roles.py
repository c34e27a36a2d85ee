"""What does one task of a role ask for? Its arguments, rendered with the variables of the request as plain data.

Ansible's own templating never sees a value that a user wrote: the variables are read here, from a file, and a value is
put in as it is. A template is a role's own file, or an argument that the role marks `!unsafe` to keep it for us.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from airship_builder.intents import INTENT, Intent
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

_LISTS: Final = {
    "files": "file",
    "directories": "directory",
    "links": "link",
    "permissions": "permissions",
    "units": "unit",
}
_ARGUMENTS: Final = {"from", "each", "where", "package", "without", "users", *_LISTS}


class Role:
    """The templates of one role, and the variables of the request."""

    def __init__(self, templates: Path, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._environment = SandboxedEnvironment(
            loader=FileSystemLoader(templates),
            undefined=StrictUndefined,
            finalize=_one_line,
            autoescape=False,  # configuration files, not HTML
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters |= {
            "in_double_quotes": in_double_quotes,
            "kernel_argument": kernel_argument,
            "kernel_word": kernel_word,
            "kubelet_argument": kubelet_argument,
            "long_option": long_option,
            "shell": _shell,
        }

    def intents(self, arguments: Mapping[str, Any]) -> Iterator[Intent]:
        """What a task with `arguments` asks for.

        `from` and `each` name a variable (nothing is asked for while it is unset; `each` repeats per item), `where` a
        field of the item that must be true, `package` one that the image must have, `without` one that it must lack;
        the lists say what to make.
        """
        unknown = set(arguments) - _ARGUMENTS
        if unknown:
            raise ValueError(f"unknown arguments: {', '.join(sorted(unknown))}")
        if not self._fits(arguments.get("package"), arguments.get("without")):
            return
        for item in self._items(arguments):
            if "where" not in arguments or item.get(arguments["where"]):
                yield from self._of_item(arguments, item)

    def _fits(self, package: str | None, without: str | None) -> bool:
        installed = self._variables["packages"]
        return (package is None or package in installed) and without not in installed

    def _items(self, arguments: Mapping[str, Any]) -> Sequence[Any]:
        name = arguments.get("each") or arguments.get("from")
        if name is None:
            return ({},)
        value: Any = self._variables
        for part in name.split("."):
            value = value.get(part) if value is not None else None
        if value is None:
            return ()
        return tuple(value) if "each" in arguments else (value,)

    def _of_item(self, arguments: Mapping[str, Any], item: Any) -> Iterator[Intent]:
        for name, kind in _LISTS.items():
            for entry in arguments.get(name, ()):
                if all(field in item for field in self._fields(entry)):
                    yield INTENT.validate_json(json.dumps({"kind": kind, **self._entry(entry, item)}))
        if arguments.get("users"):
            fields = {key: value for key, value in item.items() if key != "sudo"}
            yield INTENT.validate_json(json.dumps({"kind": "user", **fields}))

    @staticmethod
    def _fields(entry: Mapping[str, Any]) -> list[str]:
        return [entry[key] for key in ("value", "content", "enabled") if key in entry]

    def _entry(self, entry: Mapping[str, Any], item: Any) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for key, value in entry.items():
            if key == "template":
                known["text"] = self._environment.get_template(value).render(self._variables, item=item)
            elif key == "value":
                known["text"] = item[value]
            elif key in ("content", "download"):
                known[key] = item[value]
            elif key in ("enabled", "force"):
                known[key] = item.get(value, False)
            else:
                rendered = self._render(value, item)
                if rendered is not None:
                    known[key] = rendered
        return known

    def _render(self, template: str, item: Any) -> str | None:
        """None when the item does not have what the template names."""
        try:
            return self._environment.from_string(template).render(self._variables, item=item)
        except UndefinedError:
            return None


def kernel_word(argument: Mapping[str, str]) -> str:
    """`name=value` as one word of GRUB's, which quotes it for the kernel but puts a backslash before each quote."""
    name, value = argument["name"], argument.get("value")
    word = name if value is None else f"{name}={value}"
    if " " in name or set("\"'\\\n") & set(word):
        expected = "a name without space, and no quotation mark, backslash or newline"
        raise InputError("kernel.grub.GRUB_CMDLINE_LINUX_DEFAULT", repr(word), expected)
    return word


def kernel_argument(argument: Mapping[str, str]) -> str:
    """`name=value` as the kernel and modprobe read it: a value with a space stands in double quotes."""
    name, separator, value = kernel_word(argument).partition("=")
    return f'{name}{separator}"{value}"' if " " in value else f"{name}{separator}{value}"


def long_option(option: Mapping[str, str]) -> str:
    """`--name=value`, whether or not the name was written with its dashes."""
    name = f"--{option['name'].lstrip('-')}"
    return f"{name}={option['value']}" if "value" in option else name


def kubelet_argument(argument: Mapping[str, str]) -> str:
    """`--name=value` as systemd splits a variable into arguments; it stands in single quotes in a file of variables."""
    word = long_option(argument)
    if set("\"'\\\n") & set(word):
        expected = "no quotation mark, backslash or newline"
        raise InputError("kubelet.extra_systemd_args", repr(word), expected)
    return f'"{word}"' if " " in word else word


def in_double_quotes(text: str) -> str:
    """`text` as it stands between double quotes of a shell's."""
    return re.sub(r'(["$`\\])', r"\\\1", text)


def _shell(text: str) -> str:
    """One word of a POSIX shell, and of GRUB's, which reads single quotes alike."""
    return shlex.quote(text)


def _one_line(value: Any) -> Any:
    """What a template puts in stays on its line."""
    if isinstance(value, str) and any(character < " " or character == "\x7f" for character in value):
        raise InputError(
            "a value", repr(value), "text on one line, without control characters", reason=Reason.INVALID_INPUT
        )
    return value
