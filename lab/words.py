"""Words for a person: harmless on any terminal, short enough for a line, and the near miss of a wrong one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches

# C0, DEL and C1 controls, line and bidirectional controls (they reorder what a reader sees), lone surrogates.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_NAME = 200
"""Octets; a file system takes 255, and a folder that is being written has a longer name for a while."""
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""Give the text on one line, with control characters, escapes and bidirectional marks spelled out.

    >>> printable("\x1b[2Jreject:\n")
    '\\x1b[2Jreject:\\n'
    """
    return _HARMFUL.sub(lambda found: _SHORT.get(found[0]) or _escape(ord(found[0])), text)


def harmless(text: str) -> str:
    """The same for a text of several lines, whose line ends stay."""
    return "\n".join(map(printable, text.split("\n")))


def _escape(number: int) -> str:
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004 - the width of \x


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
