"""Which folders does a path of the image lie in?"""

from collections.abc import Iterator


def folders(path: str) -> Iterator[str]:
    """The folders of an absolute path, the nearest first: /etc and / of /etc/motd; none of / and of what is no path."""
    while path.startswith("/") and path != "/":
        path = path.rpartition("/")[0] or "/"
        yield path
