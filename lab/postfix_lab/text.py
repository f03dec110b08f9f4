"""Text for a person: safe on any terminal, shortened to a line, with suggestions for a wrong word."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches

_NAME = 200
"""Octets; a file system allows 255, and a folder has a longer name while it is written."""


def printable(text: str) -> str:
    r"""Return the text on one line, with every character escaped that is neither printable nor a blank.

    So no control character reaches a terminal, and no bidirectional mark or invisible character changes what is read.

    >>> printable("\x1b[2Jreject:\n")
    '\\x1b[2Jreject:\\n'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines; line feeds are kept."""
    return "\n".join(map(printable, text.split("\n")))


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
    """The time in RFC 3339 format with microseconds, in UTC; a time that no calendar has as a number of seconds."""
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):
        return f"{at:g} s"


def folder_name(*parts: str) -> str:
    """Make a safe name for a folder from any text: no separator, not only dots, at most 200 octets.

    >>> folder_name("..", "../etc/passwd[12]")
    'etc-passwd-12'
    """
    name = "-".join(parts)
    made = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.") or "unnamed"
    if len(made.encode()) <= _NAME:
        return made
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{made.encode()[: _NAME - 13].decode('utf-8', 'ignore')}-{digest}"


def is_like(pattern: str, text: str) -> bool:
    """Whether the text is the pattern, in which `*` stands for any text; case does not matter.

    >>> is_like("*@SHOP.test", "bob@shop.test"), is_like("ann", "joann")
    (True, False)
    """
    wanted = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(wanted, text, re.IGNORECASE | re.DOTALL) is not None
