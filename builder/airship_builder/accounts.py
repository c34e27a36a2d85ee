"""What do passwd, group, shadow and gshadow become when users are added or changed?"""

from collections.abc import Mapping
from typing import Final

from airship_builder.intents import User
from airship_images.api.errors import InputError

FILES: Final = ("passwd", "group", "shadow", "gshadow")
LOCKED: Final = "!"
_FIRST_UID: Final = 1000  # of Debian's login.defs
_LAST_UID: Final = 59999
_DAY: Final = 86400  # seconds
_DEFAULT_SHELL: Final = "/bin/bash"

Rows = dict[str, list[str]]


class Accounts:
    """The four files as rows by name."""

    def __init__(self, texts: Mapping[str, str], epoch: int) -> None:
        self._rows: dict[str, Rows] = {name: _parse(texts[name]) for name in FILES}
        self._day = str(epoch // _DAY)

    def uid(self, name: str) -> int:
        """The number of the user `name`; raises InputError when there is none."""
        return self._number("passwd", name, "a user of the image")

    def gid(self, name: str) -> int:
        """The number of the group `name`; raises InputError when there is none."""
        return self._number("group", name, "a group of the image")

    @property
    def has_shadow_group(self) -> bool:
        """Is there a group that may read shadow, as in Debian?"""
        return "shadow" in self._rows["group"]

    def home(self, name: str) -> str:
        """The home of the user `name`."""
        return self._rows["passwd"][name][5]

    def primary_group(self, name: str) -> str:
        """The name of the user's own group."""
        gid = self._rows["passwd"][name][3]
        return next(group for group, row in self._rows["group"].items() if row[2] == gid)

    def set_user(self, user: User, password: str | None) -> None:
        """Make or change `user`; `password` is a crypt(5) hash."""
        if user.name not in self._rows["passwd"]:
            self._add(user)
        row = self._rows["passwd"][user.name]
        row[5] = user.home or row[5]
        row[6] = user.shell or row[6]
        for group in user.groups:
            self._join(user.name, group)
        shadow = self._rows["shadow"][user.name]
        shadow[1] = password or shadow[1]
        if user.password_lock:
            self.lock(user.name)

    def lock(self, name: str) -> None:
        """No password opens this account."""
        shadow = self._rows["shadow"][name]
        shadow[1] = LOCKED + shadow[1].lstrip(LOCKED)

    def unlock(self, name: str) -> None:
        """Its password opens this account."""
        shadow = self._rows["shadow"][name]
        shadow[1] = shadow[1].lstrip(LOCKED)

    def texts(self) -> dict[str, str]:
        """The four files."""
        return {name: "".join(f"{':'.join(row)}\n" for row in rows.values()) for name, rows in self._rows.items()}

    def _add(self, user: User) -> None:
        uid = self._free_uid() if user.uid is None else user.uid
        path = f"user_management[{user.name}].uid"
        if str(uid) in self._taken("passwd"):
            raise InputError(path, str(uid), "a number that no other user of the image has")
        if user.name not in self._rows["group"]:
            if str(uid) in self._taken("group"):
                raise InputError(
                    path, f"{uid}, which is a group of the image", "a number that no group of the image has"
                )
            self._rows["group"][user.name] = [user.name, "x", str(uid), ""]
            self._rows["gshadow"][user.name] = [user.name, LOCKED, "", ""]
        gid = self._rows["group"][user.name][2]
        home = f"/home/{user.name}"
        self._rows["passwd"][user.name] = [user.name, "x", str(uid), gid, "", home, _DEFAULT_SHELL]
        self._rows["shadow"][user.name] = [user.name, LOCKED, self._day, "0", "99999", "7", "", "", ""]

    def _join(self, name: str, group: str) -> None:
        for file in ("group", "gshadow"):
            row = self._rows[file].get(group)
            if row is None:
                raise InputError(f"user_management[{name}].groups", group, "a group of the image")
            members = [member for member in row[3].split(",") if member]
            row[3] = ",".join(dict.fromkeys([*members, name]))

    def _free_uid(self) -> int:
        taken = self._taken("passwd") | self._taken("group")
        return next(uid for uid in range(_FIRST_UID, _LAST_UID) if str(uid) not in taken)

    def _taken(self, file: str) -> set[str]:
        return {row[2] for row in self._rows[file].values()}

    def _number(self, file: str, name: str, expected: str) -> int:
        if name.isdecimal():
            return int(name)
        if name not in self._rows[file]:
            raise InputError("owner", name, expected)
        return int(self._rows[file][name][2])


def _parse(text: str) -> Rows:
    rows = [line.split(":") for line in text.split("\n") if line]
    return {row[0]: row for row in rows}
