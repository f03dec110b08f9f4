"""Words for a person: harmless on any terminal, short enough for a line, and the near miss of a wrong one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches

_NAME = 200
"""Octets; a file system takes 255, and a folder that is being written has a longer name for a while."""
_WIDTHS = (("x", 2), ("u", 4), ("U", 8))
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""Give the text on one line, with everything spelled out that is not a character one sees, or a blank.

    So no control moves a terminal, no bidirectional mark reorders what is read, and nothing is there that hides.

    >>> printable("\x1b[2Jreject:\n")
    '\\x1b[2Jreject:\\n'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _SHORT.get(c) or _escape(ord(c)) for c in text)


def harmless(text: str) -> str:
    """The same for a text of several lines, whose line ends stay."""
    return "\n".join(map(printable, text.split("\n")))


def _escape(number: int) -> str:
    letter, width = next((letter, width) for letter, width in _WIDTHS if number < 16**width)
    return f"\\{letter}{number:0{width}x}"


def shorten(text: str, width: int) -> str:
    """Cut to the width, with `...` where something is missing."""
    return text if len(text) <= width else text[: max(0, width - 3)] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Finish an `InputError`: the nearest known word, or all of them when none is near."""
    names = sorted(known)
    near = get_close_matches(word.lower(), [name.lower() for name in names], n=1)
    by_lower = {name.lower(): name for name in names}
    return f"did you mean {by_lower[near[0]]}?" if near else f"there are {', '.join(names)}"


def stamp(at: float) -> str:
    """RFC 3339 with microseconds, in UTC; what no calendar has, as the number that it is."""
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):
        return f"{at:g} s"


def folder_name(*parts: str) -> str:
    """Make one harmless name of a folder of whatever something is called: no separator, no dots alone, not too long.

    >>> folder_name("..", "../etc/passwd[12]")
    'etc-passwd-12'
    """
    name = "-".join(parts)
    made = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.") or "unnamed"
    if len(made.encode()) <= _NAME:
        return made
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{made.encode()[: _NAME - 13].decode('utf-8', 'ignore')}-{digest}"
