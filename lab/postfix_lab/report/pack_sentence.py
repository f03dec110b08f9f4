"""What a pack found, in one sentence: `relay: closed on 25 and 587; nobody listens on 465`."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from postfix_lab.text import printable, shorten
from postfix_lab.verdict.checks.check import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postfix_lab.report.summary_table import Row

_FATES = {
    "accept": "accepted",
    "defer": "deferred",
    "reject": "refused",
    "disconnect": "disconnected",
    "closed": "without a listener",
}
_PORT = re.compile(r"port-(\d+)")
_RELAY = "relay"
_NAMES = 3
"""How many sessions that are not as they should be are named."""


def pack_sentences(names: Iterable[str], rows: Sequence[Row]) -> list[str]:
    """Return the sentence of each pack that has rows."""
    found = []
    for name in dict.fromkeys(names):
        own = [row for row in rows if f"/{row.scenario}".rpartition("::")[0].endswith(f"/packs/{name}")]
        if own:
            said = _ports(own) if name == _RELAY else _counts(own)
            found.append(printable(f"{name}: {said}"))
    return found


def _ports(rows: Sequence[Row]) -> str:
    """Return which ports are closed to relaying, open, not known, or without a listener."""
    known: dict[str, list[Row]] = {}
    for row in rows:
        if port := _PORT.search(row.scenario):
            known.setdefault(port[1], []).append(row)
    states = {port: _state(mine) for port, mine in known.items()}
    parts = []
    for state, words in _STATES.items():
        ports = [port for port, own in states.items() if own == state]
        if ports:
            parts.append(f"{words} {_join(ports)}")
    return "; ".join(parts) or _counts(rows)


_STATES = {
    "open": "OPEN on",
    "unknown": "not known on",
    "closed": "closed on",
    "nobody": "nobody listens on",
}


def _state(rows: Sequence[Row]) -> str:
    if any(row.status is Status.FAIL for row in rows):
        return "open"
    if any(row.status is Status.UNKNOWN for row in rows):
        return "unknown"
    return "nobody" if all(_fate(row) == "closed" for row in rows) else "closed"


def _counts(rows: Sequence[Row]) -> str:
    """Return how many sessions are as they should be, and what became of them, or which are not."""
    wrong = [row for row in rows if row.status is not Status.PASS]
    if wrong:
        names = list(dict.fromkeys(row.scenario.rpartition("::")[2] for row in wrong))
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        return f"{len(wrong)} of {len(rows)} are not as they should be: {shorten(', '.join(names[:_NAMES]), 200)}{more}"
    fates = Counter(_FATES[fate] for row in rows if (fate := _fate(row)) in _FATES)
    told = _join([f"{count} {words}" for words, count in fates.most_common()])
    return f"all {len(rows)} are as they should be" + (f": {told}" if told else "")


def _fate(row: Row) -> str:
    return row.note.partition(":")[0].strip()


def _join(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
