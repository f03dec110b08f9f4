"""Exceptions (`!pattern`) that stand behind the pattern they except from: the first match decides (match_list(3))."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.audit.practice.public_networks import is_within, parse_network
from postfix_lab.postfix.files.place import PlacedWord
from postfix_lab.postfix.parameters import LISTS
from postfix_lab.text import printable


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each exception of a list that is never looked at."""
    for name in sorted(LISTS):
        words = written.words(name)
        for index, word in enumerate(words):
            if word.text.startswith("!") and (earlier := _covering(words[:index], word.text[1:])):
                what = f"{name}: {word.text} has no effect: {earlier.text} in front of it matches first"
                remedy = f"put {word.text} in front of {earlier.text}"
                place = written.trace_place(word.place)
                yield AuditFinding(
                    FindingKind.LATE_EXCEPTION, Severity.WARNING, place, printable(what), printable(remedy)
                )


def _covering(before: Sequence[PlacedWord], excepted: str) -> PlacedWord | None:
    """Return the first earlier pattern that matches everything that the exception matches, or None."""
    return next((word for word in before if not word.text.startswith("!") and _covers(word.text, excepted)), None)


def _covers(pattern: str, excepted: str) -> bool:
    outer, inner = parse_network(pattern), parse_network(excepted)
    if outer is not None and inner is not None:
        return is_within(inner, outer)
    wide, narrow = pattern.lower(), excepted.lower()
    return wide == narrow or (wide.startswith(".") and narrow.endswith(wide))
