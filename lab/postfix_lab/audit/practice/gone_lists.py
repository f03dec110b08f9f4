"""DNS lists that are no more: they answer nobody, or list everybody, as the buyer of the domain likes.

The zones and their ends are those that www.dnsbl.com keeps and their operators announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.fit.dns_lists import LIST_RESTRICTIONS
from postfix_lab.fit.draft import Setting
from postfix_lab.postfix.configuration import LISTS, Configured

_GONE = {
    "ahbl.org": "2015, and it listed everybody then",
    "bl.csma.biz": "2009",
    "bl.emailbasura.org": "2019",
    "bl.spamcannibal.org": "2018, and it listed everybody then",
    "blackholes.easynet.nl": "2003",
    "blackholes.five-ten-sg.com": "2014",
    "blackholes.us": "2006",
    "blackholes.wirehub.net": "2003",
    "dnsbl.inps.de": "2020",
    "dsbl.org": "2008",
    "dynablock.easynet.nl": "2003",
    "ix.dnsbl.manitu.net": "2025",
    "megarbl.net": "2019, and it listed everybody then",
    "njabl.org": "2013",
    "opm.blitzed.org": "2006",
    "ordb.org": "2006, and it listed everybody from 2008 on",
    "osirusoft.com": "2003, and it listed everybody then",
    "proxies.blackholes.easynet.nl": "2003",
    "relays.monkeys.com": "2003",
    "rfc-ignorant.org": "2012",
    "sbl.csma.biz": "2009",
    "sorbs.net": "2024",
}
_SITES = "postscreen_dnsbl_sites"
_LISTS = "|".join(sorted(LIST_RESTRICTIONS, key=len, reverse=True))
_NAMED = re.compile(rf"(?:{_LISTS})[\s,]+([^\s,={{}}]+)", re.IGNORECASE)
_SITE = re.compile(r"(?:^|[\s,])([\w.-]+)")


def judge(written: AdminConfig, configured: Configured) -> Iterator[AuditFinding]:
    """Yield a finding for each such list that a setting names."""
    names = {*LISTS, *configured.classes, _SITES}
    for setting in (s for s in written.draft.settings() if s.name in names):
        pattern = _SITE if setting.name == _SITES else _NAMED
        for domain in dict.fromkeys(word.rstrip(".").lower() for word in pattern.findall(setting.value)):
            if when := is_gone(domain):
                yield _finding(written, setting, domain, when)


def is_gone(domain: str) -> str:
    """When that list ended; empty for one that is not known to have ended."""
    return next((when for zone, when in _GONE.items() if domain == zone or domain.endswith(f".{zone}")), "")


def _finding(written: AdminConfig, setting: Setting, domain: str, when: str) -> AuditFinding:
    what = f"{setting.what}: the DNS list {domain} is no more (it ended in {when})"
    remedy = "take it out: each question about it is lost time, and whoever owns the domain now may list everybody"
    place = written.setting_place(setting, domain)
    return AuditFinding(FindingKind.LIST_GONE, Severity.WARNING, place, what, remedy)
