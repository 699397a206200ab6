"""Names of places as names of files: what every system takes, and never one name twice."""

import re
from collections.abc import Iterable

_LONGEST = 60  # characters; four bytes each still fit in what file systems take
# Names that Windows keeps for devices, whatever follows the dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


def file_name(name: str) -> str:
    """Return a name as a file name without ending that every system takes.

    Examples
    --------
    >>> file_name("Polsek Tanjung Bintang"), file_name("../../etc"), file_name("CON")
    ('polsek-tanjung-bintang', 'etc', 'con-')
    """
    kept = "".join(c if c.isalnum() else "-" for c in name.casefold())[:_LONGEST].strip("-")
    return f"{kept}-" if _DEVICE.fullmatch(kept) else kept or "polsek"


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a file name for each name, in their order; where two come down to one, a number.

    Examples
    --------
    >>> file_names(["Polsek A", "polsek-a", "Polsek B"])
    {'Polsek A': 'polsek-a', 'polsek-a': 'polsek-a-2', 'Polsek B': 'polsek-b'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        stem = file_name(name)
        free, number = stem, 2
        while free in taken:
            free, number = f"{stem}-{number}", number + 1
        taken.add(free)
        found[name] = free
    return found
