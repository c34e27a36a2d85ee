"""Users are lines of four files."""

import pytest

from airship_builder.accounts import Accounts
from airship_builder.intents import User
from airship_images.api.errors import InputError

BASE = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\n",
    "group": "root:x:0:\ndaemon:x:1:\nsudo:x:27:\n",
    "shadow": "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\n",
    "gshadow": "root:*::\ndaemon:*::\nsudo:*::\n",
}
DAY = 86400
CRYPTED = "$6$salt$abcdefghijklmnop"


def lines(accounts: Accounts, file: str) -> dict[str, str]:
    return {line.split(":")[0]: line for line in accounts.texts()[file].splitlines()}


def test_what_nobody_changed_stays_as_it_was() -> None:
    assert Accounts(BASE, 0).texts() == BASE


def test_a_new_user_gets_the_first_free_number_a_group_and_a_locked_password() -> None:
    accounts = Accounts(BASE, 20_500 * DAY)
    accounts.set_user(User(name="op", groups=("sudo",)), None)
    assert lines(accounts, "passwd")["op"] == "op:x:1000:1000::/home/op:/bin/bash"
    assert lines(accounts, "group")["op"] == "op:x:1000:"
    assert lines(accounts, "group")["sudo"] == "sudo:x:27:op"
    assert lines(accounts, "gshadow")["sudo"] == "sudo:*::op"
    assert lines(accounts, "shadow")["op"] == "op:!:20500:0:99999:7:::"


def test_a_second_user_gets_the_next_number() -> None:
    accounts = Accounts(BASE, 0)
    for name in ("one", "two"):
        accounts.set_user(User(name=name), None)
    assert accounts.uid("two") == 1001


def test_a_password_is_its_hash_and_a_lock_stands_before_it() -> None:
    accounts = Accounts(BASE, 0)
    accounts.set_user(User(name="op"), CRYPTED)
    assert lines(accounts, "shadow")["op"].split(":")[1] == CRYPTED
    accounts.set_user(User(name="op", password_lock=True), None)
    assert lines(accounts, "shadow")["op"].split(":")[1] == f"!{CRYPTED}"


def test_an_existing_user_keeps_its_number() -> None:
    accounts = Accounts(BASE, 0)
    accounts.set_user(User(name="daemon", home="/srv"), None)
    assert lines(accounts, "passwd")["daemon"] == "daemon:x:1:1::/srv:/usr/sbin/nologin"


@pytest.mark.parametrize("user", [User(name="op", uid=1), User(name="op", groups=("nogroup",))])
def test_a_number_that_is_taken_and_a_group_that_is_not_there_are_refused(user: User) -> None:
    with pytest.raises(InputError, match="op"):
        Accounts(BASE, 0).set_user(user, None)
