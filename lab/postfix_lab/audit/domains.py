"""A domain in two address classes: Postfix takes it for one of them, and complains (ADDRESS_CLASS_README)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from postfix_lab.audit.as_written import Written
from postfix_lab.audit.finding import Finding, FindingKind, Severity
from postfix_lab.fit import own_domains
from postfix_lab.postfix.parameters import DOMAINS
from postfix_lab.text import printable

_MANY = 5


def judge(written: Written) -> Iterator[Finding]:
    """A finding for each pair of lists that have domains in common; it stands where the first of them does."""
    found = {name: own_domains.domains(written.draft, name) for name in DOMAINS}
    for one, other in combinations(DOMAINS, 2):
        both = [domain for domain in found[one] if domain in found[other]]
        if both and not _names(written, other, one):
            yield _overlap(written, one, other, both)


def _names(written: Written, other: str, one: str) -> bool:
    """Whether a list has those of another by its name: `relay_domains = $mydestination` was the default for long."""
    return re.search(rf"\$[({{]?{one}\b", written.draft.lookup(other) or "") is not None


def _overlap(written: Written, one: str, other: str, both: list[str]) -> Finding:
    shown = printable(", ".join(both[:_MANY]) + (f" and {len(both) - _MANY} more" if both[_MANY:] else ""))
    there = written.of(other)
    stands = f"{other} ({there})" if there.line else f"{other}, which by default has the domains of its maps,"
    what = f"{shown} stands in {one} and in {stands}: Postfix takes it for one of them, whichever it looks at first"
    remedy = f"take it out of {one}, or out of {other}: {_MEANING[one]}, {_MEANING[other]}"
    severity = Severity.WARNING if other == "relay_domains" else Severity.ERROR
    return Finding(FindingKind.OVERLAP, severity, written.of(one, both[0]), what, remedy)


_MEANING = {
    "mydestination": "mydestination is for accounts of this host",
    "virtual_mailbox_domains": "virtual_mailbox_domains for mailboxes without an account",
    "virtual_alias_domains": "virtual_alias_domains for addresses that all lead elsewhere",
    "relay_domains": "relay_domains for mail that goes on to another host",
}
