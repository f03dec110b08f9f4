"""Domains of somebody else among those that mail is accepted for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.fit import own_domains
from postfix_lab.postfix.parameters import DOMAINS
from postfix_lab.text import printable

_PROVIDERS = frozenset({
    "aol.com", "fastmail.com", "free.fr", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com",
    "hotmail.fr", "icloud.com", "laposte.net", "libero.it", "live.com", "mac.com", "mail.com", "mail.ru", "me.com",
    "msn.com", "orange.fr", "outlook.com", "outlook.de", "pm.me", "proton.me", "protonmail.com", "qq.com",
    "t-online.de", "web.de", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru",
    "ymail.com", "zoho.com",
})  # fmt: skip
"""Mail providers: whoever has these domains is no customer of anybody's Postfix."""
_TOP = re.compile(r"com|net|org|info|biz|edu|gov|mil|int|arpa|[a-z]{2}|\*")
"""Top-level domains, which stand for every domain below them (parent_domain_matches_subdomains)."""
_RELAY = "relay_domains"


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each list that has domains of a mail provider, or a whole top-level domain to relay for."""
    for name in DOMAINS:
        named = own_domains.domains(written.draft, name)
        theirs = [domain for domain in named if domain.lstrip(".") in _PROVIDERS]
        theirs += [domain for domain in named if name == _RELAY and _TOP.fullmatch(domain.lstrip("."))]
        if theirs:
            yield _finding(written, name, theirs)


def _finding(written: AdminConfig, name: str, theirs: list[str]) -> AuditFinding:
    listed = printable(", ".join(theirs))
    effect = "whoever wants to may relay to it" if name == _RELAY else "mail for it ends here and never gets there"
    what = f"{name}: {listed} is somebody else's: {effect}"
    remedy = f"take it out of {name}; mail to other domains needs no list, only a client that may relay"
    place = written.parameter_place(name, theirs[0])
    return AuditFinding(FindingKind.OTHERS_DOMAIN, Severity.WARNING, place, what, remedy)
