"""What changes in the image when everything that the roles asked for is done?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from pathlib import Path, PurePosixPath
from typing import Final

from airship_builder import units
from airship_builder.accounts import Accounts
from airship_builder.base import LINK, Base, Unit
from airship_builder.cache import DOWNLOADS, Cache
from airship_builder.digest import file_digest
from airship_builder.intents import Directory, File, Intent, Link, Permissions, UnitState, User
from airship_builder.tree import Change, Tree
from airship_images.api.build import ContentRef, SecretRef
from airship_images.api.configmap import Values
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

_CRYPT_HASH: Final = re.compile(r"\$[0-9a-z]{1,3}\$[^:\s]{8,255}")
_ACCOUNT_MODES: Final = {
    "passwd": (0o644, "root"),
    "group": (0o644, "root"),
    "shadow": (0o640, "shadow"),
    "gshadow": (0o640, "shadow"),
}

_OWNERS_ALONE: Final = {"passwd": 0o644, "group": 0o644, "shadow": 0o600, "gshadow": 0o600}  # without a group shadow


@dataclass(frozen=True)
class Owned:
    """A change whose owners are numbers; None leaves them."""

    change: Change
    uid: int | None
    gid: int | None


@dataclass
class Overlay:
    """Collects what the roles ask for, in their order; `changes` is then the whole of it."""

    base: Base
    epoch: int
    secrets: Path
    config_maps: Mapping[str, Values]
    cache: Cache
    tree: Tree = field(init=False)
    accounts: Accounts = field(init=False)
    used_secrets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tree = Tree(self.base.paths)
        self.accounts = Accounts(self.base.accounts, self.epoch)
        self.accounts.lock("root")
        self._units = dict(self.base.units)

    def collect(self, intents: Iterable[Intent]) -> None:
        """Take in what the roles ask for: units last, because their files may come from anywhere."""
        later = []
        for intent in intents:
            if isinstance(intent, UnitState):
                later.append(intent)
            else:
                self._add(intent)
        for state in later:
            self._add(state)
        for name, text in self.accounts.texts().items():
            mode, group = _ACCOUNT_MODES[name] if self.accounts.has_shadow_group else (_OWNERS_ALONE[name], "root")
            self.tree.put(f"/etc/{name}", Change("file", mode, "root", group, text.encode()))

    def changes(self) -> dict[str, Owned]:
        """Every change by its real path, parents first."""
        return {path: self._own(change) for path, change in sorted(self.tree.changes.items())}

    @property
    def removed(self) -> list[str]:
        """What is taken away of what was there."""
        return sorted(self.tree.removed)

    def _own(self, change: Change) -> Owned:
        uid = None if change.owner is None else self.accounts.uid(change.owner)
        gid = None if change.group is None else self.accounts.gid(change.group)
        return Owned(change, uid, gid)

    @singledispatchmethod
    def _add(self, intent: Intent) -> None:
        raise TypeError(type(intent).__name__)

    @_add.register
    def _(self, intent: File) -> None:
        content = self._content_of(intent)
        self.tree.put(intent.path, Change("file", int(intent.mode, 8), intent.owner, intent.group, content))
        folder, _, name = intent.path.rpartition("/")
        if folder == units.FOLDER:
            self._units[name] = Unit(path=intent.path, text=intent.text)

    @_add.register
    def _(self, intent: Directory) -> None:
        self.tree.put(intent.path, Change("directory", int(intent.mode, 8), intent.owner, intent.group))

    @_add.register
    def _(self, intent: Link) -> None:
        self.tree.put(intent.path, Change("link", target=intent.target))

    @_add.register
    def _(self, intent: Permissions) -> None:
        mode = None if intent.mode is None else int(intent.mode, 8)
        self.tree.set_attributes(intent.path, mode, intent.owner, intent.group)

    @_add.register
    def _(self, intent: UnitState) -> None:
        if intent.enabled:
            for path, target in units.enable(intent.name, self._units).items():
                self._pull_in(intent, path, target)
        else:
            for path in units.disable(intent.name, self.tree.links(), self._units):
                self.tree.remove(path)

    @_add.register
    def _(self, intent: User) -> None:
        password = self._password(intent.name, intent.password_from) if intent.password_from else None
        self.accounts.set_user(intent, password)
        if intent.name == "root" and password and not intent.password_lock:
            self.accounts.unlock("root")
        owner, group = intent.name, self.accounts.primary_group(intent.name)
        home = self.accounts.home(intent.name)
        if self.tree.kind(self.tree.resolve(home, follow_last=True)) is None:
            self.tree.put(home, Change("directory", 0o700, owner, group))
            for name, text in self.base.skeleton.items():
                self.tree.put(f"{home}/{name}", Change("file", 0o644, owner, group, text.encode()))
        if intent.ssh_authorized_keys_from:
            self._authorize(home, owner, group, intent.ssh_authorized_keys_from)

    def _pull_in(self, intent: UnitState, path: str, target: str) -> None:
        """A link by which systemd finds the unit; one that leads to another unit stays unless force is asked for."""
        there = self.tree.kind(self.tree.resolve(path, follow_last=False))
        if there is not None and not intent.force and PurePosixPath(there).name != PurePosixPath(target).name:
            found = f"{path}, which is {there.removeprefix(LINK) if there.startswith(LINK) else 'a file'} already"
            raise InputError(f"systemd[{intent.name}].enabled", found, "no such link, or force: true to replace it")
        self.tree.put(path, Change("link", target=target))

    def _authorize(self, home: str, owner: str, group: str, refs: Sequence[SecretRef]) -> None:
        keys = b"".join(self._secret(ref).rstrip(b"\n") + b"\n" for ref in refs)
        self.tree.put(f"{home}/.ssh", Change("directory", 0o700, owner, group))
        self.tree.put(f"{home}/.ssh/authorized_keys", Change("file", 0o600, owner, group, keys))

    def _password(self, user: str, ref: SecretRef) -> str:
        text = self._secret(ref).decode(errors="replace").strip()
        if not _CRYPT_HASH.fullmatch(text):
            path = f"user_management[{user}].password_from"
            raise InputError(
                path, f"something else in {ref.secret_name}/{ref.key}", "a crypt(5) hash, as mkpasswd makes it"
            )
        return text

    def _content_of(self, intent: File) -> bytes | Path:
        if intent.download is not None:
            return self._downloaded(intent.path, intent.download)
        return intent.text.encode() if intent.content is None else self._content(intent.content)

    def _downloaded(self, path: str, sha256: str) -> Path:
        """A file that the phase `disk` brought into the cache."""
        file = self.cache.root / DOWNLOADS / sha256
        self.cache.hold(file)
        if not file.is_file() or file_digest(file) != sha256:
            message = f"fetch_from_url[{path}]: the cache does not hold {sha256[:10]}; run the phase disk first"
            raise OutsideError(message, reason=Reason.CACHE_CORRUPT)
        return file

    def _content(self, ref: ContentRef) -> bytes:
        return self.config_maps[str(ref.config_map_name)][ref.key] if ref.secret is None else self._secret(ref.secret)

    def _secret(self, ref: SecretRef) -> bytes:
        path = self.secrets / ref.secret_name / ref.key
        if not path.is_file():
            found = f"no key {ref.key} in Secret {ref.secret_name}"
            raise InputError("secret", found, "a Secret with that key", reason=Reason.SECRET_NOT_FOUND)
        self.used_secrets.add(f"{ref.secret_name}/{ref.key}")
        return path.read_bytes()
