"""Which field of which kind of item is at a path?"""


def without_items(path: str) -> str:
    """`path` without the names of items: kernel.sysctl[vm.swappiness].value is kernel.sysctl.value."""
    if "[" not in path:
        return path
    return "".join(part.partition("]")[2] if index else part for index, part in enumerate(path.split("[")))
