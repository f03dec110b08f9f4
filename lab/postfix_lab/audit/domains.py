"""Domains in two address classes: Postfix uses one class and logs a warning (ADDRESS_CLASS_README)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.fit import own_domains
from postfix_lab.postfix.parameters import DOMAINS
from postfix_lab.text import printable

_MANY = 5


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each pair of lists with domains in common, at the place of the first list."""
    found = {name: own_domains.domains(written.draft, name) for name in DOMAINS}
    for name, other in combinations(DOMAINS, 2):
        both = [domain for domain in found[name] if domain in found[other]]
        if both and not _includes(written, other, name):
            yield _overlap(written, name, other, both)


def _includes(written: AdminConfig, other: str, name: str) -> bool:
    """Whether a list includes another by its name; `relay_domains = $mydestination` was the default before 3.0."""
    return re.search(rf"\$[({{]?{name}\b", written.draft.lookup(other) or "") is not None


def _overlap(written: AdminConfig, name: str, other: str, both: list[str]) -> AuditFinding:
    shown = printable(", ".join(both[:_MANY]) + (f" and {len(both) - _MANY} more" if both[_MANY:] else ""))
    there = written.parameter_place(other)
    stands = f"{other} ({there})" if there.line else f"{other}, which by default has the domains of its maps,"
    what = f"{shown} stands in {name} and in {stands}: Postfix takes it for one of them, whichever it looks at first"
    remedy = f"take it out of {name}, or out of {other}: {_MEANING[name]}, {_MEANING[other]}"
    severity = Severity.WARNING if other == "relay_domains" else Severity.ERROR
    return AuditFinding(FindingKind.OVERLAP, severity, written.parameter_place(name, both[0]), what, remedy)


_MEANING = {
    "mydestination": "mydestination is for accounts of this host",
    "virtual_mailbox_domains": "virtual_mailbox_domains for mailboxes without an account",
    "virtual_alias_domains": "virtual_alias_domains for addresses that all lead elsewhere",
    "relay_domains": "relay_domains for mail that goes on to another host",
}
